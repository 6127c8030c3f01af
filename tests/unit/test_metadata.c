// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "agent/envelope.h"
#include "agent/metadata.h"
#include "platform/http.h"

#define BASE "http://h/base"
#define BOM  "\xef\xbb\xbf"

enum { DEADLINE_MS = 4242, URL_SIZE = 512, BODY_SIZE = 1024 };

/* --- A double of platform/http.h: one canned answer, and the last request
 * --------------------------------------- */

struct http {
    int unused;
};

static struct {
    enum status open_status;
    int open_count;
    enum status status; /* of http_perform() */
    int code;
    const char *answer;
    size_t answer_len;
    enum http_method method;
    char url[URL_SIZE];
    char content_type[URL_SIZE];
    char body[BODY_SIZE];
    int64_t deadline_ms;
    int requests;
} http_double;

enum status http_open(struct http **out)
{
    static struct http http;

    if (http_double.open_status != STATUS_OK)
        return http_double.open_status;
    http_double.open_count++;
    *out = &http;
    return STATUS_OK;
}

void http_close(struct http *http)
{
    if (http != NULL)
        http_double.open_count--;
}

enum status http_perform(struct http *http, const struct http_request *request, int *code,
                         struct secret *body)
{
    assert_non_null(http);
    http_double.requests++;
    http_double.method = request->method;
    http_double.deadline_ms = request->deadline_ms;
    (void)snprintf(http_double.url, sizeof http_double.url, "%s", request->url);
    (void)snprintf(http_double.content_type, sizeof http_double.content_type, "%s",
                   request->content_type != NULL ? request->content_type : "none");
    (void)snprintf(http_double.body, sizeof http_double.body, "%s",
                   request->body != NULL ? request->body : "none");
    secret_clear(body);
    if (http_double.status != STATUS_OK)
        return http_double.status;
    if (!secret_append(body, http_double.answer, http_double.answer_len))
        return STATUS_RESPONSE_TOO_LARGE;
    *code = http_double.code;
    return STATUS_OK;
}

static struct metadata *metadata;

static int setup(void **state)
{
    (void)state;
    memset(&http_double, 0, sizeof http_double);
    return metadata_open(BASE, &metadata) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    metadata_close(metadata);
    return http_double.open_count;
}

static void answer_bytes(int code, const char *bytes, size_t len)
{
    http_double.code = code;
    http_double.answer = bytes;
    http_double.answer_len = len;
}

static void answer(int code, const char *text)
{
    answer_bytes(code, text, strlen(text));
}

static void assert_request(enum http_method method, const char *url, const char *content_type,
                           const char *body)
{
    assert_int_equal(http_double.requests, 1);
    assert_int_equal(http_double.method, method);
    assert_string_equal(http_double.url, url);
    assert_string_equal(http_double.content_type, content_type);
    assert_string_equal(http_double.body, body);
    assert_int_equal(http_double.deadline_ms, DEADLINE_MS);
}

/* Each call in turn, its outputs left alone: for what they have in common. */
static enum status call(int index)
{
    const struct metadata_report report = {.reason = "", .user = "", .request = ""};
    struct metadata_reset reset = {.user_name = "as before"};
    struct secret uuid = {0};
    bool announced = true;
    enum status status;

    if (index == 0)
        status = metadata_get_flag(metadata, DEADLINE_MS, &announced);
    else if (index == 1)
        status = metadata_get_reset(metadata, DEADLINE_MS, &reset);
    else if (index == 2)
        status = metadata_get_uuid(metadata, DEADLINE_MS, &uuid);
    else if (index == 3)
        status = metadata_announce(metadata, DEADLINE_MS);
    else if (index == 4)
        status = metadata_acknowledge(metadata, DEADLINE_MS);
    else
        status = metadata_report(metadata, DEADLINE_MS, &report);
    if (status != STATUS_OK) {
        assert_true(announced);
        assert_null(uuid.bytes);
        assert_null(reset.blob.bytes);
        assert_string_equal(reset.user_name, "as before");
    }
    secret_free(&reset.blob);
    secret_free(&uuid);
    return status;
}

enum { GETS = 3, CALLS = 6, GET_UUID = 2 };

/* --- What all calls have in common
 * ------------------------------------------------------------------------------ */

static void test_requests(void **state)
{
    bool announced;
    struct secret uuid = {0};
    struct metadata_reset reset = {0};

    (void)state;
    answer(200, "{}");
    assert_status(metadata_get_flag(metadata, DEADLINE_MS, &announced), STATUS_OK);
    assert_request(HTTP_GET, BASE "/resetpwd_flag", "none", "none");
    http_double.requests = 0;
    assert_status(metadata_get_reset(metadata, DEADLINE_MS, &reset), STATUS_NOTHING_PENDING);
    assert_request(HTTP_GET, BASE "/reset_password", "none", "none");
    http_double.requests = 0;
    assert_status(metadata_get_uuid(metadata, DEADLINE_MS, &uuid), STATUS_BAD_UUID);
    assert_request(HTTP_GET, BASE "/meta_data.json", "none", "none");
    http_double.requests = 0;
    assert_status(metadata_announce(metadata, DEADLINE_MS), STATUS_OK);
    assert_request(HTTP_POST, BASE "/resetpwd_flag", "application/x-www-form-urlencoded", "True");
    http_double.requests = 0;
    assert_status(metadata_acknowledge(metadata, DEADLINE_MS), STATUS_OK);
    assert_request(HTTP_DELETE, BASE "/reset_password", "none", "none");
}

static void test_failures_of_http_are_passed_on(void **state)
{
    static const enum status failures[] = {
        STATUS_UNREACHABLE,        STATUS_TIMED_OUT, STATUS_CONNECTION_LOST, STATUS_BAD_RESPONSE,
        STATUS_RESPONSE_TOO_LARGE, STATUS_NO_MEMORY, STATUS_STOPPED,
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        http_double.status = failures[i];
        for (int c = 0; c < CALLS; c++)
            assert_status(call(c), failures[i]);
    }
}

static void test_codes(void **state)
{
    static const struct {
        int code;
        enum status status;
    } rows[] = {
        {404, STATUS_NOT_FOUND},     {100, STATUS_SERVICE_ERROR}, {199, STATUS_SERVICE_ERROR},
        {300, STATUS_SERVICE_ERROR}, {301, STATUS_SERVICE_ERROR}, {302, STATUS_SERVICE_ERROR},
        {304, STATUS_SERVICE_ERROR}, {400, STATUS_SERVICE_ERROR}, {401, STATUS_SERVICE_ERROR},
        {403, STATUS_SERVICE_ERROR}, {405, STATUS_SERVICE_ERROR}, {410, STATUS_SERVICE_ERROR},
        {500, STATUS_SERVICE_ERROR}, {503, STATUS_SERVICE_ERROR}, {0, STATUS_SERVICE_ERROR},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer(rows[i].code, "{\"uuid\": \"a\", \"reset_password\": \"b\"}");
        for (int c = 0; c < CALLS; c++)
            assert_status(call(c), c == GET_UUID && rows[i].code == 404 ? STATUS_BAD_UUID : rows[i].status);
    }
}

/* The answer to an order does not matter beyond its code. */
static void test_orders_take_any_2xx(void **state)
{
    static const int codes[] = {200, 201, 202, 204, 299};
    static const char *const bodies[] = {"", "ok", "{}", "<html>", "{\"error\": 1}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        answer(codes[i], bodies[i]);
        for (int c = GETS; c < CALLS; c++)
            assert_status(call(c), STATUS_OK);
    }
}

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

/* --- The flag
 * --------------------------------------------------------------------------------------------------- */

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

/* --- The reset
 * -------------------------------------------------------------------------------------------------- */

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
        assert_row_status(rows[i], call(1), STATUS_NOTHING_PENDING);
    }
    answer(404, "");
    assert_status(call(1), STATUS_NOT_FOUND);
}

static void test_fail_means_try_again(void **state)
{
    (void)state;
    answer(200, "{\"reset_password\": \"Fail\"}");
    assert_status(call(1), STATUS_SERVICE_FAIL);
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
    assert_status(call(1), STATUS_RESPONSE_TOO_LARGE);
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
        assert_row_status(rows[i], call(1), STATUS_BAD_RESPONSE);
    }
}

/* --- The uuid
 * --------------------------------------------------------------------------------------------------- */

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

/* User data may stand in this document, and in no other. */
static void test_how_large_an_answer_may_be(void **state)
{
    static char text[256 * 1024 + 1];
    struct secret uuid = {0};

    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text, "{\"uuid\": \"a\"}", 13);
    answer_bytes(200, text, sizeof text - 1);
    assert_status(metadata_get_uuid(metadata, DEADLINE_MS, &uuid), STATUS_OK);
    secret_free(&uuid);
    answer_bytes(200, text, sizeof text);
    assert_status(call(GET_UUID), STATUS_RESPONSE_TOO_LARGE);
    for (int c = 0; c < CALLS; c++) {
        answer_bytes(200, text, 16 * 1024);
        assert_int_not_equal(call(c), STATUS_RESPONSE_TOO_LARGE);
        answer_bytes(200, text, 16 * 1024 + 1);
        if (c != GET_UUID)
            assert_status(call(c), STATUS_RESPONSE_TOO_LARGE);
    }
}

/* --- The report
 * ------------------------------------------------------------------------------------------------- */

static void test_report(void **state)
{
    const struct metadata_report report = {
        .applied = true, .reason = "applied", .user = "root", .request = "0123456789abcdef"};

    (void)state;
    answer(200, "");
    assert_status(metadata_report(metadata, DEADLINE_MS, &report), STATUS_OK);
    assert_request(HTTP_POST, BASE "/reset_password_result", "application/json",
                   "{\"result\":\"applied\",\"reason\":\"applied\",\"user\":\"root\","
                   "\"request\":\"0123456789abcdef\",\"agent\":\"" AGENT_VERSION "\"}");
}

static void test_report_is_quoted(void **state)
{
    static const char USER[] = "a\"b\\c\n\x01\",\"result\":\"applied";
    const struct metadata_report report = {.applied = false, .reason = "r", .user = USER, .request = ""};
    cJSON *json;

    (void)state;
    answer(204, "");
    assert_status(metadata_report(metadata, DEADLINE_MS, &report), STATUS_OK);
    json = cJSON_Parse(http_double.body);
    assert_non_null(json);
    assert_int_equal(cJSON_GetArraySize(json), 5);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "result")), "failed");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "user")), USER);
    cJSON_Delete(json);
}

/* --- The session
 * ------------------------------------------------------------------------------------------------ */

static void test_open_that_fails(void **state)
{
    struct metadata *other = NULL;

    (void)state;
    http_double.open_status = STATUS_NO_MEMORY;
    assert_status(metadata_open(BASE, &other), STATUS_NO_MEMORY);
    assert_null(other);
    metadata_close(NULL);
}

#define with_metadata(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_metadata(test_requests),
        with_metadata(test_failures_of_http_are_passed_on),
        with_metadata(test_codes),
        with_metadata(test_orders_take_any_2xx),
        with_metadata(test_answers_that_are_no_object),
        with_metadata(test_nul_bytes_around_an_object),
        with_metadata(test_deep_nesting),
        with_metadata(test_wrong_types_of_a_member),
        with_metadata(test_duplicate_keys),
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
        with_metadata(test_how_large_an_answer_may_be),
        with_metadata(test_report),
        with_metadata(test_report_is_quoted),
        with_metadata(test_open_that_fails),
    };

    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
