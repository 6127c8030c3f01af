// SPDX-License-Identifier: Apache-2.0
/* `check`: would a reset work on this machine? Each known cause by its name, with its mend. */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include <stdio.h>

#include "agent/config.h"
#include "agent/status.h"

/*
 * Looks at everything that a reset needs, changes nothing, and prints what it finds. OK; CHECK_FAILED when
 * something would keep a reset from working; else why there could be no check.
 */
enum status check_run(const struct config *config, FILE *out);

#endif
