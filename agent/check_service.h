// SPDX-License-Identifier: Apache-2.0
/* What `check` asks of the metadata service, in the words of a real reset. */
#ifndef AGENT_CHECK_SERVICE_H
#define AGENT_CHECK_SERVICE_H

#include "agent/check_list.h"

check_function check_connect; /* does it take a connection? If not, nothing more is asked of it. */
check_function check_flag;    /* does it know that there is an agent? */
check_function check_pending; /* is there a reset, and could it be set? Also notes which account it names. */
check_function check_uuid;    /* does it name this instance? */

#endif
