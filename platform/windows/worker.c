// SPDX-License-Identifier: Apache-2.0
/* The worker of Windows: this process. */
#include "platform/worker.h"

#include <stdlib.h>

struct worker {
    const struct worker_job *job;
    void *state;
};

enum status worker_open(const struct worker_job *job, const char *url, bool require_confinement,
                        int64_t deadline_ms, struct worker **out)
{
    struct worker *worker;
    enum status status;

    (void)deadline_ms;
    if (require_confinement)
        return STATUS_NOT_CONFINED;
    worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return STATUS_NO_MEMORY;
    worker->job = job;
    status = job->start(url, &worker->state);
    if (status == STATUS_OK)
        *out = worker;
    else
        free(worker);
    return status;
}

enum status worker_call(struct worker *worker, const void *request, void *answer, int64_t deadline_ms)
{
    (void)deadline_ms; /* the job's own requests heed it */
    worker->job->perform(worker->state, request, answer);
    return STATUS_OK;
}

void worker_close(struct worker *worker)
{
    if (worker == NULL)
        return;
    worker->job->stop(worker->state);
    free(worker);
}
