// SPDX-License-Identifier: Apache-2.0
/* The program without the confinement, to be measured beside it: the worker is this process. */
#include <stdlib.h>

#include "platform/host.h"
#include "platform/http.h"
#include "platform/linux/connection.h"
#include "platform/linux/worker_socket.h"
#include "platform/worker.h"

struct worker {
    const struct worker_job *job;
    void *state;
};

static const char *service;

enum status worker_open(const struct worker_job *job, const char *url, bool require_confinement,
                        int64_t deadline_ms, struct worker **out)
{
    struct worker *worker = calloc(1, sizeof *worker);

    (void)require_confinement;
    (void)deadline_ms;
    if (worker == NULL || job->start(url, &worker->state) != STATUS_OK)
        abort();
    worker->job = job;
    service = url;
    *out = worker;
    return STATUS_OK;
}

enum status worker_call(struct worker *worker, const void *request, void *answer, int64_t deadline_ms)
{
    (void)deadline_ms;
    worker->job->perform(worker->state, request, answer);
    return STATUS_OK;
}

void worker_close(struct worker *worker)
{
    worker->job->stop(worker->state);
    free(worker);
}

enum status worker_socket(int *out)
{
    return connection_open(service, host_now_ms() + HTTP_CONNECT_TIMEOUT_MS, out);
}
