// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tests/unit/worker_double.h"

struct worker_double worker_double;

struct worker {
    const struct worker_job *job;
    void *state;
};

enum status worker_open(const struct worker_job *job, const char *url, bool require_confinement,
                        int64_t deadline_ms, struct worker **out)
{
    struct worker *worker;
    enum status status = worker_double.open_status;

    (void)deadline_ms;
    worker_double.require_confinement = require_confinement;
    if (status != STATUS_OK)
        return status;
    worker = calloc(1, sizeof *worker);
    assert_non_null(worker);
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
    (void)deadline_ms;
    if (worker_double.status != STATUS_OK)
        return worker_double.status;
    worker->job->perform(worker->state, request, answer);
    if (worker_double.forged != NULL)
        memcpy(answer, worker_double.forged, worker->job->answer_size);
    return worker->job->is_sane(request, answer) ? STATUS_OK : STATUS_WORKER_LOST;
}

void worker_close(struct worker *worker)
{
    if (worker == NULL)
        return;
    worker->job->stop(worker->state);
    free(worker);
}
