// SPDX-License-Identifier: Apache-2.0
/* Workers of the test's own for platform/linux/worker.c, not confined. They do what they should not. */
#ifndef UNIT_LINUX_WORKER_DEEDS_H
#define UNIT_LINUX_WORKER_DEEDS_H

#include "platform/worker.h"
#include "tests/unit/linux/host_clock.h"
#include "tests/unit/linux/loopback.h"

enum { SEND_MAX = 64 * 1024 }; /* bytes */

enum deed { ECHO, LIE, HANG, DIE, SEND, CONNECT, CONNECT_TWICE };

struct answer {
    uint32_t number;
    uint32_t is_sane;
    uint32_t status; /* of worker_socket() */
    uint32_t port;   /* that its connection leads to */
};

extern const struct worker_job WORKER_JOB;
extern char worker_url[64]; /* leads nowhere, unless point_to() says otherwise */
extern bool worker_can_start;
extern uint32_t worker_missing; /* what cannot be had of the confinement */
extern struct worker *worker;

void point_to(const struct loopback *server);

enum status call_until(enum deed deed, uint32_t number, int64_t deadline_ms, struct answer *answer);
enum status call(enum deed deed, uint32_t number);

/* Opens the worker anew. */
void reopen(bool require_confinement);

/* Whatever came before, the next call has a worker that works. */
void assert_works(void);

/* For cmocka. */
int worker_setup(void **state);
int worker_teardown(void **state);

#define with_worker(test) cmocka_unit_test_setup_teardown(test, worker_setup, worker_teardown)

#endif
