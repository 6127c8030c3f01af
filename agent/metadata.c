// SPDX-License-Identifier: Apache-2.0
/* The side that is not reached by anything but checked messages: see platform/worker.h. */
#include "agent/metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/endpoints.h"
#include "agent/message.h"
#include "platform/crypto.h"
#include "platform/worker.h"

struct metadata {
    struct worker *worker;
};

static enum status start(const char *url, void **state)
{
    struct endpoints *endpoints = NULL;
    enum status status = endpoints_open(url, &endpoints);

    if (status == STATUS_OK)
        *state = endpoints;
    return status;
}

static void perform(void *state, const void *request, void *answer)
{
    endpoints_perform(state, request, answer);
}

static bool is_sane(const void *request, const void *answer)
{
    return message_is_sane(request, answer);
}

static void stop(void *state)
{
    endpoints_close(state);
}

static const struct worker_job JOB = {
    .start = start,
    .perform = perform,
    .is_sane = is_sane,
    .stop = stop,
    .request_size = sizeof(struct message_request),
    .answer_size = sizeof(struct message_answer),
};

enum status metadata_open(const char *base_url, bool require_confinement, int64_t deadline_ms,
                          struct metadata **out)
{
    struct metadata *metadata = calloc(1, sizeof *metadata);
    enum status status;

    if (metadata == NULL)
        return STATUS_NO_MEMORY;
    status = worker_open(&JOB, base_url, require_confinement, deadline_ms, &metadata->worker);
    if (status == STATUS_OK)
        *out = metadata;
    else
        free(metadata);
    return status;
}

void metadata_close(struct metadata *metadata)
{
    if (metadata == NULL)
        return;
    worker_close(metadata->worker);
    free(metadata);
}

/* One call; the answer, which the caller wipes, means something when OK is returned. */
static enum status call(struct metadata *metadata, const struct message_request *request,
                        struct message_answer *answer)
{
    enum status status = worker_call(metadata->worker, request, answer, request->deadline_ms);

    return status == STATUS_OK ? (enum status)answer->status : status;
}

/* A call whose answer is a status and nothing else. */
static enum status order(struct metadata *metadata, const struct message_request *request)
{
    struct message_answer answer;
    enum status status = call(metadata, request, &answer);

    crypto_wipe(&answer, sizeof answer);
    return status;
}

/* A request without padding bytes of unknown contents: it goes to another process as it lies in memory. */
static void prepare(struct message_request *request, enum message_kind kind, int64_t deadline_ms)
{
    memset(request, 0, sizeof *request);
    request->kind = kind;
    request->deadline_ms = deadline_ms;
}

static enum status copy_text(struct secret *out, const char *text)
{
    enum status status = secret_alloc(out, strlen(text));

    if (status == STATUS_OK)
        (void)secret_append_text(out, text);
    return status;
}

enum status metadata_get_flag(struct metadata *metadata, int64_t deadline_ms, bool *announced)
{
    struct message_request request;
    struct message_answer answer;
    enum status status;

    prepare(&request, MESSAGE_GET_FLAG, deadline_ms);
    status = call(metadata, &request, &answer);
    if (status == STATUS_OK)
        *announced = answer.announced != 0;
    return status;
}

enum status metadata_announce(struct metadata *metadata, int64_t deadline_ms)
{
    struct message_request request;

    prepare(&request, MESSAGE_ANNOUNCE, deadline_ms);
    return order(metadata, &request);
}

enum status metadata_get_reset(struct metadata *metadata, int64_t deadline_ms, struct metadata_reset *out)
{
    struct message_request request;
    struct message_answer answer;
    enum status status;

    prepare(&request, MESSAGE_GET_RESET, deadline_ms);
    status = call(metadata, &request, &answer);
    if (status == STATUS_OK)
        status = copy_text(&out->blob, answer.blob);
    if (status == STATUS_OK)
        memcpy(out->user_name, answer.user_name, sizeof out->user_name);
    crypto_wipe(&answer, sizeof answer);
    return status;
}

enum status metadata_get_uuid(struct metadata *metadata, int64_t deadline_ms, struct secret *uuid)
{
    struct message_request request;
    struct message_answer answer;
    enum status status;

    prepare(&request, MESSAGE_GET_UUID, deadline_ms);
    status = call(metadata, &request, &answer);
    if (status == STATUS_OK)
        status = copy_text(uuid, answer.uuid);
    crypto_wipe(&answer, sizeof answer);
    return status;
}

enum status metadata_acknowledge(struct metadata *metadata, int64_t deadline_ms)
{
    struct message_request request;

    prepare(&request, MESSAGE_ACKNOWLEDGE, deadline_ms);
    return order(metadata, &request);
}

enum status metadata_report(struct metadata *metadata, int64_t deadline_ms,
                            const struct metadata_report *report)
{
    struct message_request request;

    prepare(&request, MESSAGE_REPORT, deadline_ms);
    request.applied = report->applied;
    (void)snprintf(request.reason, sizeof request.reason, "%s", report->reason);
    (void)snprintf(request.user, sizeof request.user, "%s", report->user);
    (void)snprintf(request.request, sizeof request.request, "%s", report->request);
    return order(metadata, &request);
}
