// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/reset.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

static void test_stopped_while_waiting(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_UNREACHABLE);
    fail_always(GET_RESET, STATUS_UNREACHABLE);
    host_double.stop_at_ms = host_double.now_ms + 7000;
    assert_status(reset_run(&config), STATUS_STOPPED);
    assert_int_equal(elapsed_ms(), 7000);
    assert_recorded(STATUS_STOPPED);
    assert_nothing_done();
}

static void test_stopped_between_looks_for_another_cloud(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    host_double.stop_at_ms = host_double.now_ms + 2500;
    assert_status(reset_run(&config), STATUS_STOPPED);
    assert_int_equal(elapsed_ms(), 2500);
    assert_int_equal(cloud.calls[GET_RESET], 1);
}

static void test_stopped_before_the_password_is_set(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.cost_ms[GET_UUID] = 500;
    host_double.stop_at_ms = host_double.now_ms + 100;
    assert_status(reset_run(&config), STATUS_STOPPED);
    assert_nothing_done();
    assert_recorded(STATUS_STOPPED);
}

/* The password is set and remembered, so it must not be forgotten that only the acknowledgement is missing.
 */
static void test_stopped_while_acknowledging(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.cost_ms[ACKNOWLEDGE] = 500;
    host_double.stop_at_ms = host_double.now_ms + 100;
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    assert_recorded(STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(cloud.calls[SET], 1);
    assert_int_equal(strlen(last_record().applied_request), 64);
}

/* The reset is seen to be gone, and then the stop comes: that does not undo how the run ended. */
static void test_stopped_when_all_is_done(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.stop_behind_look = 2;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_recorded(STATUS_APPLIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_stopped_while_waiting),
        with_cloud(test_stopped_between_looks_for_another_cloud),
        with_cloud(test_stopped_before_the_password_is_set),
        with_cloud(test_stopped_while_acknowledging),
        with_cloud(test_stopped_when_all_is_done),
    };

    return cmocka_run_group_tests_name("reset_stop", tests, NULL, NULL);
}
