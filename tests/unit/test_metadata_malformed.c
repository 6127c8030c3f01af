// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/unit/http_double.h"
#include "tests/unit/metadata_session.h"

static void test_answers_that_are_no_object(void **state)
{
    static const struct {
        const char *bytes;
        size_t len; /* 0: of the string */
    } rows[] = {
        {"", 0},
        {" ", 0},
        {"\0", 1},
        {BOM, 0},
        {"null", 0},
        {"true", 0},
        {"5", 0},
        {"\"text\"", 0},
        {"[]", 0},
        {"[{}]", 0},
        {"Fail", 0},
        {"None", 0},
        {"<html><body>503 Service Unavailable</body></html>", 0},
        {"{", 0},
        {"}", 0},
        {"{\"uuid\"", 0},
        {"{\"uuid\": ", 0},
        {"{\"uuid\": \"a", 0},
        {"{\"uuid\": \"a\"", 0},
        {"{\"uuid\": \"a\",", 0},
        {"{\"uuid\": \"a\", \"x\": [1, 2", 0},
        {"{\"uuid\": \"a\\u12\"}", 0},
        {"{\"uuid\": \"a\\ud800\"}", 0},
        {"{\"uuid\": \"a\\x\"}", 0},
        {"{'uuid': 'a'}", 0},
        {"{uuid: \"a\"}", 0},
        {"{} {}", 0},
        {"{}x", 0},
        {"{}]", 0},
        {"{},", 0},
        {"\xff\xfe{\0}\0", 6}, /* UTF-16 */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer_bytes(200, rows[i].bytes, rows[i].len != 0 ? rows[i].len : strlen(rows[i].bytes));
        for (int c = 0; c < GETS; c++)
            assert_row_status(rows[i].bytes, call(c), STATUS_BAD_RESPONSE);
    }
}

static void test_nul_bytes_around_an_object(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t len;
    } rows[] = {
        {"before", "\0{}", 3},
        {"behind", "{}\0", 3},
        {"before more", "{}\0x", 4},
        {"within", "{\0}", 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer_bytes(200, rows[i].bytes, rows[i].len);
        for (int c = 0; c < GETS; c++)
            assert_row_status(rows[i].name, call(c), STATUS_BAD_RESPONSE);
    }
}

/* Deep nesting must not use up the stack. */
static void test_deep_nesting(void **state)
{
    static char text[16000];

    (void)state;
    memset(text, '[', sizeof text);
    answer_bytes(200, text, sizeof text);
    for (int c = 0; c < GETS; c++)
        assert_status(call(c), STATUS_BAD_RESPONSE);
}

static void test_wrong_types_of_a_member(void **state)
{
    static const char *const values[] = {"true", "false",   "0",  "1.5",
                                         "[]",   "[\"a\"]", "{}", "{\"a\": \"b\"}"};
    static const char *const keys[] = {"resetpwd_flag", "reset_password", "uuid"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        for (int c = 0; c < GETS; c++) {
            char text[100];

            (void)snprintf(text, sizeof text, "{\"%s\": %s}", keys[c], values[i]);
            answer(200, text);
            assert_row_status(text, call(c), STATUS_BAD_RESPONSE);
        }
    }
}

static void test_duplicate_keys(void **state)
{
    static const char *const rows[][GETS] = {
        {"{\"resetpwd_flag\": \"True\", \"resetpwd_flag\": \"True\"}",
         "{\"reset_password\": \"\", \"reset_password\": \"\"}", "{\"uuid\": \"a\", \"uuid\": \"a\"}"},
        {"{\"resetpwd_flag\": \"False\", \"x\": 1, \"resetpwd_flag\": null}",
         "{\"reset_password\": null, \"x\": 1, \"reset_password\": \"b\"}",
         "{\"uuid\": \"a\", \"x\": 1, \"uuid\": 5}"},
        {"{\"resetpwd_flag\": \"True\", \"resetpwd\\u005fflag\": \"True\"}",
         "{\"reset_password\": \"a\", \"reset\\u005fpassword\": \"b\"}",
         "{\"uuid\": \"a\", \"\\u0075uid\": \"b\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int c = 0; c < GETS; c++) {
            answer(200, rows[i][c]);
            assert_row_status(rows[i][c], call(c), STATUS_BAD_RESPONSE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_metadata(test_answers_that_are_no_object),
        with_metadata(test_nul_bytes_around_an_object),
        with_metadata(test_deep_nesting),
        with_metadata(test_wrong_types_of_a_member),
        with_metadata(test_duplicate_keys),
    };

    return cmocka_run_group_tests_name("metadata_malformed", tests, NULL, NULL);
}
