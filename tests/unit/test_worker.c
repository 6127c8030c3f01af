// SPDX-License-Identifier: Apache-2.0
/* platform/linux/worker.c, with workers of the test's own that do what they should not, and are not confined.
 */
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
#include "platform/worker.h"
#include "tests/unit/linux/host_clock.h"
#include "tests/unit/linux/loopback.h"

enum { CHANNEL = 3, LEN_MAX = 64 * 1024 };

enum deed { ECHO, LIE, HANG, DIE, SEND, CONNECT, CONNECT_TWICE };

struct request {
    enum deed deed;
    uint32_t number; /* of an ECHO; how many bytes to SEND */
};

struct answer {
    uint32_t number;
    uint32_t is_sane;
    uint32_t status; /* of worker_socket() */
    uint32_t port;   /* that its connection leads to */
};

static char url[64];
static struct loopback closed; /* where it leads, unless a test says otherwise */
static bool can_start = true;
static struct worker *worker;

static uint32_t missing;

/* These take the place of confine.c: what can be had depends on who runs this. */
uint32_t confine_worker(void)
{
    return missing;
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
    *state = url;
    return can_start && strcmp(at, url) == 0 ? STATUS_OK : STATUS_INTERNAL;
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
    static char bytes[LEN_MAX];
    const struct request *request = message;
    struct answer *answer = out;

    *answer = (struct answer){.number = request->number, .is_sane = state == url};
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

static const struct worker_job JOB = {.start = start,
                                      .perform = perform,
                                      .is_sane = is_sane,
                                      .stop = stop,
                                      .request_size = sizeof(struct request),
                                      .answer_size = sizeof(struct answer)};

/* --- */

static void point_to(const struct loopback *server)
{
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/path", server->port);
}

static int setup(void **state)
{
    missing = 0;
    closed = loopback_closed();
    point_to(&closed);
    return host_clock_setup(state) != 0 || worker_open(&JOB, url, false, INT64_MAX, &worker) != STATUS_OK;
}

static int teardown(void **state)
{
    worker_close(worker);
    /* No process is left behind. */
    return close(closed.fd) != 0 || host_clock_teardown(state) != 0 || waitpid(-1, NULL, WNOHANG) != -1 ||
           errno != ECHILD;
}

#define with_worker(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static enum status call_until(enum deed deed, uint32_t number, int64_t deadline_ms, struct answer *answer)
{
    /* Without padding: it goes to another process as it lies in memory. */
    struct request request;

    memset(&request, 0, sizeof request);
    request.deed = deed;
    request.number = number;
    return worker_call(worker, &request, answer, deadline_ms);
}

static enum status call(enum deed deed, uint32_t number)
{
    struct answer answer;

    return call_until(deed, number, ms_from_now(AMPLE_MS), &answer);
}

/* Whatever came before, the next call has a worker that works. */
static void assert_works(void)
{
    struct answer answer = {0};

    assert_status(call_until(ECHO, 4711, ms_from_now(AMPLE_MS), &answer), STATUS_OK);
    assert_int_equal(answer.number, 4711);
}

static void test_one_call_after_the_other(void **state)
{
    const int descriptors = open_descriptors();

    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        assert_status(call(ECHO, i), STATUS_OK);
    assert_int_equal(open_descriptors(), descriptors);
    assert_string_equal(host_double.log, "");
}

static void test_a_worker_that_dies(void **state)
{
    const int descriptors = open_descriptors();

    (void)state;
    assert_status(call(DIE, 0), STATUS_WORKER_LOST);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "died of signal 9"));
    assert_works();
    assert_int_equal(open_descriptors(), descriptors);
}

static void test_a_worker_that_hangs(void **state)
{
    const int64_t limit_ms = 2000; /* long enough for the call to begin before it is over */
    const int64_t begin_ms = host_now_ms();
    struct answer answer;

    (void)state;
    assert_status(call_until(HANG, 0, begin_ms + limit_ms, &answer), STATUS_WORKER_LOST);
    assert_in_range(host_now_ms() - begin_ms, limit_ms, AMPLE_MS);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "did not answer in time"));
    assert_works();
}

/* Of any length but an answer's, and one byte, which is a question. */
static void test_messages_of_other_lengths(void **state)
{
    static const uint32_t LENGTHS[] = {
        0, 2, 3, 4, 5, sizeof(struct answer) - 1, sizeof(struct answer) + 1, 4096, LEN_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(LENGTHS); i++) {
        assert_status(call(SEND, LENGTHS[i]), STATUS_WORKER_LOST);
        assert_works();
    }
}

static void test_an_answer_that_is_not_sane(void **state)
{
    (void)state;
    assert_status(call(LIE, 0), STATUS_WORKER_LOST);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "spoke nonsense"));
    assert_works();
}

static void test_connections(void **state)
{
    const struct loopback server = loopback_listen();
    const int descriptors = open_descriptors();
    struct answer answer = {0};
    int accepted;

    (void)state;
    point_to(&server);
    for (uint32_t i = 0; i < 40; i++) { /* more than a worker may have open */
        assert_status(call_until(CONNECT, i, ms_from_now(AMPLE_MS), &answer), STATUS_OK);
        assert_int_equal(answer.status, STATUS_OK);
        assert_int_equal(answer.port, server.port);
        accepted = accept(server.fd, NULL, NULL);
        assert_true(accepted >= 0);
        assert_int_equal(close(accepted), 0);
    }
    assert_int_equal(open_descriptors(), descriptors);
    assert_int_equal(close(server.fd), 0);
}

static void test_a_connection_that_fails(void **state)
{
    struct answer answer = {0};

    (void)state;
    assert_status(call_until(CONNECT, 5, ms_from_now(AMPLE_MS), &answer), STATUS_OK);
    assert_int_equal(answer.status, STATUS_UNREACHABLE);
    assert_works();
}

/* It could ask for ever. */
static void test_two_connections_for_one_request(void **state)
{
    (void)state;
    assert_status(call(CONNECT_TWICE, 0), STATUS_WORKER_LOST);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "spoke nonsense"));
    assert_works();
}

static void test_no_worker_here(void **state)
{
    int fd = -7;

    (void)state;
    assert_status(worker_socket(&fd), STATUS_INTERNAL);
    assert_int_equal(fd, -7);
}

static void test_a_deadline_that_is_over(void **state)
{
    struct answer answer;

    (void)state;
    assert_status(call_until(ECHO, 0, host_now_ms(), &answer), STATUS_TIMED_OUT);
    assert_status(call_until(ECHO, 0, -1, &answer), STATUS_TIMED_OUT);
    assert_works();
}

static void test_a_stop(void **state)
{
    (void)state;
    assert_works();
    ask_for_stop();
    assert_status(call(ECHO, 0), STATUS_STOPPED);
    assert_status(call(HANG, 0), STATUS_STOPPED);
}

static void test_a_worker_that_does_not_start(void **state)
{
    (void)state;
    can_start = false;
    worker_close(worker);
    assert_status(worker_open(&JOB, url, false, INT64_MAX, &worker), STATUS_OK);
    assert_status(call(ECHO, 0), STATUS_WORKER_LOST);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "ended by itself, with code 0"));
    can_start = true;
    assert_works();
}

/* Said once, however many workers there are. */
static void test_less_confined(void **state)
{
    (void)state;
    missing = 5;
    worker_close(worker);
    assert_status(worker_open(&JOB, url, false, INT64_MAX, &worker), STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "the set 5"));
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
    assert_works();
    assert_status(call(DIE, 0), STATUS_WORKER_LOST);
    assert_works();
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 2);
}

static void test_confinement_is_required(void **state)
{
    struct worker *other = NULL;
    const int descriptors = open_descriptors();

    (void)state;
    missing = 5;
    assert_status(worker_open(&JOB, url, true, INT64_MAX, &other), STATUS_NOT_CONFINED);
    assert_null(other);
    assert_int_equal(open_descriptors(), descriptors);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "the set 5"));
    missing = 0;
    assert_status(worker_open(&JOB, url, true, INT64_MAX, &other), STATUS_OK);
    worker_close(other);
}

/* No later worker gets a request, either. */
static void test_confinement_that_is_lost(void **state)
{
    (void)state;
    worker_close(worker);
    assert_status(worker_open(&JOB, url, true, INT64_MAX, &worker), STATUS_OK);
    assert_works();
    missing = 5;
    assert_status(call(DIE, 0), STATUS_WORKER_LOST);
    assert_status(call(ECHO, 0), STATUS_NOT_CONFINED);
    missing = 0;
    assert_works();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_worker(test_one_call_after_the_other),
        with_worker(test_a_worker_that_dies),
        with_worker(test_a_worker_that_hangs),
        with_worker(test_messages_of_other_lengths),
        with_worker(test_an_answer_that_is_not_sane),
        with_worker(test_connections),
        with_worker(test_a_connection_that_fails),
        with_worker(test_two_connections_for_one_request),
        with_worker(test_no_worker_here),
        with_worker(test_a_deadline_that_is_over),
        with_worker(test_a_stop),
        with_worker(test_a_worker_that_does_not_start),
        with_worker(test_less_confined),
        with_worker(test_confinement_is_required),
        with_worker(test_confinement_that_is_lost),
    };

    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
