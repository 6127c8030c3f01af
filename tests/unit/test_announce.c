// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/announce.h"
#include "platform/http.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

enum { DEADLINE_MS = 300000, ENDLESS_MS = 1000000 };

static struct metadata *metadata;
static int64_t deadline_at_ms;

static int setup(void **state)
{
    (void)reset_double_setup(state);
    deadline_at_ms = host_double.now_ms + DEADLINE_MS;
    return metadata_open(BASE_URL, false, INT64_MAX, &metadata) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    metadata_close(metadata);
    return reset_double_teardown(state);
}

static struct announce announce_once(bool read_only)
{
    struct announce announce = announce_begin(read_only, DEADLINE_MS);

    announce_try(&announce, metadata, deadline_at_ms);
    return announce;
}

static void test_begin(void **state)
{
    struct announce announce = announce_begin(true, DEADLINE_MS);

    (void)state;
    assert_true(announce.read_only);
    assert_false(announce.is_posted);
    assert_false(announce.announced);
    assert_status(announce.flag, STATUS_UNREACHABLE);
    assert_int_equal(announce.budget_ms, HTTP_REQUEST_TIMEOUT_MS);
    assert_false(announce_begin(false, DEADLINE_MS).read_only);
    assert_int_equal(announce_begin(true, 8000).budget_ms, 2000);
}

static void test_look_set_look_again(void **state)
{
    struct announce announce = announce_once(false);

    (void)state;
    assert_trace("flag? flag! flag?");
    assert_true(announce.announced);
    assert_true(announce.is_posted);
    assert_status(announce.flag, STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_INFO, "announced"));
    /* Done is done. */
    announce_try(&announce, metadata, deadline_at_ms);
    announce_late(&announce, metadata, deadline_at_ms);
    assert_trace("flag? flag! flag?");
}

static void test_announced_by_an_earlier_run(void **state)
{
    struct announce announce;

    (void)state;
    cloud.flag = true;
    announce = announce_once(false);
    assert_trace("flag?");
    assert_true(announce.announced);
    assert_false(announce.is_posted);
    assert_string_equal(host_double.log, "");
}

static void test_read_only(void **state)
{
    struct announce announce = announce_once(true);

    (void)state;
    assert_false(announce.announced);
    assert_status(announce.flag, STATUS_OK);
    announce_late(&announce, metadata, deadline_at_ms);
    assert_trace("flag?");
    assert_false(cloud.flag);
    assert_string_equal(host_double.log, "");
}

static void test_a_failure_then_success(void **state)
{
    struct announce announce;

    (void)state;
    cloud.script[GET_FLAG][0] = STATUS_SERVICE_ERROR;
    cloud.script[ANNOUNCE][0] = STATUS_CONNECTION_LOST;
    announce = announce_once(false);
    assert_status(announce.flag, STATUS_SERVICE_ERROR);
    assert_false(announce.is_posted);
    announce_try(&announce, metadata, deadline_at_ms);
    assert_status(announce.flag, STATUS_CONNECTION_LOST);
    assert_true(announce.is_posted);
    assert_false(announce.announced);
    announce_try(&announce, metadata, deadline_at_ms);
    assert_status(announce.flag, STATUS_OK);
    assert_true(announce.announced);
    assert_trace("flag? flag? flag! flag? flag! flag?");
}

/* All tries together take no longer than one request may. */
static void test_the_budget(void **state)
{
    struct announce announce;

    (void)state;
    cloud.cost_ms[GET_FLAG] = 4000;
    fail_always(GET_FLAG, STATUS_SERVICE_ERROR);
    announce = announce_once(false);
    assert_int_equal(announce.budget_ms, 6000);
    for (int i = 0; i < 5; i++)
        announce_try(&announce, metadata, deadline_at_ms);
    assert_int_equal(announce.budget_ms, 0);
    assert_int_equal(cloud.calls[GET_FLAG], 3);
    assert_int_equal(elapsed_ms(), HTTP_REQUEST_TIMEOUT_MS);
    assert_status(announce.flag, STATUS_TIMED_OUT);
}

static void test_the_deadline_comes_before_the_budget(void **state)
{
    struct announce announce;

    (void)state;
    cloud.cost_ms[GET_FLAG] = ENDLESS_MS;
    deadline_at_ms = host_double.now_ms + 3000;
    announce = announce_once(false);
    assert_status(announce.flag, STATUS_TIMED_OUT);
    assert_int_equal(elapsed_ms(), 3000);
    assert_int_equal(announce.budget_ms, HTTP_REQUEST_TIMEOUT_MS - 3000);
}

/* A budget of its own, also when the first is used up. */
static void test_late_and_well(void **state)
{
    struct announce announce;

    (void)state;
    cloud.cost_ms[GET_FLAG] = ENDLESS_MS;
    announce = announce_once(false);
    assert_int_equal(announce.budget_ms, 0);
    cloud.cost_ms[GET_FLAG] = 0;
    announce_late(&announce, metadata, deadline_at_ms);
    assert_trace("flag? flag? flag! flag?");
    assert_true(announce.announced);
    assert_true(cloud.flag);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 0);
}

static void test_late_and_failed_again(void **state)
{
    struct announce announce;

    (void)state;
    fail_always(ANNOUNCE, STATUS_SERVICE_ERROR);
    announce = announce_once(false);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 0);
    announce_late(&announce, metadata, deadline_at_ms);
    assert_trace("flag? flag! flag? flag!");
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, status_sentence(STATUS_SERVICE_ERROR)));
}

static void test_late_and_not_kept(void **state)
{
    struct announce announce;

    (void)state;
    cloud.forgets_flag = true;
    announce = announce_once(false);
    assert_status(announce.flag, STATUS_OK);
    assert_false(announce.announced);
    announce_late(&announce, metadata, deadline_at_ms);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "it did not keep the flag"));
}

/* The service does not know the flag, a stop was asked for, the time is over. */
static void test_too_late(void **state)
{
    struct announce announce;

    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    announce = announce_once(false);
    announce_late(&announce, metadata, deadline_at_ms);
    announce.flag = STATUS_SERVICE_ERROR;
    announce_late(&announce, metadata, host_double.now_ms);
    host_double.stop_at_ms = host_double.now_ms;
    announce_late(&announce, metadata, deadline_at_ms);
    assert_trace("flag?");
    assert_string_equal(host_double.log, "");
}

#define with_metadata(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_metadata(test_begin),
        with_metadata(test_look_set_look_again),
        with_metadata(test_announced_by_an_earlier_run),
        with_metadata(test_read_only),
        with_metadata(test_a_failure_then_success),
        with_metadata(test_the_budget),
        with_metadata(test_the_deadline_comes_before_the_budget),
        with_metadata(test_late_and_well),
        with_metadata(test_late_and_failed_again),
        with_metadata(test_late_and_not_kept),
        with_metadata(test_too_late),
    };

    return cmocka_run_group_tests_name("announce", tests, NULL, NULL);
}
