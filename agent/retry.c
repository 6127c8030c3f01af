// SPDX-License-Identifier: Apache-2.0
#include "agent/retry.h"

struct retry retry_begin(int64_t now_ms, int64_t limit_ms)
{
    return (struct retry){.deadline_ms = now_ms + limit_ms, .step_ms = RETRY_FIRST_MS};
}

void retry_restart(struct retry *retry)
{
    retry->step_ms = RETRY_FIRST_MS;
}

bool retry_is_over(const struct retry *retry, int64_t now_ms)
{
    return now_ms >= retry->deadline_ms;
}

int64_t retry_delay_ms(struct retry *retry, int64_t now_ms, uint32_t chance)
{
    int64_t delay_ms = retry->step_ms - (int64_t)(chance % (uint32_t)(retry->step_ms / 2 + 1));
    int64_t left_ms = retry->deadline_ms - now_ms;

    retry->step_ms = retry->step_ms * 2 < RETRY_LONGEST_MS ? retry->step_ms * 2 : RETRY_LONGEST_MS;
    if (left_ms <= 0)
        return 0;
    return delay_ms < left_ms ? delay_ms : left_ms;
}
