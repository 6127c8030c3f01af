// SPDX-License-Identifier: Apache-2.0
#include "agent/reset.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/envelope.h"
#include "agent/log.h"
#include "agent/metadata.h"
#include "agent/record.h"
#include "agent/retry.h"
#include "platform/account.h"
#include "platform/crypto.h"
#include "platform/host.h"
#include "platform/http.h"

enum {
    LOOKS_BEFORE_ABSENT = 3,   /* a 404 is believed when it was seen so often, */
    ABSENT_INTERVAL_MS = 5000, /* that far apart */
    NETWORK_INTERVAL_MS = 50,  /* the least time between tries, however often the network changes */
};

/* The state of one run. */
struct reset {
    const struct config *config;
    struct metadata *metadata;
    struct record record;
    struct retry retry;
    bool announced;
    enum status flag;         /* how the last look at the flag ended */
    int64_t flag_budget_ms;   /* how much longer the flag may stand in the way of a reset */
    unsigned absent_looks;    /* how often in a row the service did not know of resets */
    enum status last_failure; /* the transient failure logged last */
    bool attempted;           /* was there a reset to report on? */
    bool superseded;          /* did another reset come while that in hand was acknowledged? */
    record_request request;   /* the reset in hand */
    char user[ACCOUNT_NAME_MAX + 1];
};

static uint32_t random_number(void)
{
    uint32_t number = 0;

    /* Without chance the delays lose their jitter, nothing else. */
    if (crypto_random(&number, sizeof number) != STATUS_OK)
        number = 0;
    return number;
}

/* Waits before the next try; false when there will be none: the deadline is reached, or a stop was asked for.
 */
static bool wait_for_next_try(struct reset *r, enum status why)
{
    int64_t delay_ms = retry_delay_ms(&r->retry, host_now_ms(), random_number());
    int64_t left_ms = r->retry.deadline_ms - host_now_ms();
    enum host_wake wake;

    if (why == STATUS_NOT_FOUND) {
        wake = host_wait(left_ms < ABSENT_INTERVAL_MS ? left_ms : ABSENT_INTERVAL_MS, false);
    } else {
        wake = host_wait(delay_ms < NETWORK_INTERVAL_MS ? delay_ms : NETWORK_INTERVAL_MS, false);
        if (wake == HOST_TIMEOUT && delay_ms > NETWORK_INTERVAL_MS)
            wake = host_wait(delay_ms - NETWORK_INTERVAL_MS, true);
    }
    if (wake == HOST_NETWORK) {
        log_debug("the network changed: trying again at once");
        retry_restart(&r->retry);
    }
    return wake != HOST_STOP && !retry_is_over(&r->retry, host_now_ms());
}

/* Logs a transient failure, once for each kind in a row. */
static void note_failure(struct reset *r, const char *step, enum status why)
{
    if (why == r->last_failure)
        log_debug("%s: %s; trying again", step, status_sentence(why));
    else
        log_warning("%s: %s; trying again", step, status_sentence(why));
    r->last_failure = why;
}

/* Waits and returns OK to try again after a failure that is transient; else how it ends. */
static enum status try_again(struct reset *r, const char *step, enum status why)
{
    if (host_stopping())
        return STATUS_STOPPED;
    if (!status_is_transient(why))
        return why;
    note_failure(r, step, why);
    if (wait_for_next_try(r, why))
        return STATUS_OK;
    if (host_stopping())
        return STATUS_STOPPED;
    log_warning("%s: giving up after %" PRId64 " s", step, r->config->deadline_ms / 1000);
    return why;
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static enum status announce_until(struct reset *r, int64_t deadline_ms)
{
    bool announced = false;
    enum status status = metadata_get_flag(r->metadata, deadline_ms, &announced);

    if (status == STATUS_OK && !announced && !r->config->dry_run) {
        status = metadata_announce(r->metadata, deadline_ms);
        if (status == STATUS_OK)
            status = metadata_get_flag(r->metadata, deadline_ms, &announced);
        if (status == STATUS_OK && announced)
            log_info("announced to the metadata service");
    }
    r->announced = announced;
    return status;
}

/* Announces the agent unless that is done. A flag that is broken is not allowed to hold up a reset for long.
 */
static void announce(struct reset *r)
{
    int64_t start_ms = host_now_ms();

    if (r->announced || r->flag_budget_ms <= 0)
        return;
    r->flag = announce_until(r, earlier(r->retry.deadline_ms, start_ms + r->flag_budget_ms));
    r->flag_budget_ms -= host_now_ms() - start_ms;
    if (r->flag != STATUS_OK)
        log_debug("the flag: %s", status_sentence(r->flag));
}

/* A flag that failed before the reset gets one more chance after it. */
static void announce_late(struct reset *r)
{
    if (r->announced || r->flag == STATUS_NOT_FOUND || r->config->dry_run || host_stopping() ||
        retry_is_over(&r->retry, host_now_ms()))
        return;
    r->flag_budget_ms = HTTP_REQUEST_TIMEOUT_MS;
    announce(r);
    if (!r->announced)
        log_warning("not announced to the metadata service (%s): it may refuse resets for this machine",
                    r->flag == STATUS_OK ? "it did not keep the flag" : status_sentence(r->flag));
}

/*
 * There is no such path. Beside a working flag that is one of the ways to say that nothing is pending.
 * Without one it may be a metadata proxy that is not ready, and is believed only when it stays so.
 */
static enum status judge_absence(struct reset *r)
{
    if (r->flag == STATUS_OK)
        return STATUS_NOTHING_PENDING;
    if (++r->absent_looks < LOOKS_BEFORE_ABSENT)
        return STATUS_NOT_FOUND;
    return r->flag == STATUS_NOT_FOUND ? STATUS_NOT_THIS_CLOUD : STATUS_NOTHING_PENDING;
}

static enum status identify(const struct secret *blob, record_request request)
{
    unsigned char digest[CRYPTO_SHA256_SIZE];
    enum status status = crypto_sha256(blob->bytes, blob->len, digest);

    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(request + 2 * i, 3, "%02x", digest[i]);
    return STATUS_OK;
}

/* Is the reset in hand gone from the service? Another one may have taken its place. */
static enum status look_whether_gone(struct reset *r, bool *gone)
{
    struct metadata_reset pending = {0};
    record_request request;
    enum status status = metadata_get_reset(r->metadata, r->retry.deadline_ms, &pending);

    if (status == STATUS_NOTHING_PENDING || status == STATUS_NOT_FOUND) {
        *gone = true;
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = identify(&pending.blob, request);
    if (status == STATUS_OK) {
        r->superseded = strcmp(request, r->request) != 0;
        *gone = r->superseded;
    }
    secret_free(&pending.blob);
    return status;
}

/* One try at taking the reset in hand off the service; OK when it was seen to be gone. */
static enum status acknowledge_once(struct reset *r, bool is_first)
{
    bool gone = false;
    enum status deleted;
    enum status status = STATUS_OK;

    /* Before a repetition another reset may have come: deleting it unread would lose it. */
    if (!is_first)
        status = look_whether_gone(r, &gone);
    if (status != STATUS_OK || gone)
        return status;
    deleted = metadata_acknowledge(r->metadata, r->retry.deadline_ms);
    if (deleted == STATUS_STOPPED)
        return deleted;
    status = look_whether_gone(r, &gone);
    if (status != STATUS_OK || gone)
        return status;
    return deleted != STATUS_OK ? deleted : STATUS_SERVICE_ERROR;
}

static enum status acknowledge(struct reset *r)
{
    enum status status;

    retry_restart(&r->retry);
    for (bool is_first = true;; is_first = false) {
        status = acknowledge_once(r, is_first);
        if (status == STATUS_OK)
            break;
        /* 404 here is no sign of another cloud, and STOPPED no reason to forget that the password is set. */
        status = try_again(r, "acknowledging", status == STATUS_NOT_FOUND ? STATUS_SERVICE_ERROR : status);
        if (status != STATUS_OK)
            return STATUS_NOT_ACKNOWLEDGED;
    }
    log_info("acknowledged to the metadata service");
    return STATUS_OK;
}

static void save_record(struct reset *r, enum status outcome)
{
    r->record.has_outcome = true;
    r->record.outcome = outcome;
    r->record.outcome_s = host_time_s();
    memcpy(r->record.outcome_request, r->request, sizeof r->request);
    memcpy(r->record.outcome_user, r->user, sizeof r->user);
    if (record_save(r->config->root, &r->record) != STATUS_OK)
        log_warning("the record of this run could not be written");
}

/* Remembers that the reset in hand is applied, before the service is told to forget it. */
static void record_applied(struct reset *r)
{
    memcpy(r->record.applied_request, r->request, sizeof r->request);
    memcpy(r->record.applied_user, r->user, sizeof r->user);
    r->record.applied_s = host_time_s();
    save_record(r, STATUS_NOT_ACKNOWLEDGED);
}

static enum status choose_account(struct reset *r, const char *requested)
{
    const struct config *config = r->config;
    const char *named = config->user_override[0] != '\0' ? config->user_override
                        : requested[0] != '\0'           ? requested
                                                         : config->user;
    enum status status = STATUS_OK;

    if (named[0] == '\0')
        status = account_administrator(config->root, r->user);
    else if (strlen(named) > ACCOUNT_NAME_MAX)
        status = STATUS_ACCOUNT_NAME;
    else
        memcpy(r->user, named, strlen(named) + 1);
    return status == STATUS_OK ? account_check(config->root, r->user) : status;
}

/* From the encrypted reset to a password that is set. WOULD_APPLY in a dry run. */
static enum status apply(struct reset *r, const struct metadata_reset *pending)
{
    struct secret uuid = {0};
    struct secret password = {0};
    int64_t start_ms = host_now_ms();
    enum status status = metadata_get_uuid(r->metadata, r->retry.deadline_ms, &uuid);

    if (status == STATUS_OK)
        status = envelope_open(&pending->blob, &uuid, &password);
    if (status == STATUS_OK)
        status = choose_account(r, pending->user_name);
    if (status != STATUS_OK)
        goto out;
    if (r->config->dry_run) {
        log_info("dry run: would set the password of %s", r->user);
        status = STATUS_WOULD_APPLY;
        goto out;
    }
    status = account_set_password(r->config->root, r->user, r->config->hash_method, &password);
    if (status == STATUS_OK)
        log_info("the password of %s is set, in %" PRId64 " ms", r->user, host_now_ms() - start_ms);
out:
    secret_free(&password);
    secret_free(&uuid);
    return status;
}

/* Brings a pending reset to its end: applied, unless it was, and acknowledged. */
static enum status handle(struct reset *r, const struct metadata_reset *pending)
{
    enum status outcome = STATUS_APPLIED;
    enum status status = identify(&pending->blob, r->request);

    if (status != STATUS_OK)
        return status;
    r->attempted = true;
    if (strcmp(r->request, r->record.applied_request) == 0) {
        outcome = STATUS_ALREADY_APPLIED;
        memcpy(r->user, r->record.applied_user, sizeof r->user);
        log_info("reset %.*s was applied before: not set again", RECORD_REQUEST_SHOWN, r->request);
        if (r->config->dry_run)
            return outcome;
    } else {
        log_info("reset %.*s is pending", RECORD_REQUEST_SHOWN, r->request);
        status = apply(r, pending);
        if (status != STATUS_OK)
            return status;
        record_applied(r);
    }
    status = acknowledge(r);
    return status == STATUS_OK ? outcome : status;
}

/* One look at the service, and all that follows from it. */
static enum status look(struct reset *r)
{
    struct metadata_reset pending = {0};
    enum status status;

    announce(r);
    status = metadata_get_reset(r->metadata, r->retry.deadline_ms, &pending);
    if (status != STATUS_NOT_FOUND)
        r->absent_looks = 0;
    if (status == STATUS_NOT_FOUND)
        status = judge_absence(r);
    else if (status == STATUS_OK)
        status = handle(r, &pending);
    secret_free(&pending.blob);
    return status;
}

/* Looks until there is an outcome. */
static enum status look_until_settled(struct reset *r)
{
    enum status status;

    do {
        r->superseded = false;
        status = look(r);
        if (r->superseded)
            log_info("another reset has come: looking again");
        else
            status = try_again(r, "looking for a reset", status);
    } while (r->superseded || status == STATUS_OK);
    return status;
}

static void report(struct reset *r, enum status outcome)
{
    char shown[RECORD_REQUEST_SHOWN + 1];
    struct metadata_report message = {.reason = status_name(outcome), .user = r->user, .request = shown};
    enum status status;

    if (!r->attempted || !r->config->report || r->config->dry_run || outcome == STATUS_STOPPED)
        return;
    (void)snprintf(shown, sizeof shown, "%.*s", RECORD_REQUEST_SHOWN, r->request);
    message.applied = status_exit_code(outcome) == 0 || outcome == STATUS_NOT_ACKNOWLEDGED;
    status = metadata_report(r->metadata, r->retry.deadline_ms, &message);
    if (status != STATUS_OK)
        log_debug("reporting the result: %s", status_sentence(status));
}

static void log_outcome(const struct reset *r, enum status outcome)
{
    const char *user = r->user[0] != '\0' ? r->user : "the administrator";

    if (status_exit_code(outcome) == 0)
        log_info("%s: %s", status_name(outcome), status_sentence(outcome));
    else if (!r->attempted)
        log_warning("%s: %s; no reset was seen", status_name(outcome), status_sentence(outcome));
    else
        log_error("%s: reset of %s: %s", status_name(outcome), user, status_sentence(outcome));
}

enum status reset_run(const struct config *config)
{
    struct reset r = {.config = config, .flag_budget_ms = HTTP_REQUEST_TIMEOUT_MS};
    enum status outcome;

    r.retry = retry_begin(host_now_ms(), config->deadline_ms);
    if (record_load(config->root, &r.record) != STATUS_OK)
        log_warning("the record of earlier runs cannot be read: an old reset may be applied again");
    outcome = metadata_open(config->metadata_url, &r.metadata);
    if (outcome == STATUS_OK) {
        outcome = look_until_settled(&r);
        report(&r, outcome);
        announce_late(&r);
    }
    if (!config->dry_run)
        save_record(&r, outcome);
    log_outcome(&r, outcome);
    metadata_close(r.metadata);
    return outcome;
}
