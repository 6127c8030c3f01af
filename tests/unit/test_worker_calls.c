// SPDX-License-Identifier: Apache-2.0
/* platform/linux/worker.c: what it makes of workers that die, hang and lie. */
#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "platform/linux/worker_socket.h"
#include "tests/unit/linux/worker_deeds.h"

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
        0, 2, 3, 4, 5, sizeof(struct answer) - 1, sizeof(struct answer) + 1, 4096, SEND_MAX};

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
    worker_can_start = false;
    reopen(false);
    assert_status(call(ECHO, 0), STATUS_WORKER_LOST);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "ended by itself, with code 0"));
    worker_can_start = true;
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
    };

    return cmocka_run_group_tests_name("worker_calls", tests, NULL, NULL);
}
