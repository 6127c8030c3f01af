// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/persist.h"
#include "tests/unit/host_double.h"

enum { START_MS = 1000000, LIMIT_MS = 60000 };

static void test_what_is_not_transient_ends_at_once(void **state)
{
    struct persist persist = persist_begin(LIMIT_MS);

    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (!status_is_transient((enum status)i))
            assert_status(persist_after(&persist, "step", (enum status)i), (enum status)i);
    }
    assert_int_equal(host_double.wait_count, 0);
    assert_string_equal(host_double.log, "");
}

static void test_what_is_transient_is_waited_for(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        struct persist persist;

        (void)host_double_reset(NULL);
        persist = persist_begin(LIMIT_MS);
        if (!status_is_transient((enum status)i))
            continue;
        assert_status(persist_after(&persist, "step", (enum status)i), STATUS_OK);
        if (i == STATUS_NOT_FOUND)
            assert_int_equal(host_double.now_ms, START_MS + PERSIST_ABSENT_MS);
        else
            assert_in_range(host_double.now_ms, START_MS + 100, START_MS + 200);
        assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
    }
}

static void test_each_kind_is_logged_once_in_a_row(void **state)
{
    static const enum status failures[] = {STATUS_UNREACHABLE, STATUS_UNREACHABLE, STATUS_TIMED_OUT,
                                           STATUS_TIMED_OUT, STATUS_UNREACHABLE};
    struct persist persist = persist_begin(LIMIT_MS);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++)
        assert_status(persist_after(&persist, "step", failures[i]), STATUS_OK);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 3);
}

static void test_the_deadline(void **state)
{
    struct persist persist = persist_begin(1000);
    enum status status;

    (void)state;
    do
        status = persist_after(&persist, "step", STATUS_UNREACHABLE);
    while (status == STATUS_OK);
    assert_status(status, STATUS_UNREACHABLE);
    assert_int_equal(host_double.now_ms, START_MS + 1000);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "step: giving up after 1.0 s"));
    (void)host_double_reset(NULL);
    persist = persist_begin(1000);
    assert_status(persist_after(&persist, "step", STATUS_NOT_FOUND), STATUS_NOT_FOUND);
    assert_int_equal(host_double.now_ms, START_MS + 1000);
}

/* A request that the deadline cuts short says nothing about the service; the failure before it does. */
static void test_a_request_cut_short(void **state)
{
    struct persist persist = persist_begin(1000);

    (void)state;
    assert_status(persist_after(&persist, "step", STATUS_SERVICE_ERROR), STATUS_OK);
    host_double.now_ms = START_MS + 1000;
    assert_status(persist_after(&persist, "step", STATUS_TIMED_OUT), STATUS_SERVICE_ERROR);
    (void)host_double_reset(NULL);
    persist = persist_begin(1000);
    host_double.now_ms = START_MS + 1000;
    assert_status(persist_after(&persist, "step", STATUS_TIMED_OUT), STATUS_TIMED_OUT);
}

static void test_a_stop(void **state)
{
    struct persist persist = persist_begin(LIMIT_MS);

    (void)state;
    host_double.stop_at_ms = START_MS + 20;
    assert_status(persist_after(&persist, "step", STATUS_UNREACHABLE), STATUS_STOPPED);
    assert_int_equal(host_double.now_ms, START_MS + 20);
    assert_status(persist_after(&persist, "step", STATUS_UNREACHABLE), STATUS_STOPPED);
    assert_int_equal(host_double.now_ms, START_MS + 20);
}

/* It wakes, but never before 50 ms have passed; and the delays are short again. */
static void test_a_change_of_the_network(void **state)
{
    struct persist persist = persist_begin(LIMIT_MS);

    (void)state;
    for (int i = 0; i < 6; i++)
        assert_status(persist_after(&persist, "step", STATUS_UNREACHABLE), STATUS_OK);
    assert_int_equal(persist.retry.step_ms, RETRY_LONGEST_MS);
    (void)host_double_reset(NULL);
    host_double.network_at_ms = START_MS;
    assert_status(persist_after(&persist, "step", STATUS_UNREACHABLE), STATUS_OK);
    assert_int_equal(host_double.now_ms, START_MS + 50);
    assert_int_equal(persist.retry.step_ms, RETRY_FIRST_MS);
}

/* 404 is refuted by time only. */
static void test_not_found_ignores_the_network(void **state)
{
    struct persist persist = persist_begin(LIMIT_MS);

    (void)state;
    host_double.network_at_ms = START_MS + 1000;
    assert_status(persist_after(&persist, "step", STATUS_NOT_FOUND), STATUS_OK);
    assert_int_equal(host_double.now_ms, START_MS + PERSIST_ABSENT_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_host(test_what_is_not_transient_ends_at_once),
        with_host(test_what_is_transient_is_waited_for),
        with_host(test_each_kind_is_logged_once_in_a_row),
        with_host(test_the_deadline),
        with_host(test_a_request_cut_short),
        with_host(test_a_stop),
        with_host(test_a_change_of_the_network),
        with_host(test_not_found_ignores_the_network),
    };

    return cmocka_run_group_tests_name("persist", tests, NULL, NULL);
}
