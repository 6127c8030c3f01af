// SPDX-License-Identifier: Apache-2.0
/* What a run says at its end: to the log always, to the console what an owner must know who cannot log in. */
#include "tests/unit/unit.h"

#include "agent/reset.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

/* A run of the running system itself, not of one below a root. */
static int setup(void **state)
{
    int failed = reset_double_setup(state);

    config.root[0] = '\0';
    return failed;
}

#define with_system(test) cmocka_unit_test_setup_teardown(test, setup, reset_double_teardown)

static void test_applied(void **state)
{
    static const char LINE[] =
        "applied: reset of admin: the new password is set and the service has been told";

    (void)state;
    ask_for_reset_when_announced();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_true(host_double_logged(LOG_LEVEL_INFO, LINE));
    assert_string_equal(host_double.console, LINE);
    assert_int_equal(host_double.console_lines, 1);
}

static void test_failed(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.then[SET] = STATUS_SHADOW_IMMUTABLE;
    assert_status(reset_run(&config), STATUS_SHADOW_IMMUTABLE);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "shadow-immutable: reset of admin: "));
    assert_non_null(strstr(host_double.console, "shadow-immutable: reset of admin: "));
}

static void test_nothing_pending(void **state)
{
    (void)state;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_true(host_double_logged(LOG_LEVEL_INFO, "nothing-pending: "));
    assert_int_equal(host_double.console_lines, 0);
}

/* A warning, as there may be no such service here; but the console has it, as there may be a reset. */
static void test_no_service(void **state)
{
    static const enum status SILENCE[] = {STATUS_UNREACHABLE, STATUS_TIMED_OUT, STATUS_CONNECTION_LOST};

    for (size_t i = 0; i < COUNT_OF(SILENCE); i++) {
        start_again();
        setup(state);
        fail_always(GET_FLAG, SILENCE[i]);
        fail_always(GET_RESET, SILENCE[i]);
        assert_status(reset_run(&config), SILENCE[i]);
        assert_true(host_double_logged(LOG_LEVEL_WARNING, "; no reset was seen"));
        assert_non_null(strstr(host_double.console, status_sentence(SILENCE[i])));
    }
}

/* That is a reset that failed: other than silence from the start. */
static void test_a_service_that_goes_away(void **state)
{
    static const enum status SILENCE[] = {STATUS_UNREACHABLE, STATUS_TIMED_OUT, STATUS_CONNECTION_LOST};

    for (size_t i = 0; i < COUNT_OF(SILENCE); i++) {
        start_again();
        setup(state);
        ask_for_reset_when_announced();
        fail_always(GET_UUID, SILENCE[i]);
        assert_status(reset_run(&config), STATUS_SERVICE_LOST);
        assert_recorded(STATUS_SERVICE_LOST);
        assert_true(host_double_logged(LOG_LEVEL_ERROR, "service-lost: reset of the administrator: "));
    }
}

/* It is seen once, and then not even that look succeeds any more. */
static void test_a_service_that_goes_away_before_another_look(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(GET_UUID, STATUS_BAD_UUID);
    for (size_t i = 1; i < SCRIPT_MAX; i++)
        cloud.script[GET_RESET][i] = STATUS_UNREACHABLE;
    config.deadline_ms = 8000;
    assert_status(reset_run(&config), STATUS_SERVICE_LOST);
    assert_false(host_double_logged(LOG_LEVEL_WARNING, "no reset was seen"));
}

/* Its last look failed: it is reported and recorded all the same. */
static void test_a_reset_seen_and_not_seen_again(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(GET_UUID, STATUS_SERVICE_ERROR);
    for (size_t i = 1; i < SCRIPT_MAX; i++)
        cloud.script[GET_RESET][i] = STATUS_SERVICE_FAIL;
    config.deadline_ms = 8000;
    assert_status(reset_run(&config), STATUS_SERVICE_FAIL);
    assert_reported(false, "service-says-fail", "");
    assert_int_equal(strlen(last_record().outcome_request), RECORD_REQUEST_LEN);
}

/* It was seen, could not be applied yet, and was taken back: that is told, by whatever name there is nothing.
 */
static void test_a_reset_that_is_taken_back(void **state)
{
    static const struct {
        enum status look;
        enum status flag;
    } ABSENCE[] = {{STATUS_NOTHING_PENDING, STATUS_OK},
                   {STATUS_NOT_FOUND, STATUS_OK},
                   {STATUS_NOT_FOUND, STATUS_NOT_FOUND}};

    for (size_t i = 0; i < COUNT_OF(ABSENCE); i++) {
        start_again();
        setup(state);
        ask_for_reset_when_announced();
        fail_always(GET_FLAG, ABSENCE[i].flag);
        cloud.script[GET_UUID][0] = STATUS_SERVICE_ERROR;
        for (size_t look = 1; look < SCRIPT_MAX; look++)
            cloud.script[GET_RESET][look] = ABSENCE[i].look;
        assert_status(reset_run(&config), STATUS_WITHDRAWN);
        assert_nothing_done();
        assert_reported(false, "withdrawn", "");
        assert_recorded(STATUS_WITHDRAWN);
        assert_int_equal(strlen(last_record().outcome_request), RECORD_REQUEST_LEN);
        assert_true(host_double_logged(LOG_LEVEL_ERROR, "withdrawn: reset of the administrator: "));
    }
}

/* The record is that run's, too: nothing is written. */
static void test_another_run_takes_all_of_the_time(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lock_status = STATUS_LOCK_TIMEOUT;
    assert_status(reset_run(&config), STATUS_ALREADY_RUNNING);
    assert_trace("");
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "already-running: "));
    assert_non_null(strstr(host_double.console, status_sentence(STATUS_ALREADY_RUNNING)));
}

/* Too late to ask the service: it is the other run that took the time, not the service. */
static void test_another_run_ends_at_the_last_moment(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    config.deadline_ms = 8000;
    cloud.lock_ms = 6000;
    assert_status(reset_run(&config), STATUS_ALREADY_RUNNING);
    assert_trace("");
    start_again();
    ask_for_reset_when_announced();
    config.deadline_ms = 8000;
    cloud.lock_ms = 4000;
    assert_status(reset_run(&config), STATUS_APPLIED);
}

static void test_stopped_while_another_runs(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lock_status = STATUS_STOPPED;
    assert_status(reset_run(&config), STATUS_STOPPED);
    assert_trace("");
}

/* One that cannot be kept off for another reason must not cost the owner the reset. */
static void test_a_lock_that_cannot_be_had(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lock_status = STATUS_READ_ONLY;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "could not be kept off (read-only)"));
}

/* Before a word was said to anybody. */
static void test_not_confined(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    config.require_confinement = true;
    cloud.open_status = STATUS_NOT_CONFINED;
    assert_status(reset_run(&config), STATUS_NOT_CONFINED);
    assert_trace("record");
    assert_recorded(STATUS_NOT_CONFINED);
    assert_int_equal(elapsed_ms(), 0);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "not-confined: "));
    assert_non_null(strstr(host_double.console, status_sentence(STATUS_NOT_CONFINED)));
}

/* Somebody is there, and spoils our own process: other than a service that is silent. */
static void test_a_worker_that_is_always_lost(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_WORKER_LOST);
    fail_always(GET_RESET, STATUS_WORKER_LOST);
    assert_status(reset_run(&config), STATUS_WORKER_LOST);
    assert_recorded(STATUS_WORKER_LOST);
    assert_int_equal(elapsed_ms(), 297000);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "worker-lost: "));
    assert_non_null(strstr(host_double.console, status_sentence(STATUS_WORKER_LOST)));
}

static void test_a_worker_that_is_lost_with_a_reset(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(GET_UUID, STATUS_WORKER_LOST);
    assert_status(reset_run(&config), STATUS_WORKER_LOST);
    assert_recorded(STATUS_WORKER_LOST);
    assert_reported(false, "worker-lost", "");
    assert_nothing_done();
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "worker-lost: reset of the administrator: "));
}

/* A worker of later cannot be confined: nothing is tried again, and what was set stays acknowledgeable. */
static void test_not_confined_any_more(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(GET_UUID, STATUS_NOT_CONFINED);
    assert_status(reset_run(&config), STATUS_NOT_CONFINED);
    assert_recorded(STATUS_NOT_CONFINED);
    assert_nothing_done();
    start_again();
    ask_for_reset_when_announced();
    fail_always(ACKNOWLEDGE, STATUS_NOT_CONFINED);
    cloud.script[GET_RESET][1] = STATUS_NOT_CONFINED;
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    assert_recorded(STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(elapsed_ms(), 0);
}

static void test_a_dry_run(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    config.dry_run = true;
    assert_status(reset_run(&config), STATUS_WOULD_APPLY);
    assert_int_equal(host_double.console_lines, 0);
}

static void test_below_a_root(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    (void)strcpy(config.root, "/the/root");
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(host_double.console_lines, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_system(test_applied),
        with_system(test_failed),
        with_system(test_nothing_pending),
        with_system(test_no_service),
        with_system(test_a_service_that_goes_away),
        with_system(test_a_service_that_goes_away_before_another_look),
        with_system(test_a_reset_seen_and_not_seen_again),
        with_system(test_a_reset_that_is_taken_back),
        with_system(test_another_run_takes_all_of_the_time),
        with_system(test_another_run_ends_at_the_last_moment),
        with_system(test_stopped_while_another_runs),
        with_system(test_a_lock_that_cannot_be_had),
        with_system(test_not_confined),
        with_system(test_a_worker_that_is_always_lost),
        with_system(test_a_worker_that_is_lost_with_a_reset),
        with_system(test_not_confined_any_more),
        with_system(test_a_dry_run),
        with_system(test_below_a_root),
    };

    return cmocka_run_group_tests_name("reset_outcome", tests, NULL, NULL);
}
