// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/reset.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

static void test_an_ignored_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.ignored_deletes = 2;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace(
        "flag? reset? uuid? set:admin record DELETE reset? reset? DELETE reset? reset? DELETE reset? "
        "report record");
    assert_int_equal(cloud.calls[SET], 1);
    assert_reported(true, "applied", "admin");
}

static void test_a_refused_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[ACKNOWLEDGE][0] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? DELETE reset? report record");
    assert_int_equal(cloud.calls[SET], 1);
}

/* Done, but its answer was lost: reading it back shows that it is gone. */
static void test_a_lost_answer_to_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lost_deletes = 1;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report record");
}

static void test_a_delete_and_a_look_that_fail(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lost_deletes = 1;
    cloud.script[GET_RESET][1] = STATUS_UNREACHABLE;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? report record");
}

/* 404 after DELETE is one of the spellings of nothing. */
static void test_a_look_after_delete_that_finds_no_path(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[GET_RESET][1] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(elapsed_ms(), 0);
}

/* Behind one that failed it may be a proxy that is not ready: not before it stays so. */
static void test_a_look_after_a_refused_delete_that_finds_no_path(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[ACKNOWLEDGE][0] = STATUS_SERVICE_ERROR;
    cloud.script[GET_RESET][1] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? DELETE reset? report record");
    assert_int_equal(cloud.pending.len, 0);
}

/* It was taken off, and the answer to that was lost. */
static void test_no_path_any_more(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lost_deletes = 1;
    for (size_t look = 1; look < SCRIPT_MAX; look++)
        cloud.script[GET_RESET][look] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? reset? report record");
}

static void test_a_service_without_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(ACKNOWLEDGE, STATUS_NOT_FOUND);
    config.deadline_ms = 30000;
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(elapsed_ms(), 27000);
    assert_int_equal(cloud.calls[SET], 1);
    assert_true(cloud.calls[ACKNOWLEDGE] >= 10); /* by backoff, not in steps of 5 s */
    assert_recorded(STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(last_record().applied_s, host_double.time_s);
}

static void test_the_next_run_acknowledges_and_does_not_set(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(ACKNOWLEDGE, STATUS_SERVICE_ERROR);
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    forget_trace();
    fail_always(ACKNOWLEDGE, STATUS_OK);
    assert_status(reset_run(&config), STATUS_ALREADY_APPLIED);
    assert_trace("flag? reset? DELETE reset? report record");
    assert_int_equal(cloud.calls[SET], 1);
    assert_recorded(STATUS_ALREADY_APPLIED);
    assert_reported(true, "already-applied", "admin");
    /* It is remembered also after that. */
    assert_int_equal(strlen(last_record().applied_request), 64);
}

/* A new request, even for the same password: the salt tells. */
static void test_the_same_password_again(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    assert_status(reset_run(&config), STATUS_APPLIED);
    ask_for_reset();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.calls[SET], 2);
}

/* A failure forgets nothing: what was applied before is still not to be applied again. */
static void test_a_failure_keeps_what_was_applied(void **state)
{
    struct record before;
    struct record after;

    (void)state;
    ask_for_reset_when_announced();
    assert_status(reset_run(&config), STATUS_APPLIED);
    before = last_record();
    replace_pending(secret_of_text("broken"));
    assert_status(reset_run(&config), STATUS_BLOB_TOO_SHORT);
    after = last_record();
    assert_string_equal(after.applied_request, before.applied_request);
    assert_string_equal(after.applied_user, before.applied_user);
    assert_string_not_equal(after.outcome_request, before.outcome_request);
}

static void test_another_reset_while_acknowledging(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.next = seal(UUID, "second", 6);
    cloud.next_at = 1;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report "
                 "reset? uuid? set:admin record DELETE reset? report record");
    assert_string_equal(cloud.password, "second");
    assert_int_equal(cloud.pending.len, 0);
}

/* The first is done and reported: what becomes of the other says nothing of it. */
static void test_another_reset_that_is_taken_back_unread(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.next = seal(UUID, "second", 6);
    cloud.next_at = 1;
    cloud.script[GET_RESET][2] = STATUS_NOTHING_PENDING;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_string_equal(cloud.password, PASSWORD);
    assert_int_equal(cloud.calls[REPORT], 1);
    assert_reported(true, "applied", "admin");
    assert_recorded(STATUS_APPLIED);
    assert_string_equal(last_record().outcome_request, last_record().applied_request);
}

/* Nor does it when the service fails to hand out the other. */
static void test_another_reset_that_cannot_be_had(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.next = seal(UUID, "second", 6);
    cloud.next_at = 1;
    for (size_t look = 2; look < SCRIPT_MAX; look++)
        cloud.script[GET_RESET][look] = STATUS_SERVICE_ERROR;
    config.deadline_ms = 6000;
    assert_status(reset_run(&config), STATUS_SERVICE_ERROR);
    assert_int_equal(cloud.calls[REPORT], 1);
    assert_reported(true, "applied", "admin");
    assert_recorded(STATUS_SERVICE_ERROR);
    assert_string_equal(last_record().outcome_request, "");
    assert_string_equal(last_record().outcome_user, "");
}

/* The first DELETE failed; meanwhile another reset came. It must not be deleted before it is read. */
static void test_a_superseding_reset_is_not_deleted_unread(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[ACKNOWLEDGE][0] = STATUS_UNREACHABLE;
    cloud.script[GET_RESET][1] = STATUS_UNREACHABLE;
    cloud.next = seal(UUID, "second", 6);
    cloud.next_at = 1;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? report "
                 "reset? uuid? set:admin record DELETE reset? report record");
    assert_string_equal(cloud.password, "second");
    assert_int_equal(cloud.calls[SET], 2);
}

/* Others kept the shadow file locked: what was seen at the service may have been replaced since. */
static void test_a_look_before_delete_when_setting_took_long(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.cost_ms[SET] = 5500;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record reset? DELETE reset? report record");
}

/* There is a little time kept for it. */
static void test_a_password_that_is_set_at_the_last_moment(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    config.deadline_ms = 8000;
    cloud.cost_ms[SET] = 4999;
    cloud.cost_ms[ACKNOWLEDGE] = 1000;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report record");
}

/* One that hangs then leaves time for the report. */
static void test_a_last_delete_that_hangs(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    config.deadline_ms = 8000;
    cloud.cost_ms[SET] = 4999;
    cloud.cost_ms[ACKNOWLEDGE] = 10000;
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(elapsed_ms(), 6500);
    assert_reported(true, "not-acknowledged", "admin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_an_ignored_delete),
        with_cloud(test_a_refused_delete),
        with_cloud(test_a_lost_answer_to_delete),
        with_cloud(test_a_delete_and_a_look_that_fail),
        with_cloud(test_a_look_after_delete_that_finds_no_path),
        with_cloud(test_a_look_after_a_refused_delete_that_finds_no_path),
        with_cloud(test_no_path_any_more),
        with_cloud(test_a_service_without_delete),
        with_cloud(test_the_next_run_acknowledges_and_does_not_set),
        with_cloud(test_the_same_password_again),
        with_cloud(test_a_failure_keeps_what_was_applied),
        with_cloud(test_another_reset_while_acknowledging),
        with_cloud(test_another_reset_that_is_taken_back_unread),
        with_cloud(test_another_reset_that_cannot_be_had),
        with_cloud(test_a_superseding_reset_is_not_deleted_unread),
        with_cloud(test_a_look_before_delete_when_setting_took_long),
        with_cloud(test_a_password_that_is_set_at_the_last_moment),
        with_cloud(test_a_last_delete_that_hangs),
    };

    return cmocka_run_group_tests_name("reset_acknowledge", tests, NULL, NULL);
}
