// SPDX-License-Identifier: Apache-2.0
/* When to try again: exponential backoff with jitter, up to one deadline. Pure: the caller brings clock and
 * chance. */
#ifndef AGENT_RETRY_H
#define AGENT_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum { RETRY_FIRST_MS = 200, RETRY_LONGEST_MS = 5000 };

struct retry {
    int64_t deadline_ms; /* on the caller's clock */
    int64_t step_ms;     /* the next delay, before jitter */
};

/* Begins at now_ms with limit_ms to spend. */
struct retry retry_begin(int64_t now_ms, int64_t limit_ms);

/* The next delay is a short one again: something changed for the better. */
void retry_restart(struct retry *retry);

/* Is the deadline reached? */
bool retry_is_over(const struct retry *retry, int64_t now_ms);

/*
 * The next delay in milliseconds: RETRY_FIRST_MS doubling up to RETRY_LONGEST_MS, of which chance, any
 * number, takes off up to a half. Never beyond the deadline; 0 when that is reached.
 */
int64_t retry_delay_ms(struct retry *retry, int64_t now_ms, uint32_t chance);

#endif
