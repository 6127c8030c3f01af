// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "agent/envelope.h"
#include "tests/unit/http_double.h"
#include "tests/unit/metadata_session.h"

static void test_flags(void **state)
{
    static const struct {
        const char *text;
        bool announced;
    } rows[] = {
        {"{\"resetpwd_flag\": \"True\"}", true},
        {"{\"resetpwd_flag\":\"True\"}\n", true},
        {BOM "\r\n\t {\r\n\"resetpwd_flag\"\t:\r\n\"True\" } \n", true},
        {"{\"resetpwd_flag\": \"\\u0054rue\"}", true},
        {"{\"other\": [1, {\"resetpwd_flag\": \"False\"}], \"resetpwd_flag\": \"True\"}", true},
        {"{\"resetpwd_flag\": \"False\"}", false},
        {"{\"resetpwd_flag\": \"true\"}", false},
        {"{\"resetpwd_flag\": \"\"}", false},
        {"{\"resetpwd_flag\": null}", false},
        {"{\"Resetpwd_flag\": \"True\"}", false},
        {"{}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool announced = !rows[i].announced;

        answer(200, rows[i].text);
        assert_row_status(rows[i].text, metadata_get_flag(metadata, DEADLINE_MS, &announced), STATUS_OK);
        assert_row(rows[i].text, announced == rows[i].announced);
    }
}

static void test_spellings_of_nothing(void **state)
{
    static const char *const rows[] = {
        "{\"reset_password\": \"\"}",
        "{\"reset_password\": \"None\"}",
        "{\"reset_password\": null}",
        "{}",
        "{\"reset_password\": \"\", \"user_name\": \"root\"}",
        "{\"other\": \"blob\"}",
        "{\"Reset_Password\": \"blob\"}",
        "{\"other\": {\"reset_password\": \"blob\"}}",
        "{\"reset_password\": \"\\u004eone\"}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer(200, rows[i]);
        assert_row_status(rows[i], call(GET_RESET), STATUS_NOTHING_PENDING);
    }
    answer(404, "");
    assert_status(call(GET_RESET), STATUS_NOT_FOUND);
}

static void test_fail_means_try_again(void **state)
{
    (void)state;
    answer(200, "{\"reset_password\": \"Fail\"}");
    assert_status(call(GET_RESET), STATUS_SERVICE_FAIL);
}

static void assert_blob(const char *text, const char *expected)
{
    struct metadata_reset reset = {0};

    answer(200, text);
    assert_row_status(text, metadata_get_reset(metadata, DEADLINE_MS, &reset), STATUS_OK);
    assert_holds_text(&reset.blob, expected);
    secret_free(&reset.blob);
}

static void test_blobs(void **state)
{
    (void)state;
    assert_blob("{\"reset_password\": \"0Rqv2zwGpvA=brvpQE1/AA\"}", "0Rqv2zwGpvA=brvpQE1/AA");
    assert_blob("{\"reset_password\":\"a\\/b\\u002Bc\\u003d\\u003D\"}", "a/b+c==");
    assert_blob(BOM " {\n\"reset_password\" : \"ab\\r\\ncd\\t \"\r\n}\n\n", "ab\r\ncd\t ");
    assert_blob("{\"reset_password\": \"none\"}", "none");
    assert_blob("{\"reset_password\": \"fail\"}", "fail");
    assert_blob("{\"reset_password\": \" \"}", " ");
    assert_blob("{\"x\": {\"reset_password\": \"inner\"}, \"reset_password\": \"outer\"}", "outer");
}

static void test_blob_lengths(void **state)
{
    static char text[20000];
    struct metadata_reset reset = {0};
    int start = snprintf(text, sizeof text, "{\"reset_password\": \"");

    (void)state;
    memset(text + start, 'A', ENVELOPE_BLOB_MAX + 1);
    (void)strcpy(text + start + ENVELOPE_BLOB_MAX, "\"}");
    answer(200, text);
    assert_status(metadata_get_reset(metadata, DEADLINE_MS, &reset), STATUS_OK);
    assert_int_equal(reset.blob.len, ENVELOPE_BLOB_MAX);
    secret_free(&reset.blob);
    (void)strcpy(text + start + ENVELOPE_BLOB_MAX, "A\"}");
    answer(200, text);
    assert_status(call(GET_RESET), STATUS_RESPONSE_TOO_LARGE);
}

/* It would cut the string that it stands in, and what is behind it would vanish without a word. */
static void test_an_escaped_nul(void **state)
{
    static const char *const rows[][GETS - 1] = {
        {"{\"resetpwd_flag\": \"True\\u0000x\"}", "{\"reset_password\": \"blob\\u0000x\"}"},
        {"{\"resetpwd_flag\\u0000x\": \"True\"}", "{\"reset_password\\u0000x\": \"blob\"}"},
        {"{\"resetpwd_flag\": \"\\u0000\"}", "{\"reset_password\": \"\\u0000\"}"},
        {"{\"resetpwd_flag\": \"\\\\\\u0000\"}",
         "{\"reset_password\": \"blob\", \"user_name\": \"root\\u0000x\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int c = 0; c < GETS - 1; c++) {
            answer(200, rows[i][c]);
            assert_row_status(rows[i][c], call(c), STATUS_BAD_RESPONSE);
        }
    }
    answer(200, "{\"uuid\": \"a\\u0000\"}");
    assert_status(call(GET_UUID), STATUS_BAD_RESPONSE);
    /* A backslash and letters are none. */
    assert_blob("{\"reset_password\": \"a\\\\u0000\"}", "a\\u0000");
}

static void test_user_names(void **state)
{
    static const char X64[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    static const struct {
        const char *json;
        const char *name;
    } rows[] = {
        {"null", ""},
        {"\"\"", ""},
        {"\"ubuntu\"", "ubuntu"},
        {"\" a b \"", " a b "},
        {"\"\\u0061\\/\"", "a/"},
        {"\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", X64},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct metadata_reset reset = {.user_name = "as before"};
        char text[200];

        (void)snprintf(text, sizeof text, "{\"reset_password\": \"blob\", \"user_name\": %s}", rows[i].json);
        answer(200, text);
        assert_row_status(text, metadata_get_reset(metadata, DEADLINE_MS, &reset), STATUS_OK);
        assert_string_equal(reset.user_name, rows[i].name);
        assert_holds_text(&reset.blob, "blob");
        secret_free(&reset.blob);
    }
}

/* One too long stays too long: cut to 64 it would be another account's. */
static void test_user_names_that_are_too_long(void **state)
{
    (void)state;
    for (size_t len = 65; len < 5000; len = len * 2 - 1) {
        struct metadata_reset reset = {0};
        static char text[6000];
        int start = snprintf(text, sizeof text, "{\"reset_password\": \"blob\", \"user_name\": \"");

        memset(text + start, 'x', len);
        (void)strcpy(text + start + len, "\"}");
        answer(200, text);
        assert_status(metadata_get_reset(metadata, DEADLINE_MS, &reset), STATUS_OK);
        assert_int_equal(strlen(reset.user_name), ACCOUNT_NAME_MAX + 1);
        secret_free(&reset.blob);
    }
}

static void test_user_names_of_wrong_type(void **state)
{
    static const char *const rows[] = {
        "{\"reset_password\": \"blob\", \"user_name\": 5}",
        "{\"reset_password\": \"blob\", \"user_name\": false}",
        "{\"reset_password\": \"blob\", \"user_name\": [\"root\"]}",
        "{\"reset_password\": \"blob\", \"user_name\": {}}",
        "{\"user_name\": \"a\", \"reset_password\": \"blob\", \"user_name\": \"b\"}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer(200, rows[i]);
        assert_row_status(rows[i], call(GET_RESET), STATUS_BAD_RESPONSE);
    }
}

static void test_uuids(void **state)
{
    static const struct {
        const char *text;
        const char *uuid;
    } rows[] = {
        {"{\"uuid\": \"8ae2549a-7b09-4787-8f25-4487d61be128\"}", "8ae2549a-7b09-4787-8f25-4487d61be128"},
        {"{\"uuid\": \"8AE2549A7B0947878F254487D61BE128\"}", "8AE2549A7B0947878F254487D61BE128"},
        {"{\"uuid\": \"i-abc\", \"meta\": {\"uuid\": \"nested\"}}", "i-abc"},
        {"{\"meta\": {\"uuid\": \"nested\"}, \"uuid\": \"top\"}", "top"},
        {"{\"uuid\": \"\\u0061\\u002db\"}", "a-b"},
        {BOM "{\"uuid\": \"1234567890123456789012345678901234567890123456789012345678901234\"}",
         "1234567890123456789012345678901234567890123456789012345678901234"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secret uuid = {0};

        answer(200, rows[i].text);
        assert_row_status(rows[i].text, metadata_get_uuid(metadata, DEADLINE_MS, &uuid), STATUS_OK);
        assert_holds_text(&uuid, rows[i].uuid);
        secret_free(&uuid);
    }
}

static void test_bad_uuids(void **state)
{
    static const char *const rows[] = {
        "{}",
        "{\"uuid\": null}",
        "{\"uuid\": \"\"}",
        "{\"uuid\": \" 8ae2549a\"}",
        "{\"uuid\": \"8ae2549a\\n\"}",
        "{\"uuid\": \"8ae2549a_\"}",
        "{\"uuid\": \"{8ae2549a}\"}",
        "{\"uuid\": \"8ae2549\xc3\xa4\"}",
        "{\"uuid\": \"../../etc\"}",
        "{\"uuid\": \"12345678901234567890123456789012345678901234567890123456789012345\"}",
        "{\"UUID\": \"a\"}",
        "{\"meta\": {\"uuid\": \"nested\"}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer(200, rows[i]);
        assert_row_status(rows[i], call(GET_UUID), STATUS_BAD_UUID);
    }
    answer(404, "");
    assert_status(call(GET_UUID), STATUS_BAD_UUID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_metadata(test_flags),
        with_metadata(test_spellings_of_nothing),
        with_metadata(test_fail_means_try_again),
        with_metadata(test_blobs),
        with_metadata(test_blob_lengths),
        with_metadata(test_an_escaped_nul),
        with_metadata(test_user_names),
        with_metadata(test_user_names_that_are_too_long),
        with_metadata(test_user_names_of_wrong_type),
        with_metadata(test_uuids),
        with_metadata(test_bad_uuids),
    };

    return cmocka_run_group_tests_name("metadata_answers", tests, NULL, NULL);
}
