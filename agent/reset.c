// SPDX-License-Identifier: Apache-2.0
#include "agent/reset.h"

#include <stdio.h>
#include <string.h>

#include "agent/acknowledge.h"
#include "agent/announce.h"
#include "agent/apply.h"
#include "agent/log.h"
#include "agent/metadata.h"
#include "agent/outcome.h"
#include "agent/persist.h"
#include "agent/record.h"
#include "platform/account.h"
#include "platform/host.h"

enum {
    RESETS_A_RUN = 4,        /* what comes beyond them is left for the next run */
    REPORT_RESERVE_MS = 3000 /* what of the time is kept for reporting a failure */
};

/* The state of one run. */
struct reset {
    const struct config *config;
    struct metadata *metadata;
    struct persist persist;
    struct announce announce;
    int64_t end_ms;  /* the deadline of the whole run */
    int64_t seen_ms; /* when the reset in hand was fetched */
    struct record record;
    unsigned absent_looks;  /* how often in a row the service did not know of resets */
    record_request request; /* the reset in hand; "" while there is none */
    char user[ACCOUNT_NAME_MAX + 1];
    enum status settled; /* how the reset in hand ended, where that is reported already; else OK */
    bool seen;           /* has this run seen any reset? */
    bool superseded;     /* did another reset come while that in hand was acknowledged? */
};

/* Until when the reset itself may take. */
static int64_t deadline_of(const struct reset *r)
{
    return r->persist.retry.deadline_ms;
}

/*
 * There is no such path. Beside a working flag, in a run without trouble so far, that is one of the ways to
 * say that nothing is pending. Else it may be a metadata proxy that is not ready, and is believed only when
 * it stays so.
 */
static enum status judge_absence(struct reset *r)
{
    if (r->announce.flag == STATUS_OK && r->persist.last_failure == STATUS_OK)
        return STATUS_NOTHING_PENDING;
    if (++r->absent_looks < METADATA_LOOKS_BEFORE_ABSENT)
        return STATUS_NOT_FOUND;
    return r->announce.flag == STATUS_NOT_FOUND ? STATUS_NOT_THIS_CLOUD : STATUS_NOTHING_PENDING;
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

/* There is no reset in hand any more. */
static void let_go(struct reset *r)
{
    r->request[0] = '\0';
    r->user[0] = '\0';
    r->settled = STATUS_OK;
}

/* Behind the deadline, too: perhaps it was set late. But the rest of the time is for reporting. */
static enum status acknowledge_in_hand(struct reset *r)
{
    const struct acknowledgement what = {
        .metadata = r->metadata,
        .request = r->request,
        .seen_ms = r->seen_ms,
        .end_ms = deadline_of(r) + (r->end_ms - deadline_of(r)) / 2,
    };

    return acknowledge_until_gone(&what, &r->persist, &r->superseded);
}

/* Brings a pending reset to its end: applied, unless it was, and acknowledged. */
static enum status handle(struct reset *r, const struct metadata_reset *pending)
{
    enum status outcome = STATUS_APPLIED;
    enum status status;

    let_go(r);
    r->seen = true;
    status = record_identify(&pending->blob, r->request);
    if (status != STATUS_OK)
        return status;
    if (strcmp(r->request, r->record.applied_request) == 0) {
        outcome = STATUS_ALREADY_APPLIED;
        memcpy(r->user, r->record.applied_user, sizeof r->user);
        log_info("reset %.*s was applied before: not set again", RECORD_REQUEST_SHOWN, r->request);
        if (r->config->dry_run)
            return outcome;
    } else {
        log_info("reset %.*s is pending", RECORD_REQUEST_SHOWN, r->request);
        status = apply(r->config, r->metadata, pending, deadline_of(r), r->user);
        if (status != STATUS_OK)
            return status;
        record_applied(r);
    }
    status = acknowledge_in_hand(r);
    return status == STATUS_OK ? outcome : status;
}

/* One look at the service, and all that follows from it. */
static enum status look(struct reset *r)
{
    struct metadata_reset pending = {0};
    enum status status;

    r->superseded = false;
    announce_try(&r->announce, r->metadata, deadline_of(r));
    status = metadata_get_reset(r->metadata, deadline_of(r), &pending);
    r->seen_ms = host_now_ms();
    if (status != STATUS_NOT_FOUND)
        r->absent_looks = 0;
    if (status == STATUS_NOT_FOUND)
        status = judge_absence(r);
    else if (status == STATUS_OK)
        status = handle(r, &pending);
    secret_free(&pending.blob);
    /* The reset that an earlier look found is still in hand: settled, or never to be applied. */
    if ((status == STATUS_NOTHING_PENDING || status == STATUS_NOT_THIS_CLOUD) && r->request[0] != '\0')
        status = r->settled != STATUS_OK ? r->settled : STATUS_WITHDRAWN;
    return status;
}

/* Tells the service how the reset in hand ended, if there was one. */
static void report(struct reset *r, enum status outcome)
{
    char shown[RECORD_REQUEST_SHOWN + 1];
    const struct metadata_report message = {
        .applied = outcome == STATUS_APPLIED || outcome == STATUS_ALREADY_APPLIED ||
                   outcome == STATUS_NOT_ACKNOWLEDGED,
        .reason = status_name(outcome),
        .user = r->user,
        .request = shown,
    };
    enum status status;

    if (r->request[0] == '\0' || !r->config->report || r->config->dry_run)
        return;
    (void)snprintf(shown, sizeof shown, "%.*s", RECORD_REQUEST_SHOWN, r->request);
    status = metadata_report(r->metadata, r->end_ms, &message);
    if (status != STATUS_OK)
        log_debug("reporting the result: %s", status_sentence(status));
}

/* Nobody answers: no failure of a reset as long as none was seen. */
static bool is_silence(enum status status)
{
    return status == STATUS_UNREACHABLE || status == STATUS_TIMED_OUT || status == STATUS_CONNECTION_LOST;
}

/* Looks until there is an outcome. */
static enum status look_until_settled(struct reset *r)
{
    enum status status;
    unsigned resets = 0;

    do {
        status = look(r);
        if (r->superseded && ++resets < RESETS_A_RUN) {
            log_info("another reset has come: looking again");
            report(r, status);
            r->settled = status;
            status = STATUS_OK;
        } else {
            status = persist_after(&r->persist, "looking for a reset", status);
        }
    } while (status == STATUS_OK);
    if (r->seen && is_silence(status))
        status = STATUS_SERVICE_LOST;
    if (r->settled == STATUS_OK)
        report(r, status);
    else if (status != r->settled)
        let_go(r); /* it is the other one that failed, of which nothing is known */
    return status;
}

/* One run at a time. A state that cannot be written must not cost the owner the reset. */
static enum status keep_others_off(const struct reset *r)
{
    enum status status;

    if (r->config->dry_run)
        return STATUS_OK;
    status = record_lock(r->config->root, deadline_of(r));
    if (status == STATUS_LOCK_TIMEOUT)
        return STATUS_ALREADY_RUNNING;
    if (status != STATUS_OK && status != STATUS_STOPPED)
        log_warning("another run of resetpwd-agent could not be kept off (%s)", status_name(status));
    return status == STATUS_STOPPED ? status : STATUS_OK;
}

/* A failure at the deadline is to be reported before it; where time is short, half of it is for that. */
static int64_t report_reserve_ms(int64_t limit_ms)
{
    return limit_ms / 2 < REPORT_RESERVE_MS ? limit_ms / 2 : REPORT_RESERVE_MS;
}

enum status reset_run(const struct config *config)
{
    struct reset r = {.config = config,
                      .persist = persist_begin(config->deadline_ms - report_reserve_ms(config->deadline_ms)),
                      .announce = announce_begin(config->dry_run, config->deadline_ms),
                      .end_ms = host_now_ms() + config->deadline_ms};
    enum status outcome = keep_others_off(&r);

    if (outcome != STATUS_OK) {
        outcome_tell(config, outcome, r.seen, r.user);
        return outcome;
    }
    if (record_load(config->root, &r.record) != STATUS_OK)
        log_warning("the record of earlier runs cannot be read: an old reset may be applied again");
    outcome = metadata_open(config->metadata_url, config->require_confinement, deadline_of(&r), &r.metadata);
    if (outcome == STATUS_OK) {
        outcome = look_until_settled(&r);
        announce_late(&r.announce, r.metadata, r.end_ms);
    }
    if (!config->dry_run)
        save_record(&r, outcome);
    outcome_tell(config, outcome, r.seen, r.user);
    metadata_close(r.metadata);
    /* Last, as it may wait for others. Also where nothing was set: the reset that an earlier run was killed
     * in may have been taken back. */
    if (!config->dry_run)
        (void)account_tidy(config->root, r.end_ms);
    return outcome;
}
