// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/reset.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

static void test_a_transient_failure_then_success(void **state)
{
    static const enum status failures[] = {
        STATUS_UNREACHABLE,  STATUS_TIMED_OUT,          STATUS_CONNECTION_LOST, STATUS_SERVICE_ERROR,
        STATUS_BAD_RESPONSE, STATUS_RESPONSE_TOO_LARGE, STATUS_SERVICE_FAIL,    STATUS_WORKER_LOST};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        start_again();
        ask_for_reset_when_announced();
        cloud.script[GET_RESET][0] = failures[i];
        cloud.script[GET_RESET][1] = failures[i];
        assert_status(reset_run(&config), STATUS_APPLIED);
        assert_trace("flag? reset? reset? reset? uuid? set:admin record DELETE reset? report record");
        assert_in_range(elapsed_ms(), 100 + 200, 200 + 400);           /* two delays with their jitter */
        assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1); /* said once */
    }
}

/* Whatever it was about to do. What was sent and not answered is not taken for done, nor done twice. */
static void test_a_worker_that_is_lost_in_each_step(void **state)
{
    static const struct {
        enum endpoint endpoint;
        const char *trace;
    } rows[] = {
        {GET_FLAG, "flag? reset? uuid? set:admin record DELETE reset? report flag? record"},
        {GET_RESET, "flag? reset? reset? uuid? set:admin record DELETE reset? report record"},
        {GET_UUID, "flag? reset? uuid? reset? uuid? set:admin record DELETE reset? report record"},
        {ACKNOWLEDGE, "flag? reset? uuid? set:admin record DELETE reset? reset? DELETE reset? report record"},
        {REPORT, "flag? reset? uuid? set:admin record DELETE reset? report record"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start_again();
        ask_for_reset_when_announced();
        cloud.script[rows[i].endpoint][0] = STATUS_WORKER_LOST;
        assert_row_status(rows[i].trace, reset_run(&config), STATUS_APPLIED);
        assert_trace(rows[i].trace);
        assert_int_equal(cloud.calls[SET], 1);
    }
}

static void test_a_uuid_that_comes_late(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[GET_UUID][0] = STATUS_BAD_UUID;
    cloud.script[GET_UUID][1] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? reset? uuid? reset? uuid? set:admin record DELETE reset? report record");
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 2);
}

static void test_the_deadline(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_UNREACHABLE);
    fail_always(GET_RESET, STATUS_UNREACHABLE);
    config.deadline_ms = 60000;
    assert_status(reset_run(&config), STATUS_UNREACHABLE);
    assert_int_equal(elapsed_ms(), 57000); /* 3 s are kept for the report */
    assert_recorded(STATUS_UNREACHABLE);
    assert_int_equal(cloud.reported_applied, NO_REPORT);
    /* doubling from 0.2 s to 5 s, of which jitter takes at most a half */
    assert_in_range(cloud.calls[GET_RESET], 5 + 54 / 5, 5 + 60 * 2 / 5 + 3);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "giving up after 57.0 s"));
}

/* A reset was seen and could not be applied: there is time left to say so. */
static void test_a_failure_at_the_deadline_is_reported(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(GET_UUID, STATUS_BAD_UUID);
    cloud.cost_ms[REPORT] = 2000;
    assert_status(reset_run(&config), STATUS_BAD_UUID);
    assert_int_equal(elapsed_ms(), 297000 + 2000);
    assert_reported(false, "bad-uuid", "");
    assert_recorded(STATUS_BAD_UUID);
    assert_nothing_done();
}

static void test_hanging_requests_do_not_outlive_the_deadline(void **state)
{
    (void)state;
    cloud.flag = true;
    cloud.cost_ms[GET_RESET] = 1000000;
    config.deadline_ms = 15000;
    assert_status(reset_run(&config), STATUS_TIMED_OUT);
    assert_int_equal(elapsed_ms(), 12000); /* 3 s are kept for the report */
}

static void test_an_immediate_try_when_the_network_changes(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    for (int i = 0; i < 6; i++)
        cloud.script[GET_RESET][i] = STATUS_UNREACHABLE;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    host_double.network_at_ms = host_double.now_ms + 5000; /* in a delay of 2.5 to 5 s, or before it */
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(host_double.network_at_ms, HOST_DOUBLE_NEVER);
}

/* However often the network changes, there are 50 ms between two tries. */
static void test_the_network_cannot_make_it_spin(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_UNREACHABLE);
    cloud.script[GET_RESET][0] = STATUS_UNREACHABLE;
    host_double.network_at_ms = host_double.now_ms; /* already there */
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_int_equal(elapsed_ms(), 50);
}

static void test_404_everywhere(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_NOT_THIS_CLOUD);
    assert_trace("flag? reset? flag? reset? flag? reset? record");
    assert_int_equal(host_double.wait_count, 2);
    assert_int_equal(host_double.waits[0], 5000);
    assert_int_equal(host_double.waits[1], 5000);
    assert_recorded(STATUS_NOT_THIS_CLOUD);
    assert_int_equal(cloud.reported_applied, NO_REPORT);
}

static void test_404_beside_a_working_flag_is_nothing_pending(void **state)
{
    (void)state;
    cloud.flag = true;
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_trace("flag? reset? record");
    assert_int_equal(elapsed_ms(), 0);
}

static void test_404_beside_a_broken_flag(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_SERVICE_ERROR);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_int_equal(cloud.calls[GET_RESET], 3);
    assert_int_equal(elapsed_ms(), 10000);
}

static void test_404_for_a_moment(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.script[GET_FLAG][0] = STATUS_NOT_FOUND;
    cloud.script[GET_RESET][0] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? flag? flag! flag? reset? uuid? set:admin record DELETE reset? report record");
    assert_int_equal(elapsed_ms(), 5000);
}

static void test_404_until_the_third_look(void **state)
{
    (void)state;
    ask_for_reset();
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    cloud.script[GET_RESET][0] = STATUS_NOT_FOUND;
    cloud.script[GET_RESET][1] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(elapsed_ms(), 10000);
}

/* Three in a row: what comes between begins the count again. */
static void test_404_interrupted_by_something_else(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    cloud.script[GET_RESET][2] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_NOT_THIS_CLOUD);
    assert_int_equal(cloud.calls[GET_RESET], 6);
}

static void test_404_and_a_deadline_before_it_is_believed(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    config.deadline_ms = 7000;
    assert_status(reset_run(&config), STATUS_NOT_FOUND);
    assert_int_equal(elapsed_ms(), 4000); /* half is kept for the report */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_a_transient_failure_then_success),
        with_cloud(test_a_worker_that_is_lost_in_each_step),
        with_cloud(test_a_uuid_that_comes_late),
        with_cloud(test_the_deadline),
        with_cloud(test_a_failure_at_the_deadline_is_reported),
        with_cloud(test_hanging_requests_do_not_outlive_the_deadline),
        with_cloud(test_an_immediate_try_when_the_network_changes),
        with_cloud(test_the_network_cannot_make_it_spin),
        with_cloud(test_404_everywhere),
        with_cloud(test_404_beside_a_working_flag_is_nothing_pending),
        with_cloud(test_404_beside_a_broken_flag),
        with_cloud(test_404_for_a_moment),
        with_cloud(test_404_until_the_third_look),
        with_cloud(test_404_interrupted_by_something_else),
        with_cloud(test_404_and_a_deadline_before_it_is_believed),
    };

    return cmocka_run_group_tests_name("reset_retry", tests, NULL, NULL);
}
