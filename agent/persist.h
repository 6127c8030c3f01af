// SPDX-License-Identifier: Apache-2.0
/* Trying again until the deadline: waits between tries, and tells of failures, once for each kind in a row.
 */
#ifndef AGENT_PERSIST_H
#define AGENT_PERSIST_H

#include <stdint.h>

#include "agent/retry.h"
#include "agent/status.h"

struct persist {
    struct retry retry;
    int64_t limit_ms;
    enum status last_failure; /* logged last */
};

/* Begins now, with limit_ms to spend. */
struct persist persist_begin(int64_t limit_ms);

/*
 * After a failure of step: when it is transient and there is time left, waits for the next try and returns
 * OK. Waits with backoff and until the network changes; after NOT_FOUND, which only time can refute, for
 * PERSIST_ABSENT_MS. Else returns how the run ends: why itself; the failure before it, when the deadline
 * cut the request short (TIMED_OUT); or STOPPED.
 */
enum status persist_after(struct persist *persist, const char *step, enum status why);

enum { PERSIST_ABSENT_MS = 5000 };

#endif
