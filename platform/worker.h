// SPDX-License-Identifier: Apache-2.0
/*
 * Work on what a stranger sends: done apart, where it can do no harm.
 *
 * On Linux that is another process, which has no right to anything but its memory, a channel to this process
 * and a connection to the one service that this process makes for it. On Windows it is this process.
 */
#ifndef PLATFORM_WORKER_H
#define PLATFORM_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/status.h"

/* What a worker does: it takes a request and makes an answer of it, each a block of fixed size. */
struct worker_job {
    /* In the worker, first and while it still has all rights; *state is its own. */
    enum status (*start)(const char *url, void **state);
    /* In the worker, once for each request. */
    void (*perform)(void *state, const void *request, void *answer);
    /* Not in the worker, and only where that is another process: can this be the answer to that request? Any
     * bytes may come. */
    bool (*is_sane)(const void *request, const void *answer);
    /* Releases the state; not called where the worker's process is ended instead. */
    void (*stop)(void *state);
    size_t request_size;
    size_t answer_size;
};

struct worker;

/*
 * Makes a worker that may speak to the host and port of an http URL and to nobody else; the caller closes it.
 * job and url must live as long. It is started by deadline_ms of host_now_ms(), or else at the first call.
 * What of the confinement this system does not offer is one warning; with require_confinement it is
 * NOT_CONFINED. NO_MEMORY, INTERNAL.
 */
enum status worker_open(const struct worker_job *job, const char *url, bool require_confinement,
                        int64_t deadline_ms, struct worker **out);

/*
 * Has one request answered, by deadline_ms of host_now_ms() and within HTTP_REQUEST_TIMEOUT_MS, and a moment
 * in which the worker can say so. OK: an answer came, and it is sane. WORKER_LOST: the worker died, hung or
 * spoke nonsense; the next call has a new one. NOT_CONFINED, NO_MEMORY, TIMED_OUT, STOPPED. After a failure
 * the contents of answer mean nothing. Answers are the caller's to wipe.
 */
enum status worker_call(struct worker *worker, const void *request, void *answer, int64_t deadline_ms);

/* Ends the worker. NULL is allowed. */
void worker_close(struct worker *worker);

#endif
