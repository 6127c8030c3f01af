// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/host_double.h"
#include "tests/unit/record_sample.h"
#include "tests/unit/scratch.h"

enum { TEXT_SIZE = 1024 };

static struct record parse(const char *text)
{
    char *copy = strdup(text);
    struct record record;

    assert_non_null(copy);
    memset(&record, 0x55, sizeof record);
    record_parse(&record, copy);
    free(copy);
    return record;
}

static void assert_same(const struct record *a, const struct record *b)
{
    assert_int_equal(a->has_outcome, b->has_outcome);
    if (a->has_outcome)
        assert_status(a->outcome, b->outcome);
    assert_int_equal(a->outcome_s, b->outcome_s);
    assert_string_equal(a->outcome_request, b->outcome_request);
    assert_string_equal(a->outcome_user, b->outcome_user);
    assert_int_equal(a->applied_s, b->applied_s);
    assert_string_equal(a->applied_request, b->applied_request);
    assert_string_equal(a->applied_user, b->applied_user);
}

static struct record round_trip(const struct record *record)
{
    struct secret text;
    struct record back;

    assert_status(secret_alloc(&text, TEXT_SIZE), STATUS_OK);
    record_format(record, &text);
    assert_true(text.len > 0 && text.bytes[text.len - 1] == '\n');
    back = parse(secret_text(&text));
    secret_free(&text);
    return back;
}

static void test_round_trip(void **state)
{
    const struct record rows[] = {
        RECORD_SAMPLE,
        {0},
        {.has_outcome = true, .outcome = STATUS_NOTHING_PENDING, .outcome_s = 5},
        {.applied_s = 7, .applied_request = REQUEST_A, .applied_user = "user with blanks"},
        {.has_outcome = true, .outcome_s = INT64_MAX, .applied_s = INT64_MAX, .applied_request = REQUEST_A},
        {.applied_request = REQUEST_A, .applied_user = "a#b=c"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct record back = round_trip(&rows[i]);

        assert_same(&back, &rows[i]);
    }
}

static void test_round_trip_of_every_outcome(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        struct record record = {.has_outcome = true, .outcome = (enum status)i};
        struct record back = round_trip(&record);

        assert_same(&back, &record);
    }
}

/* The longest record there can be fits into what record_format() asks for. */
static void test_the_longest_record(void **state)
{
    struct record record = RECORD_SAMPLE;
    struct record back;

    (void)state;
    record.outcome = STATUS_PASSWORD_CONTROL;
    record.outcome_s = INT64_MAX;
    record.applied_s = INT64_MAX;
    memset(record.outcome_user, 'u', ACCOUNT_NAME_MAX);
    memset(record.applied_user, 'v', ACCOUNT_NAME_MAX);
    back = round_trip(&record);
    assert_same(&back, &record);
}

static void test_texts_that_hold_nothing(void **state)
{
    static const char *const rows[] = {
        "",
        "\n\n",
        "garbage",
        "\xff\xfe\x01\x02 = \x03\n=\n==\n",
        "{\"outcome\": \"applied\"}",
        "outcome",
        "Outcome = applied\n",
        "unknown = 5\nmore = text\n",
        "outcome = no such status\n",
        "outcome =\noutcome_time =\noutcome_request =\noutcome_user =\n",
        "outcome_user = a\x1b[2J\napplied_user = a\xc2\x9b"
        "b\n",
        "outcome_time = -5\n",
        "outcome_time = 5x\napplied_time = x\n",
        "outcome_request = abc\n",
        "applied_request = " REQUEST_A "0\n", /* too long */
        "applied_request = 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n",
        "applied_request = 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg\n",
        "applied_user = 12345678901234567890123456789012345678901234567890123456789012345\n",
    };
    const struct record none = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct record record = parse(rows[i]);

        assert_same(&record, &none);
    }
}

static void test_unknown_lines_are_passed_over(void **state)
{
    struct record record =
        parse("\xef\xbb\xbf# a comment\r\nversion = 2\r\noutcome = applied\r\nnonsense\r\n"
              "applied_time=12\r\n\r\napplied_request = " REQUEST_A "\r\napplied_user = me");

    (void)state;
    assert_true(record.has_outcome);
    assert_status(record.outcome, STATUS_APPLIED);
    assert_int_equal(record.applied_s, 12);
    assert_string_equal(record.applied_request, REQUEST_A);
    assert_string_equal(record.applied_user, "me");
}

/* A record that a crash or a full disk cut, at any byte: nothing is made up of it. */
static void test_a_record_cut_anywhere(void **state)
{
    struct secret text;
    size_t whole;

    (void)state;
    assert_status(secret_alloc(&text, TEXT_SIZE), STATUS_OK);
    record_format(&RECORD_SAMPLE, &text);
    whole = text.len;
    for (size_t len = 0; len < whole; len++) {
        struct secret cut = secret_of(text.bytes, len);
        struct record record = parse(secret_text(&cut));

        if (record.has_outcome)
            assert_status(record.outcome, RECORD_SAMPLE.outcome);
        assert_true(record.applied_request[0] == '\0' || strcmp(record.applied_request, REQUEST_B) == 0);
        secret_free(&cut);
    }
    secret_free(&text);
}

static void test_save_and_load(void **state)
{
    struct record record;

    (void)state;
    assert_status(record_save(scratch.root, &RECORD_SAMPLE), STATUS_OK);
    assert_status(record_load(scratch.root, &record), STATUS_OK);
    assert_same(&record, &RECORD_SAMPLE);
    assert_int_equal(scratch_count(STATE_DIR), 1);
    assert_string_equal(host_double.log, "");
}

static void test_save_over_an_old_one(void **state)
{
    const struct record next = {.has_outcome = true, .outcome = STATUS_NOTHING_PENDING, .outcome_s = 9};
    struct record record;

    (void)state;
    assert_status(record_save(scratch.root, &RECORD_SAMPLE), STATUS_OK);
    scratch_write_text(STATE_DIR "/.record.resetpwd-agent", "half of a rec");
    assert_status(record_save(scratch.root, &next), STATUS_OK);
    assert_status(record_load(scratch.root, &record), STATUS_OK);
    assert_same(&record, &next);
    assert_int_equal(scratch_count(STATE_DIR), 1);
}

static void test_load_without_a_record(void **state)
{
    const struct record none = {0};
    struct record record = RECORD_SAMPLE;

    (void)state;
    assert_status(record_load(scratch.root, &record), STATUS_OK);
    assert_same(&record, &none);
    assert_int_equal(scratch_count("."), 0);
}

static void test_load_of_what_is_no_record(void **state)
{
    static const char BINARY[] = "\0\1\2\3outcome = applied\n";
    char large[TEXT_SIZE + 1];
    const struct record none = {0};
    struct record record = RECORD_SAMPLE;

    (void)state;
    memset(large, '\n', sizeof large);
    assert_status(record_save(scratch.root, &RECORD_SAMPLE), STATUS_OK);
    scratch_write(STATE_DIR "/record", BINARY, sizeof BINARY - 1);
    assert_status(record_load(scratch.root, &record), STATUS_OK);
    assert_same(&record, &none);
    scratch_write(STATE_DIR "/record", large, sizeof large);
    record = RECORD_SAMPLE;
    assert_status(record_load(scratch.root, &record), STATUS_FILE_TOO_LARGE);
    assert_same(&record, &none);
}

static void test_a_folder_in_the_place_of_the_record(void **state)
{
    const struct record none = {0};
    struct record record = RECORD_SAMPLE;

    (void)state;
    scratch_mkdir(CONFIG_DIR);
    scratch_mkdir(STATE_DIR);
    scratch_mkdir(STATE_DIR "/record");
    assert_status(record_load(scratch.root, &record), STATUS_NOT_REGULAR);
    assert_same(&record, &none);
    assert_int_not_equal(record_save(scratch.root, &RECORD_SAMPLE), STATUS_OK);
    assert_int_equal(scratch_count(STATE_DIR), 1);
}

static void test_a_file_in_the_place_of_the_folder(void **state)
{
    struct record record;

    (void)state;
    scratch_write_text(CONFIG_DIR, "no folder");
    assert_int_not_equal(record_save(scratch.root, &RECORD_SAMPLE), STATUS_OK);
    assert_true(host_double_log_count(LOG_LEVEL_ERROR) > 0);
    assert_int_not_equal(record_load(scratch.root, &record), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_round_trip_of_every_outcome),
        cmocka_unit_test(test_the_longest_record),
        cmocka_unit_test(test_texts_that_hold_nothing),
        cmocka_unit_test(test_unknown_lines_are_passed_over),
        cmocka_unit_test(test_a_record_cut_anywhere),
        with_scratch(test_save_and_load),
        with_scratch(test_save_over_an_old_one),
        with_scratch(test_load_without_a_record),
        with_scratch(test_load_of_what_is_no_record),
        with_scratch(test_a_folder_in_the_place_of_the_record),
        with_scratch(test_a_file_in_the_place_of_the_folder),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
