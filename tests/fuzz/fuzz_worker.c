// SPDX-License-Identifier: Apache-2.0
/* platform/linux/worker.c at its owner, and a worker that says anything at any time. */
#include "tests/fuzz/hostile_child.h"

#include <string.h>

#include "agent/message.h"
#include "platform/worker.h"

enum { CALLS = 4, HANG_STEP_MS = 60 * 1000 };

static bool is_sane(const void *request, const void *answer)
{
    return message_is_sane(request, answer);
}

/* The rest is for a worker that there is not. */
static const struct worker_job JOB = {.is_sane = is_sane,
                                      .request_size = sizeof(struct message_request),
                                      .answer_size = sizeof(struct message_answer)};

static void call(struct worker *worker, enum message_kind kind)
{
    static struct message_answer answer;
    struct message_request request;
    enum status status;

    memset(&request, 0, sizeof request);
    request.kind = kind;
    request.deadline_ms = INT64_MAX;
    status = worker_call(worker, &request, &answer, request.deadline_ms);
    if (status == STATUS_OK)
        check(message_is_sane(&request, &answer));
    else
        check(status == STATUS_WORKER_LOST || status == STATUS_NOT_CONFINED);
}

/* What is asked for, and what is said; see hostile_child.h. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    const uint8_t kind = take_byte(&input);
    const uint8_t flags = take_byte(&input);
    struct worker *worker = NULL;
    enum status status;

    host_step_ms = (flags & 1) != 0 ? HANG_STEP_MS : 0;
    hostile_begin(&input);
    /* Nobody listens there, and no name has to be looked up. */
    status = worker_open(&JOB, "http://127.0.0.1:1/", (flags & 2) != 0, INT64_MAX, &worker);
    check(status == STATUS_OK || (status == STATUS_NOT_CONFINED && (flags & 2) != 0));
    for (int i = 0; i < CALLS && status == STATUS_OK; i++)
        call(worker, (enum message_kind)((kind + i) % (MESSAGE_REPORT + 1)));
    worker_close(worker);
    hostile_end();
    return 0;
}
