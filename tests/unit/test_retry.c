// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/retry.h"

enum { NOW_MS = 1000, LONG_MS = 1000000 };

static const int64_t STEPS_MS[] = {200, 400, 800, 1600, 3200, 5000, 5000, 5000};

static void test_sequence_without_jitter(void **state)
{
    struct retry retry = retry_begin(NOW_MS, LONG_MS);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(STEPS_MS); i++)
        assert_int_equal(retry_delay_ms(&retry, NOW_MS, 0), STEPS_MS[i]);
}

/* Chance takes off any number up to the half, and nothing more. */
static void test_jitter_stays_within_a_half(void **state)
{
    static const uint32_t chances[] = {1, 99, 100, 101, 200, 2500, 2501, 65535, 0x7fffffff, 0xffffffff};

    (void)state;
    for (size_t c = 0; c < COUNT_OF(chances); c++) {
        struct retry retry = retry_begin(NOW_MS, LONG_MS);

        for (size_t i = 0; i < COUNT_OF(STEPS_MS); i++) {
            int64_t delay_ms = retry_delay_ms(&retry, NOW_MS, chances[c]);

            assert_in_range(delay_ms, STEPS_MS[i] / 2, STEPS_MS[i]);
        }
    }
}

static void test_jitter_reaches_both_bounds(void **state)
{
    bool seen[RETRY_FIRST_MS + 1] = {false};

    (void)state;
    for (uint32_t chance = 0; chance < 1000; chance++) {
        struct retry retry = retry_begin(NOW_MS, LONG_MS);

        seen[retry_delay_ms(&retry, NOW_MS, chance)] = true;
    }
    for (int i = 0; i <= RETRY_FIRST_MS; i++)
        assert_int_equal(seen[i], i >= RETRY_FIRST_MS / 2);
}

static void test_never_beyond_the_deadline(void **state)
{
    struct retry retry = retry_begin(NOW_MS, 1000);

    (void)state;
    assert_int_equal(retry_delay_ms(&retry, NOW_MS, 0), 200);
    assert_int_equal(retry_delay_ms(&retry, NOW_MS + 900, 0), 100);
    assert_int_equal(retry_delay_ms(&retry, NOW_MS + 999, 0), 1);
    assert_int_equal(retry_delay_ms(&retry, NOW_MS + 1000, 0), 0);
    assert_int_equal(retry_delay_ms(&retry, NOW_MS + 5000, 0), 0);
}

static void test_is_over(void **state)
{
    struct retry retry = retry_begin(NOW_MS, 1000);
    struct retry none = retry_begin(NOW_MS, 0);

    (void)state;
    assert_false(retry_is_over(&retry, NOW_MS));
    assert_false(retry_is_over(&retry, NOW_MS + 999));
    assert_true(retry_is_over(&retry, NOW_MS + 1000));
    assert_true(retry_is_over(&retry, NOW_MS + 1001));
    assert_true(retry_is_over(&none, NOW_MS));
}

static void test_restart_shortens_the_step_and_keeps_the_deadline(void **state)
{
    struct retry retry = retry_begin(NOW_MS, LONG_MS);

    (void)state;
    for (int i = 0; i < 10; i++)
        (void)retry_delay_ms(&retry, NOW_MS, 0);
    retry_restart(&retry);
    for (size_t i = 0; i < COUNT_OF(STEPS_MS); i++)
        assert_int_equal(retry_delay_ms(&retry, NOW_MS, 0), STEPS_MS[i]);
    assert_true(retry_is_over(&retry, NOW_MS + LONG_MS));
    assert_false(retry_is_over(&retry, NOW_MS + LONG_MS - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence_without_jitter),
        cmocka_unit_test(test_jitter_stays_within_a_half),
        cmocka_unit_test(test_jitter_reaches_both_bounds),
        cmocka_unit_test(test_never_beyond_the_deadline),
        cmocka_unit_test(test_is_over),
        cmocka_unit_test(test_restart_shortens_the_step_and_keeps_the_deadline),
    };

    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
