// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/status.h"

static void test_names_are_unique_and_found(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum status found = STATUS_COUNT;

        assert_true(status_from_name(status_name((enum status)i), &found));
        assert_int_equal(found, i); /* the first of that name, so there is no earlier one */
    }
}

/* They stand in the record, in JSON and in the report: nothing there that would need quoting. */
static void test_names_are_plain(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *name = status_name((enum status)i);

        assert_true(strlen(name) > 0);
        assert_row(name, strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name));
    }
}

static void test_sentences(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *sentence = status_sentence((enum status)i);

        assert_row(status_name((enum status)i), strlen(sentence) > 0);
        assert_row(sentence, sentence[strlen(sentence) - 1] != '.');
    }
}

static void test_unknown_names(void **state)
{
    static const char *const rows[] = {"", "OK", "ok ", "o", "applied2", "BLOB_PADDING"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum status found = STATUS_USAGE;

        assert_row(rows[i], !status_from_name(rows[i], &found));
        assert_row(rows[i], found == STATUS_USAGE);
    }
}

/* 126 and above mean something to a shell. */
static void test_exit_codes(void **state)
{
    int uses[126] = {0};

    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        int code = status_exit_code((enum status)i);

        assert_row(status_name((enum status)i), code >= 0 && code <= 125);
        assert_row(status_name((enum status)i), code == 0 || uses[code] == 0);
        uses[code]++;
    }
}

static void test_what_counts_as_success(void **state)
{
    static const enum status successes[] = {
        STATUS_OK,          STATUS_APPLIED,         STATUS_ALREADY_APPLIED,
        STATUS_WOULD_APPLY, STATUS_NOTHING_PENDING, STATUS_NOT_THIS_CLOUD};
    int count = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(successes); i++)
        assert_int_equal(status_exit_code(successes[i]), 0);
    for (int i = 0; i < STATUS_COUNT; i++)
        count += status_exit_code((enum status)i) == 0;
    assert_int_equal(count, COUNT_OF(successes));
}

/* What is tried again: never an outcome, never what a password or blob is. */
static void test_transience(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        int code = status_exit_code((enum status)i);

        if (status_is_transient((enum status)i))
            assert_row(status_name((enum status)i), code == 4 || (code >= 9 && code <= 18) || code == 49);
    }
    assert_true(status_is_transient(STATUS_UNREACHABLE));
    assert_true(status_is_transient(STATUS_NOT_FOUND));
    assert_true(status_is_transient(STATUS_WORKER_LOST));
    assert_false(status_is_transient(STATUS_BLOB_PADDING));
    assert_false(status_is_transient(STATUS_STOPPED));
    assert_false(status_is_transient(STATUS_NOT_CONFINED));
    assert_false(status_is_transient(STATUS_ACCOUNT_NOT_ALLOWED));
    assert_false(status_is_transient(STATUS_POLICY_LENGTH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_unique_and_found),
        cmocka_unit_test(test_names_are_plain),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_what_counts_as_success),
        cmocka_unit_test(test_transience),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
