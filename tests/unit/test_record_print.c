// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include <cjson/cJSON.h>

#include "tests/unit/record_sample.h"

/* What record_print() writes; valid until the next call. */
static const char *print(const struct record *record, bool json)
{
    static char text[4096];
    FILE *out = tmpfile();
    size_t len;

    assert_non_null(out);
    record_print(record, json, out);
    rewind(out);
    len = fread(text, 1, sizeof text - 1, out);
    text[len] = '\0';
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_text_output(void **state)
{
    const struct record none = {0};
    const struct record bare = {.has_outcome = true, .outcome = STATUS_NOTHING_PENDING, .outcome_s = 0};

    (void)state;
    assert_string_equal(print(&none, false), "no run has ended here yet\n");
    assert_string_equal(print(&bare, false),
                        "last run:     1970-01-01T00:00:00Z\n"
                        "outcome:      nothing-pending (no password reset is pending)\n");
    assert_string_equal(
        print(&RECORD_SAMPLE, false),
        "last run:     2020-09-13T12:26:40Z\n"
        "outcome:      blob-padding (the password cannot be decrypted: it was encrypted for another instance "
        "uuid, or damaged)\n"
        "account:      ubuntu\n"
        "request:      0123456789abcdef\n"
        "last applied: 2017-07-14T02:40:00Z, account root, request fedcba9876543210\n");
}

static const char *member(const cJSON *object, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    assert_non_null(value);
    return value;
}

static void test_json_output(void **state)
{
    cJSON *json = cJSON_Parse(print(&RECORD_SAMPLE, true));
    const cJSON *run = cJSON_GetObjectItemCaseSensitive(json, "last_run");
    const cJSON *applied = cJSON_GetObjectItemCaseSensitive(json, "last_applied");

    (void)state;
    assert_non_null(json);
    assert_string_equal(member(run, "outcome"), "blob-padding");
    assert_string_equal(member(run, "reason"), status_sentence(STATUS_BLOB_PADDING));
    assert_string_equal(member(run, "time"), "2020-09-13T12:26:40Z");
    assert_string_equal(member(run, "user"), "ubuntu");
    assert_string_equal(member(run, "request"), "0123456789abcdef");
    assert_int_equal(cJSON_GetArraySize(run), 5);
    assert_string_equal(member(applied, "time"), "2017-07-14T02:40:00Z");
    assert_string_equal(member(applied, "user"), "root");
    assert_string_equal(member(applied, "request"), "fedcba9876543210");
    assert_int_equal(cJSON_GetArraySize(applied), 3);
    cJSON_Delete(json);
}

static void test_json_of_nothing(void **state)
{
    const struct record none = {0};

    (void)state;
    assert_string_equal(print(&none, true), "{\"last_run\": null, \"last_applied\": null}\n");
}

static void test_json_quoting(void **state)
{
    static const char USER[] = "a\"b\\c\x01\t/\xc3\xa9";
    struct record record = {.has_outcome = true};
    cJSON *json;

    (void)state;
    (void)snprintf(record.outcome_user, sizeof record.outcome_user, "%s", USER);
    json = cJSON_Parse(print(&record, true));
    assert_non_null(json);
    assert_string_equal(member(cJSON_GetObjectItemCaseSensitive(json, "last_run"), "user"), USER);
    cJSON_Delete(json);
    /* The sentences of statuses have quotes in them, too. */
    for (int i = 0; i < STATUS_COUNT; i++) {
        record.outcome = (enum status)i;
        json = cJSON_Parse(print(&record, true));
        assert_row(status_name(record.outcome), json != NULL);
        cJSON_Delete(json);
    }
}

static void test_a_time_beyond_the_calendar(void **state)
{
    const struct record record = {.has_outcome = true, .outcome_s = INT64_MAX};

    (void)state;
    assert_non_null(strstr(print(&record, false), "9223372036854775807"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_output),
        cmocka_unit_test(test_json_output),
        cmocka_unit_test(test_json_of_nothing),
        cmocka_unit_test(test_json_quoting),
        cmocka_unit_test(test_a_time_beyond_the_calendar),
    };

    return cmocka_run_group_tests_name("record_print", tests, NULL, NULL);
}
