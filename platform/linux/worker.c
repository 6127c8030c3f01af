// SPDX-License-Identifier: Apache-2.0
/*
 * The worker of Linux: a child that gives up its rights before it takes its first request. The two say to
 * each other:
 *
 *     worker    a set of enum confine_part   once: what could not be given up
 *     owner     a request
 *     worker    one byte                     at most once a request: a connection is needed
 *     owner     an enum status               and, with OK, the connection's descriptor
 *     worker    an answer
 *
 * and are told apart by their lengths, which is why no answer may be as short as the first two.
 */
#include "platform/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/log.h"
#include "platform/crypto.h"
#include "platform/host.h"
#include "platform/http.h"
#include "platform/linux/child.h"
#include "platform/linux/confine.h"
#include "platform/linux/connection.h"
#include "platform/linux/worker_socket.h"

enum {
    START_TIMEOUT_MS = 10000,
    GRACE_MS = 2000, /* the worker's own limit of a request comes first */
    NAMES_SIZE = 256
};

struct worker {
    const struct worker_job *job;
    const char *url;
    bool require_confinement;
    bool has_warned;
    struct child child;
};

/* --- In the worker --- */

static int owner = -1; /* the channel */

/* Waits for a message of that size, and a descriptor that may come with it; false at the owner's end. */
static bool receive(void *message, size_t size, int *descriptor)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec piece = {.iov_base = message, .iov_len = size};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    const struct cmsghdr *attached;

    if (recvmsg(owner, &header, MSG_CMSG_CLOEXEC) != (ssize_t)size)
        return false;
    attached = CMSG_FIRSTHDR(&header);
    if (attached != NULL && attached->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(attached), sizeof *descriptor);
    return true;
}

enum status worker_socket(int *out)
{
    uint32_t status = STATUS_INTERNAL;
    int descriptor = -1;

    if (owner < 0 || send(owner, "", 1, MSG_NOSIGNAL) != 1 || !receive(&status, sizeof status, &descriptor))
        return STATUS_INTERNAL;
    if (status == STATUS_OK && descriptor < 0)
        return STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        *out = descriptor;
    return (enum status)status;
}

static void serve(const struct worker_job *job, void *state)
{
    void *request = malloc(job->request_size);
    void *answer = malloc(job->answer_size);
    bool is_wanted = request != NULL && answer != NULL;
    int none;

    while (is_wanted && receive(request, job->request_size, &none)) {
        job->perform(state, request, answer);
        is_wanted = send(owner, answer, job->answer_size, MSG_NOSIGNAL) == (ssize_t)job->answer_size;
        crypto_wipe(answer, job->answer_size);
    }
    free(request);
    free(answer);
}

static void work(int channel, const void *context)
{
    const struct worker *worker = context;
    void *state = NULL;
    uint32_t missing;

    owner = channel;
    if (worker->job->start(worker->url, &state) != STATUS_OK)
        return;
    missing = confine_worker();
    if (send(owner, &missing, sizeof missing, MSG_NOSIGNAL) == sizeof missing)
        serve(worker->job, state);
    worker->job->stop(state);
}

/* --- At its owner --- */

/* Ends the worker and tells why. */
static enum status lose(struct worker *worker, const char *why)
{
    int how = child_end(&worker->child);

    if (why != NULL)
        log_warning("the process that speaks to the network %s", why);
    else if (how < 0)
        log_warning("the process that speaks to the network ended");
    else if (WIFSIGNALED(how))
        log_warning("the process that speaks to the network died of signal %d", WTERMSIG(how));
    else
        log_warning("the process that speaks to the network ended by itself, with code %d", WEXITSTATUS(how));
    return STATUS_WORKER_LOST;
}

static enum status judge_confinement(struct worker *worker, uint32_t missing)
{
    char names[NAMES_SIZE];

    confine_names(missing, names, sizeof names);
    if (missing != 0 && worker->require_confinement) {
        log_error("the process that speaks to the network cannot be confined; missing: %s", names);
        (void)child_end(&worker->child);
        return STATUS_NOT_CONFINED;
    }
    if (missing != 0 && !worker->has_warned)
        log_warning("the process that speaks to the network is not wholly confined; missing: %s", names);
    worker->has_warned |= missing != 0;
    return STATUS_OK;
}

static enum status start_worker(struct worker *worker, int64_t end_ms)
{
    enum status status = child_start(work, worker, &worker->child);
    uint32_t missing = 0;
    size_t len = 0;

    if (status == STATUS_OK)
        status = child_receive(&worker->child, &missing, sizeof missing, end_ms, &len);
    if (status == STATUS_OK && len == sizeof missing) {
        if (!child_is_mortal(&worker->child))
            missing |= UINT32_C(1) << CONFINE_DEATH;
        return judge_confinement(worker, missing);
    }
    if (status == STATUS_STOPPED || status == STATUS_NO_MEMORY) {
        (void)child_end(&worker->child);
        return status;
    }
    return lose(worker, status == STATUS_WORKER_LOST ? NULL : "did not start");
}

/* Makes the connection that the worker asks for. */
static enum status connect_worker(struct worker *worker, int64_t end_ms)
{
    int connection = -1;
    enum status status = connection_open(worker->url, end_ms, &connection);
    const uint32_t message = (uint32_t)status;
    bool is_sent;

    if (status == STATUS_STOPPED)
        return status;
    is_sent = child_send(worker->child.channel, &message, sizeof message, connection);
    if (connection >= 0)
        (void)close(connection);
    return is_sent ? STATUS_OK : lose(worker, NULL);
}

/* From a request to its answer. */
static enum status converse(struct worker *worker, const void *request, void *answer, int64_t end_ms)
{
    const struct worker_job *job = worker->job;
    bool is_connected = false;

    if (!child_send(worker->child.channel, request, job->request_size, -1))
        return lose(worker, NULL);
    for (;;) {
        size_t len;
        enum status status = child_receive(&worker->child, answer, job->answer_size, end_ms + GRACE_MS, &len);

        if (status == STATUS_WORKER_LOST)
            return lose(worker, NULL);
        if (status == STATUS_TIMED_OUT)
            return lose(worker, "did not answer in time");
        if (status == STATUS_OK && len == 1 && !is_connected) {
            is_connected = true;
            status = connect_worker(worker, end_ms);
        } else if (status == STATUS_OK) {
            return len == job->answer_size && job->is_sane(request, answer) ? STATUS_OK
                                                                            : lose(worker, "spoke nonsense");
        }
        if (status != STATUS_OK) {
            (void)child_end(&worker->child);
            return status;
        }
    }
}

static int64_t end_within(int64_t timeout_ms, int64_t deadline_ms)
{
    const int64_t end_ms = host_now_ms() + timeout_ms;

    return end_ms < deadline_ms ? end_ms : deadline_ms;
}

enum status worker_open(const struct worker_job *job, const char *url, bool require_confinement,
                        int64_t deadline_ms, struct worker **out)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL)
        return STATUS_NO_MEMORY;
    *worker = (struct worker){.job = job, .url = url, .require_confinement = require_confinement};
    /* Forked here, while there is no secret in this process. What fails for now is tried again later. */
    if (start_worker(worker, end_within(START_TIMEOUT_MS, deadline_ms)) == STATUS_NOT_CONFINED) {
        free(worker);
        return STATUS_NOT_CONFINED;
    }
    *out = worker;
    return STATUS_OK;
}

enum status worker_call(struct worker *worker, const void *request, void *answer, int64_t deadline_ms)
{
    enum status status = STATUS_OK;

    if (host_stopping())
        return STATUS_STOPPED;
    if (deadline_ms <= host_now_ms())
        return STATUS_TIMED_OUT;
    if (worker->child.pid == 0)
        status = start_worker(worker, end_within(START_TIMEOUT_MS, deadline_ms));
    if (status != STATUS_OK)
        return status;
    return converse(worker, request, answer, end_within(HTTP_REQUEST_TIMEOUT_MS, deadline_ms));
}

void worker_close(struct worker *worker)
{
    if (worker == NULL)
        return;
    child_leave(&worker->child);
    free(worker);
}
