// SPDX-License-Identifier: Apache-2.0
/* What the codes of NetUser functions and of LogonUser mean for a reset. Pure. */
#ifndef PLATFORM_WINDOWS_ACCOUNT_CODES_H
#define PLATFORM_WINDOWS_ACCOUNT_CODES_H

#include "agent/status.h"

/* Of a NET_API_STATUS. PASSWORD_REFUSED is said of passwords that are too short, too. */
enum status account_codes_status(unsigned long code);

/* Does the new password verify, when logging on with it ended so? OK, also where that cannot be seen. */
enum status account_codes_logon(unsigned long code);

#endif
