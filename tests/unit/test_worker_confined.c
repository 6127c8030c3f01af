// SPDX-License-Identifier: Apache-2.0
/* platform/linux/worker.c: what it makes of a confinement that is not all there. */
#include "tests/unit/unit.h"

#include "tests/unit/linux/worker_deeds.h"

/* Said once, however many workers there are. */
static void test_less_confined(void **state)
{
    (void)state;
    worker_missing = 5;
    reopen(false);
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
    worker_missing = 5;
    assert_status(worker_open(&WORKER_JOB, worker_url, true, INT64_MAX, &other), STATUS_NOT_CONFINED);
    assert_null(other);
    assert_int_equal(open_descriptors(), descriptors);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "the set 5"));
    worker_missing = 0;
    assert_status(worker_open(&WORKER_JOB, worker_url, true, INT64_MAX, &other), STATUS_OK);
    worker_close(other);
}

/* No later worker gets a request, either. */
static void test_confinement_that_is_lost(void **state)
{
    (void)state;
    reopen(true);
    assert_works();
    worker_missing = 5;
    assert_status(call(DIE, 0), STATUS_WORKER_LOST);
    assert_status(call(ECHO, 0), STATUS_NOT_CONFINED);
    worker_missing = 0;
    assert_works();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_worker(test_less_confined),
        with_worker(test_confinement_is_required),
        with_worker(test_confinement_that_is_lost),
    };

    return cmocka_run_group_tests_name("worker_confined", tests, NULL, NULL);
}
