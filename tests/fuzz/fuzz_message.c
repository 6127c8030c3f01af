// SPDX-License-Identifier: Apache-2.0
/* An answer that a worker could give, from metadata.c to what reset.c makes of it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "agent/endpoints.h"
#include "agent/envelope.h"
#include "agent/message.h"
#include "agent/metadata.h"
#include "platform/account.h"
#include "platform/worker.h"

static const char UUID[] = "8ae2549a-7b09-4787-8f25-4487d61be128";
static const char BLOB[] = "0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM";

static struct message_answer forged;
static bool was_sane;

/* --- platform/worker.h: one that says what the fuzzer says --- */

struct worker {
    const struct worker_job *job;
};

enum status worker_open(const struct worker_job *job, const char *url, bool require_confinement,
                        int64_t deadline_ms, struct worker **out)
{
    static struct worker worker;

    (void)url;
    (void)deadline_ms;
    (void)require_confinement;
    worker.job = job;
    *out = &worker;
    return STATUS_OK;
}

enum status worker_call(struct worker *worker, const void *request, void *answer, int64_t deadline_ms)
{
    (void)deadline_ms;
    check(worker->job->answer_size == sizeof forged);
    memcpy(answer, &forged, sizeof forged);
    was_sane = worker->job->is_sane(request, answer);
    return was_sane ? STATUS_OK : STATUS_WORKER_LOST;
}

void worker_close(struct worker *worker)
{
    (void)worker;
}

/* --- What metadata.c would start in a worker --- */

enum status endpoints_open(const char *base_url, struct endpoints **out)
{
    (void)base_url;
    (void)out;
    return STATUS_INTERNAL;
}

void endpoints_perform(struct endpoints *endpoints, const struct message_request *request,
                       struct message_answer *answer)
{
    (void)endpoints;
    (void)request;
    (void)answer;
}

void endpoints_close(struct endpoints *endpoints)
{
    (void)endpoints;
}

/* --- */

static struct secret secret_of(const char *text)
{
    struct secret secret = {0};

    check(secret_alloc(&secret, strlen(text)) == STATUS_OK && secret_append_text(&secret, text));
    return secret;
}

/* As envelope.h promises, whoever made blob and uuid. */
static void open_envelope(const struct secret *blob, const struct secret *uuid)
{
    struct secret password = {0};
    enum status status = envelope_open(blob, uuid, &password);

    if (status == STATUS_OK) {
        check(password.len >= 1 && password.len <= ENVELOPE_PASSWORD_MAX);
        for (size_t i = 0; i < password.len; i++)
            check((unsigned char)password.bytes[i] >= ' ' && password.bytes[i] != 0x7f);
    } else {
        check(password.bytes == NULL);
    }
    secret_free(&password);
}

static enum status get_reset(struct metadata *metadata)
{
    struct metadata_reset reset = {.user_name = "as before"};
    struct secret uuid = secret_of(UUID);
    enum status status = metadata_get_reset(metadata, 1, &reset);

    if (status == STATUS_OK) {
        check(reset.blob.len >= 1 && reset.blob.len <= ENVELOPE_BLOB_MAX);
        check(memchr(reset.user_name, '\0', sizeof reset.user_name) != NULL);
        check(!account_is_name(reset.user_name) || strlen(reset.user_name) <= ACCOUNT_NAME_MAX);
        open_envelope(&reset.blob, &uuid);
    } else {
        check(reset.blob.bytes == NULL && strcmp(reset.user_name, "as before") == 0);
    }
    secret_free(&reset.blob);
    secret_free(&uuid);
    return status;
}

static enum status get_uuid(struct metadata *metadata)
{
    struct secret blob = secret_of(BLOB);
    struct secret uuid = {0};
    enum status status = metadata_get_uuid(metadata, 1, &uuid);

    if (status == STATUS_OK) {
        check(message_is_uuid(secret_text(&uuid)));
        open_envelope(&blob, &uuid);
    } else {
        check(uuid.bytes == NULL);
    }
    secret_free(&uuid);
    secret_free(&blob);
    return status;
}

static enum status call(struct metadata *metadata, enum message_kind kind)
{
    const struct metadata_report report = {.reason = "r", .user = "u", .request = "q"};
    bool announced = false;

    switch (kind) {
    case MESSAGE_GET_FLAG:
        return metadata_get_flag(metadata, 1, &announced);
    case MESSAGE_ANNOUNCE:
        return metadata_announce(metadata, 1);
    case MESSAGE_GET_RESET:
        return get_reset(metadata);
    case MESSAGE_GET_UUID:
        return get_uuid(metadata);
    case MESSAGE_ACKNOWLEDGE:
        return metadata_acknowledge(metadata, 1);
    case MESSAGE_REPORT:
        return metadata_report(metadata, 1, &report);
    }
    return STATUS_INTERNAL;
}

/* The kind; then the answer as it lies in memory, or, shorter and with more in it, by its members. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    const enum message_kind kind = take_byte(&input) % (MESSAGE_REPORT + 1);
    struct metadata *metadata = NULL;
    enum status status;

    if (take_byte(&input) == 'r') {
        take_bytes(&input, &forged, sizeof forged);
    } else {
        forged.status = take_word(&input);
        forged.announced = take_word(&input);
        take_text(&input, forged.uuid, sizeof forged.uuid);
        take_text(&input, forged.user_name, sizeof forged.user_name);
        take_text(&input, forged.blob, sizeof forged.blob);
    }
    check(metadata_open("http://h", false, INT64_MAX, &metadata) == STATUS_OK);
    status = call(metadata, kind);
    check(status == (was_sane ? (enum status)forged.status : STATUS_WORKER_LOST));
    check(status < STATUS_COUNT && status_name(status) != NULL);
    metadata_close(metadata);
    return 0;
}
