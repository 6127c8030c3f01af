// SPDX-License-Identifier: Apache-2.0
#include "agent/persist.h"

#include "agent/log.h"
#include "platform/crypto.h"
#include "platform/host.h"

/* The least time between tries, however often the network changes. */
enum { NETWORK_INTERVAL_MS = 50 };

struct persist persist_begin(int64_t limit_ms)
{
    return (struct persist){.retry = retry_begin(host_now_ms(), limit_ms), .limit_ms = limit_ms};
}

static uint32_t random_number(void)
{
    uint32_t number = 0;

    /* Without chance the delays lose their jitter, nothing else. */
    if (crypto_random(&number, sizeof number) != STATUS_OK)
        number = 0;
    return number;
}

static enum host_wake wait_with_backoff(struct retry *retry)
{
    int64_t delay_ms = retry_delay_ms(retry, host_now_ms(), random_number());
    enum host_wake wake = host_wait(delay_ms < NETWORK_INTERVAL_MS ? delay_ms : NETWORK_INTERVAL_MS, false);

    if (wake == HOST_TIMEOUT && delay_ms > NETWORK_INTERVAL_MS)
        wake = host_wait(delay_ms - NETWORK_INTERVAL_MS, true);
    if (wake == HOST_NETWORK) {
        log_debug("the network changed: trying again at once");
        retry_restart(retry);
    }
    return wake;
}

static void wait_after(struct retry *retry, enum status why)
{
    int64_t left_ms = retry->deadline_ms - host_now_ms();

    if (why == STATUS_NOT_FOUND)
        (void)host_wait(left_ms < PERSIST_ABSENT_MS ? left_ms : PERSIST_ABSENT_MS, false);
    else
        (void)wait_with_backoff(retry);
}

static void note_failure(struct persist *persist, const char *step, enum status why)
{
    if (why == persist->last_failure)
        log_debug("%s: %s; trying again", step, status_sentence(why));
    else
        log_warning("%s: %s; trying again", step, status_sentence(why));
    persist->last_failure = why;
}

enum status persist_after(struct persist *persist, const char *step, enum status why)
{
    if (!status_is_transient(why))
        return why;
    if (!host_stopping() && !retry_is_over(&persist->retry, host_now_ms())) {
        note_failure(persist, step, why);
        wait_after(&persist->retry, why);
    }
    if (host_stopping())
        return STATUS_STOPPED;
    if (!retry_is_over(&persist->retry, host_now_ms()))
        return STATUS_OK;
    /* A request that the deadline cut short tells less than the failure before it. */
    if (why == STATUS_TIMED_OUT && persist->last_failure != STATUS_OK)
        why = persist->last_failure;
    log_warning("%s: giving up after %.1f s", step, (double)persist->limit_ms / 1000);
    return why;
}
