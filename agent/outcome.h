// SPDX-License-Identifier: Apache-2.0
/* How a run ended, in words. */
#ifndef AGENT_OUTCOME_H
#define AGENT_OUTCOME_H

#include <stdbool.h>

#include "agent/config.h"
#include "agent/status.h"

/*
 * Tells the outcome of a run, in which a reset was seen or not: in one line of the log, and on the console of
 * the running system where it is a reset's or a failure. user is the account, "" when none was chosen.
 */
void outcome_tell(const struct config *config, enum status outcome, bool seen, const char *user);

#endif
