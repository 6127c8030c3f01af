// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/linux/confine.h"
#include "platform/linux/worker_socket.h"
#include "tests/unit/linux/worker_deeds.h"

enum { CHANNEL = 3 };

struct request {
    enum deed deed;
    uint32_t number; /* of an ECHO; how many bytes to SEND */
};

char worker_url[64];
bool worker_can_start = true;
uint32_t worker_missing;
struct worker *worker;

static struct loopback closed;

/* These take the place of confine.c: what can be had depends on who runs this. */
uint32_t confine_worker(void)
{
    return worker_missing;
}

uint32_t confine_resolver(void)
{
    return 0;
}

void confine_names(uint32_t set, char *text, size_t size)
{
    (void)snprintf(text, size, "the set %u", set);
}

/* --- In the worker --- */

static enum status start(const char *at, void **state)
{
    *state = worker_url;
    return worker_can_start && strcmp(at, worker_url) == 0 ? STATUS_OK : STATUS_INTERNAL;
}

static void hang(void)
{
    for (;;)
        (void)poll(NULL, 0, -1);
}

static void connect_to_it(struct answer *answer)
{
    struct sockaddr_in peer = {0};
    socklen_t len = sizeof peer;
    int fd;

    answer->status = worker_socket(&fd);
    if (answer->status != STATUS_OK)
        return;
    if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0)
        answer->port = ntohs(peer.sin_port);
    (void)close(fd);
}

static void perform(void *state, const void *message, void *out)
{
    static char bytes[SEND_MAX];
    const struct request *request = message;
    struct answer *answer = out;

    *answer = (struct answer){.number = request->number, .is_sane = state == worker_url};
    if (request->deed == LIE)
        answer->is_sane = 0;
    if (request->deed == HANG)
        hang();
    if (request->deed == DIE)
        (void)raise(SIGKILL);
    if (request->deed == SEND) {
        memcpy(bytes, answer, sizeof *answer); /* nothing but the length is wrong */
        (void)send(CHANNEL, bytes, request->number, 0);
        hang();
    }
    if (request->deed == CONNECT || request->deed == CONNECT_TWICE)
        connect_to_it(answer);
    if (request->deed == CONNECT_TWICE)
        connect_to_it(answer);
}

static bool is_sane(const void *request, const void *answer)
{
    return ((const struct answer *)answer)->is_sane == 1 &&
           ((const struct answer *)answer)->number == ((const struct request *)request)->number;
}

static void stop(void *state)
{
    (void)state;
}

const struct worker_job WORKER_JOB = {.start = start,
                                      .perform = perform,
                                      .is_sane = is_sane,
                                      .stop = stop,
                                      .request_size = sizeof(struct request),
                                      .answer_size = sizeof(struct answer)};

/* --- At its owner --- */

void point_to(const struct loopback *server)
{
    (void)snprintf(worker_url, sizeof worker_url, "http://127.0.0.1:%u/path", server->port);
}

int worker_setup(void **state)
{
    worker_missing = 0;
    closed = loopback_closed();
    point_to(&closed);
    return host_clock_setup(state) != 0 ||
           worker_open(&WORKER_JOB, worker_url, false, INT64_MAX, &worker) != STATUS_OK;
}

/* Closed workers have been killed, if they have not ended by now; one that lives on is waited for in vain. */
static bool is_alone(void)
{
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    return errno == ECHILD;
}

int worker_teardown(void **state)
{
    worker_close(worker);
    return close(closed.fd) != 0 || host_clock_teardown(state) != 0 || !is_alone();
}

enum status call_until(enum deed deed, uint32_t number, int64_t deadline_ms, struct answer *answer)
{
    /* Without padding: it goes to another process as it lies in memory. */
    struct request request;

    memset(&request, 0, sizeof request);
    request.deed = deed;
    request.number = number;
    return worker_call(worker, &request, answer, deadline_ms);
}

enum status call(enum deed deed, uint32_t number)
{
    struct answer answer;

    return call_until(deed, number, ms_from_now(AMPLE_MS), &answer);
}

void reopen(bool require_confinement)
{
    worker_close(worker);
    assert_status(worker_open(&WORKER_JOB, worker_url, require_confinement, INT64_MAX, &worker), STATUS_OK);
}

void assert_works(void)
{
    struct answer answer = {0};

    assert_status(call_until(ECHO, 4711, ms_from_now(AMPLE_MS), &answer), STATUS_OK);
    assert_int_equal(answer.number, 4711);
}
