// SPDX-License-Identifier: Apache-2.0
/* platform/worker.h for tests: a worker in this process, whose answers can be forged. */
#ifndef UNIT_WORKER_DOUBLE_H
#define UNIT_WORKER_DOUBLE_H

#include <stdbool.h>

#include "agent/message.h"
#include "platform/worker.h"

struct worker_double {
    bool require_confinement; /* what was asked for */
    enum status open_status;  /* of worker_open() */
    enum status status;       /* of worker_call() */
    const void *forged;       /* what the worker says instead of its answer; NULL for none */
};

extern struct worker_double worker_double;

#endif
