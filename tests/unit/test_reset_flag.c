// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/reset.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

static void test_a_broken_flag_delays_nothing(void **state)
{
    static const enum status failures[] = {STATUS_NOT_FOUND, STATUS_SERVICE_ERROR, STATUS_BAD_RESPONSE,
                                           STATUS_CONNECTION_LOST};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        start_again();
        ask_for_reset();
        fail_always(GET_FLAG, failures[i]);
        assert_status(reset_run(&config), STATUS_APPLIED);
        assert_int_equal(elapsed_ms(), 0);
        assert_int_equal(cloud.pending.len, 0);
    }
}

/* One time-out of a request for all tries together, and one more when the reset is through. */
static void test_a_hanging_flag_has_a_budget(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.cost_ms[GET_FLAG] = 1000000;
    cloud.script[GET_RESET][0] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? reset? uuid? set:admin record DELETE reset? report flag? record");
    assert_in_range(elapsed_ms(), 20000, 20200);
}

static void test_a_hanging_flag_leaves_time_for_the_reset(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.cost_ms[GET_FLAG] = 1000000;
    config.deadline_ms = 4000;
    assert_status(reset_run(&config), STATUS_APPLIED);
}

static void test_a_slow_flag_uses_up_its_budget(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.cost_ms[GET_FLAG] = 4000;
    fail_always(GET_FLAG, STATUS_SERVICE_ERROR);
    for (int i = 0; i < 6; i++)
        cloud.script[GET_RESET][i] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.calls[GET_FLAG], 3 + 1);
}

static void test_a_flag_that_works_after_the_reset(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.script[GET_FLAG][0] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report flag? flag! flag? record");
    assert_true(cloud.flag);
}

static void test_a_flag_that_is_not_kept(void **state)
{
    (void)state;
    cloud.forgets_flag = true;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_trace("flag? flag! flag? reset? flag? flag! flag? record");
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "not announced"));
}

static void test_a_refused_announcement(void **state)
{
    (void)state;
    ask_for_reset();
    fail_always(ANNOUNCE, STATUS_SERVICE_ERROR);
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? flag! reset? uuid? set:admin record DELETE reset? report flag? flag! record");
    assert_int_equal(elapsed_ms(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_a_broken_flag_delays_nothing),
        with_cloud(test_a_hanging_flag_has_a_budget),
        with_cloud(test_a_hanging_flag_leaves_time_for_the_reset),
        with_cloud(test_a_slow_flag_uses_up_its_budget),
        with_cloud(test_a_flag_that_works_after_the_reset),
        with_cloud(test_a_flag_that_is_not_kept),
        with_cloud(test_a_refused_announcement),
    };

    return cmocka_run_group_tests_name("reset_flag", tests, NULL, NULL);
}
