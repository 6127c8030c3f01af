// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "agent/reset.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

/* The order of the plugin: GET flag, POST flag, GET flag, GET reset, GET meta_data, apply, DELETE, GET. */
static void test_the_order_of_the_plugin(void **state)
{
    struct record record;

    (void)state;
    ask_for_reset();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? flag! flag? reset? uuid? set:admin record DELETE reset? report record");
    assert_string_equal(cloud.password, PASSWORD);
    assert_string_equal(cloud.method, "auto");
    assert_int_equal(cloud.pending.len, 0);
    assert_reported(true, "applied", "admin");
    record = last_record();
    assert_status(record.outcome, STATUS_APPLIED);
    assert_string_equal(record.outcome_user, "admin");
    assert_string_equal(record.applied_user, "admin");
    assert_string_equal(record.applied_request, record.outcome_request);
    assert_int_equal(strlen(record.applied_request), 64);
    assert_memory_equal(record.applied_request, cloud.reported_request, 16);
    assert_int_equal(record.applied_s, host_double.time_s);
    assert_int_equal(elapsed_ms(), 0); /* no wait anywhere */
}

static void test_when_announced_before(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report record");
}

static void test_nothing_pending(void **state)
{
    (void)state;
    cloud.flag = true;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_trace("flag? reset? record");
    assert_recorded(STATUS_NOTHING_PENDING);
    assert_nothing_done();
    assert_int_equal(elapsed_ms(), 0);
}

/* What an earlier run left is removed by each that may change something. */
static void test_each_run_tidies(void **state)
{
    (void)state;
    cloud.flag = true;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_int_equal(cloud.tidied, 1);
    ask_for_reset();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.tidied, 2);
    config.dry_run = true;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_int_equal(cloud.tidied, 2);
}

static void test_the_configured_method_is_passed_on(void **state)
{
    (void)state;
    ask_for_reset();
    (void)strcpy(config.account.hash_method, "sha256");
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_string_equal(cloud.method, "sha256");
}

/* The double compares: of the configuration, and nothing else. */
static void test_required_confinement_is_passed_on(void **state)
{
    (void)state;
    ask_for_reset();
    config.require_confinement = true;
    assert_status(reset_run(&config), STATUS_APPLIED);
}

static void test_a_dry_run_changes_nothing(void **state)
{
    (void)state;
    ask_for_reset();
    config.dry_run = true;
    assert_status(reset_run(&config), STATUS_WOULD_APPLY);
    assert_trace("flag? reset? uuid?");
    assert_string_equal(cloud.record, "");
    assert_false(cloud.flag);
    assert_true(cloud.pending.len > 0);
}

static void test_a_dry_run_tells_what_would_fail(void **state)
{
    (void)state;
    ask_for_reset();
    config.dry_run = true;
    cloud.check_status = STATUS_ACCOUNT_UNKNOWN;
    assert_status(reset_run(&config), STATUS_ACCOUNT_UNKNOWN);
    assert_trace("flag? reset? uuid?");
    cloud.uuid = "another";
    forget_trace();
    assert_status(reset_run(&config), STATUS_BLOB_PADDING);
    assert_trace("flag? reset? uuid?");
    assert_string_equal(cloud.record, "");
}

static void test_a_dry_run_of_what_was_applied(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(ACKNOWLEDGE, STATUS_SERVICE_ERROR);
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    forget_trace();
    config.dry_run = true;
    assert_status(reset_run(&config), STATUS_ALREADY_APPLIED);
    assert_trace("flag? reset?");
}

static void test_without_reports(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    config.report = false;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? record");
}

static void test_a_report_that_fails_costs_nothing(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(REPORT, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.calls[REPORT], 1);
    assert_int_equal(elapsed_ms(), 0);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 0);
}

static void test_a_record_that_cannot_be_written(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.record_status = STATUS_DISK_FULL;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.pending.len, 0);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "record"));
}

static void test_a_record_of_garbage(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    (void)strcpy(cloud.record, "\x01\x02garbage\n= = =\napplied_request = 5\n");
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_recorded(STATUS_APPLIED);
}

/* The last test: being verbose cannot be undone. */
static void test_nothing_secret_is_logged_or_recorded(void **state)
{
    char blob[512];

    (void)state;
    log_set_verbosity(LOG_VERBOSE);
    ask_for_reset();
    (void)snprintf(blob, sizeof blob, "%s", secret_text(&cloud.pending));
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_null(strstr(host_double.log, PASSWORD));
    assert_null(strstr(host_double.log, UUID));
    assert_null(strstr(host_double.log, blob));
    assert_null(strstr(cloud.record, PASSWORD));
    assert_null(strstr(cloud.record, UUID));
    assert_null(strstr(cloud.record, blob));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_the_order_of_the_plugin),
        with_cloud(test_when_announced_before),
        with_cloud(test_nothing_pending),
        with_cloud(test_each_run_tidies),
        with_cloud(test_the_configured_method_is_passed_on),
        with_cloud(test_required_confinement_is_passed_on),
        with_cloud(test_a_dry_run_changes_nothing),
        with_cloud(test_a_dry_run_tells_what_would_fail),
        with_cloud(test_a_dry_run_of_what_was_applied),
        with_cloud(test_without_reports),
        with_cloud(test_a_report_that_fails_costs_nothing),
        with_cloud(test_a_record_that_cannot_be_written),
        with_cloud(test_a_record_of_garbage),
        with_cloud(test_nothing_secret_is_logged_or_recorded),
    };

    return cmocka_run_group_tests_name("reset_order", tests, NULL, NULL);
}
