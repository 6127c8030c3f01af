// SPDX-License-Identifier: Apache-2.0
/*
 * The metadata service's endpoints as typed calls. A worker does them (platform/worker.h); here is checked
 * what comes from it. Every call may take up to HTTP_REQUEST_TIMEOUT_MS.
 */
#ifndef AGENT_METADATA_H
#define AGENT_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/secret.h"
#include "agent/status.h"
#include "platform/account.h"

/* NOT_FOUND for a reset, where that is in doubt, is believed when it came so often in a row. */
enum { METADATA_UUID_MAX = 64, METADATA_LOOKS_BEFORE_ABSENT = 3 };

struct metadata; /* a session with one service */

/*
 * What every call below can return besides what it says itself: the failures of worker_call() and
 * http_perform(), all of them transient but STOPPED, INTERNAL and NOT_CONFINED; NOT_FOUND for the HTTP status
 * 404, SERVICE_ERROR for any other that is not 2xx; BAD_RESPONSE for an answer that is no JSON object, or has
 * the wrong type or the same key twice. Outputs are untouched on failure. deadline_ms is of host_now_ms().
 */

/* Opens a session with the service at base_url, which must live as long; the caller closes it. Call it before
 * there is any secret. NO_MEMORY; NOT_CONFINED, when that is required, where the worker cannot be confined.
 */
enum status metadata_open(const char *base_url, bool require_confinement, int64_t deadline_ms,
                          struct metadata **out);

/* NULL is allowed. */
void metadata_close(struct metadata *metadata);

/* Has an agent announced itself for this instance? (GET resetpwd_flag) */
enum status metadata_get_flag(struct metadata *metadata, int64_t deadline_ms, bool *announced);

/* Announces that there is an agent. (POST resetpwd_flag) */
enum status metadata_announce(struct metadata *metadata, int64_t deadline_ms);

struct metadata_reset {
    struct secret blob; /* at most ENVELOPE_BLOB_MAX characters */
    char user_name[ACCOUNT_NAME_MAX +
                   2]; /* "" when not given; one too long is cut, to a length that no account has */
};

/*
 * The pending reset; its blob is the caller's to free. NOTHING_PENDING, except that the HTTP status 404 is
 * left to the caller to judge as NOT_FOUND; SERVICE_FAIL when the service says so. (GET reset_password)
 */
enum status metadata_get_reset(struct metadata *metadata, int64_t deadline_ms, struct metadata_reset *out);

/* The instance's uuid as text, which the caller frees. BAD_UUID, also for 404. (GET meta_data.json) */
enum status metadata_get_uuid(struct metadata *metadata, int64_t deadline_ms, struct secret *uuid);

/* Takes the pending reset off the service. (DELETE reset_password) */
enum status metadata_acknowledge(struct metadata *metadata, int64_t deadline_ms);

struct metadata_report {
    bool applied;
    const char *reason;  /* a status's name */
    const char *user;    /* "" when none was chosen */
    const char *request; /* the request, as it may be shown */
};

/* Tells the service how an attempt ended: our extension, unknown to most. (POST reset_password_result) */
enum status metadata_report(struct metadata *metadata, int64_t deadline_ms,
                            const struct metadata_report *report);

#endif
