// SPDX-License-Identifier: Apache-2.0
#include "agent/check_service.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "agent/apply.h"
#include "agent/record.h"
#include "agent/secret.h"
#include "platform/host.h"

/* A service that is slower has not answered: the whole check ends within 15 s. */
enum { PATIENCE_MS = 3000 };

void check_connect(struct check_context *context, struct finding *finding)
{
    probe_connect(&context->subject, finding);
    context->is_reachable = finding->level == FINDING_OK || finding->level == FINDING_WARN;
}

static enum status open_metadata(struct check_context *context, int64_t deadline_ms)
{
    if (context->metadata != NULL)
        return STATUS_OK;
    return metadata_open(context->config->metadata_url, context->config->require_confinement, deadline_ms,
                         &context->metadata);
}

/* The service is not asked again after it has been silent. */
static void fail(struct check_context *context, enum status status, struct finding *finding)
{
    if (status_is_transient(status) && status != STATUS_NOT_FOUND && status != STATUS_BAD_UUID)
        context->is_reachable = false;
    finding_fail(finding, "%s", status_sentence(status));
}

/* An answer that no run waits for to become better: it goes on without a flag. */
static bool is_answer(enum status status)
{
    return status == STATUS_SERVICE_ERROR || status == STATUS_BAD_RESPONSE ||
           status == STATUS_RESPONSE_TOO_LARGE;
}

void check_flag(struct check_context *context, struct finding *finding)
{
    const int64_t start_ms = host_now_ms();
    bool is_announced = false;
    enum status status = open_metadata(context, start_ms + PATIENCE_MS);

    if (status == STATUS_OK)
        status = metadata_get_flag(context->metadata, start_ms + PATIENCE_MS, &is_announced);
    if (status == STATUS_NOT_FOUND)
        finding_warn(finding, "the service knows no such flag (404)");
    else if (is_answer(status))
        finding_warn(finding, "%s; a reset works without a flag", status_sentence(status));
    else if (status != STATUS_OK)
        fail(context, status, finding);
    else if (is_announced)
        finding_ok(finding, "announced; the service answered in %" PRId64 " ms", host_now_ms() - start_ms);
    else
        finding_warn(finding, "not announced: the cloud may refuse resets until the agent has run once");
    if (status == STATUS_OK && !is_announced)
        finding_mend(finding, context->config->root,
                     host_is_windows() ? "net start resetpwd-agent" : "resetpwd-agent run");
}

/* Was it set here, and never taken off the service? A record that cannot be read tells nothing. */
static bool is_applied(const struct check_context *context, const struct metadata_reset *pending)
{
    struct record record;
    record_request request;

    return record_load(context->config->root, &record) == STATUS_OK &&
           record_identify(&pending->blob, request) == STATUS_OK &&
           strcmp(request, record.applied_request) == 0;
}

/* As a run would, to the last step before something is changed. */
static enum status try_pending(struct check_context *context, const struct metadata_reset *pending,
                               int64_t deadline_ms)
{
    struct config config = *context->config;
    char user[ACCOUNT_NAME_MAX + 1] = "";

    config.dry_run = true;
    return apply(&config, context->metadata, pending, deadline_ms, user);
}

void check_pending(struct check_context *context, struct finding *finding)
{
    const int64_t deadline_ms = host_now_ms() + PATIENCE_MS;
    struct metadata_reset pending = {0};
    enum status status = open_metadata(context, deadline_ms);

    if (status == STATUS_OK)
        status = metadata_get_reset(context->metadata, deadline_ms, &pending);
    if (status == STATUS_OK) {
        memcpy(context->requested, pending.user_name, sizeof pending.user_name);
        status = is_applied(context, &pending) ? STATUS_ALREADY_APPLIED
                                               : try_pending(context, &pending, deadline_ms);
        if (status == STATUS_ALREADY_APPLIED)
            finding_ok(finding, "the pending reset is applied already: the next run only acknowledges it");
        else if (status == STATUS_WOULD_APPLY)
            finding_ok(finding, "a reset is pending, and can be decrypted: the next run sets it");
        else
            finding_fail(finding, "a reset is pending, but %s", status_sentence(status));
    } else if (status == STATUS_NOTHING_PENDING) {
        finding_ok(finding, "no reset is pending");
    } else if (status == STATUS_NOT_FOUND) {
        finding_fail(finding, "%s", status_sentence(STATUS_NOT_THIS_CLOUD));
    } else {
        fail(context, status, finding);
    }
    secret_free(&pending.blob);
}

/* The form of RFC 9562: 8-4-4-4-12 hex digits. */
static bool is_canonical(const char *uuid)
{
    static const char FORM[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (size_t i = 0; i < sizeof FORM; i++) {
        if (FORM[i] == 'x' ? !isxdigit((unsigned char)uuid[i]) : uuid[i] != FORM[i])
            return false;
    }
    return true;
}

void check_uuid(struct check_context *context, struct finding *finding)
{
    const int64_t deadline_ms = host_now_ms() + PATIENCE_MS;
    struct secret uuid = {0};
    enum status status = open_metadata(context, deadline_ms);

    if (status == STATUS_OK)
        status = metadata_get_uuid(context->metadata, deadline_ms, &uuid);
    /* It is not shown: it is the key. */
    if (status != STATUS_OK)
        fail(context, status, finding);
    else if (is_canonical(secret_text(&uuid)))
        finding_ok(finding, "the service names this instance");
    else
        finding_warn(finding, "the service names this instance by something that is not a uuid (RFC 9562)");
    secret_free(&uuid);
}
