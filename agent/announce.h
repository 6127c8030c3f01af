// SPDX-License-Identifier: Apache-2.0
/* The flag by which the service knows that this machine has an agent. A broken flag must not hold up a reset.
 */
#ifndef AGENT_ANNOUNCE_H
#define AGENT_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/metadata.h"
#include "agent/status.h"

struct announce {
    bool read_only;    /* look at the flag, do not set it */
    bool is_posted;    /* we set the flag, or tried to */
    bool announced;    /* the service was seen to have the flag */
    enum status flag;  /* how the last look at it ended */
    int64_t budget_ms; /* how much longer it may stand in the way of a reset */
};

/* Begins with the time of one request to spend, at most a quarter of limit_ms: the rest is for the reset. */
struct announce announce_begin(bool read_only, int64_t limit_ms);

/* Announces the agent, unless that is done or the budget is used up. */
void announce_try(struct announce *announce, struct metadata *metadata, int64_t deadline_ms);

/* After the reset: if the flag failed before, and the service knows it, one more chance; tells if that fails
 * too. */
void announce_late(struct announce *announce, struct metadata *metadata, int64_t deadline_ms);

#endif
