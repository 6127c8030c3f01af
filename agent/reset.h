// SPDX-License-Identifier: Apache-2.0
/* One reset, start to end: the only place that knows the order of its steps, and what is tried again. */
#ifndef AGENT_RESET_H
#define AGENT_RESET_H

#include "agent/config.h"
#include "agent/status.h"

/*
 * Announces the agent, looks for a pending reset, applies it, and has the service forget it; waits for the
 * service until the deadline. The outcome is logged, recorded (not in a dry run) and returned. host_start()
 * came first.
 */
enum status reset_run(const struct config *config);

#endif
