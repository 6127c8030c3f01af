// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "agent/message.h"
#include "tests/unit/http_double.h"
#include "tests/unit/metadata_session.h"

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
        STATUS_UNREACHABLE,  STATUS_TIMED_OUT,          STATUS_CONNECTION_LOST,
        STATUS_BAD_RESPONSE, STATUS_RESPONSE_TOO_LARGE, STATUS_NO_MEMORY,
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

/* What is longer than any text of ours is cut, not refused. */
static void test_report_of_long_texts(void **state)
{
    char text[MESSAGE_TEXT_MAX + 2];
    char expected[HTTP_DOUBLE_BODY_SIZE];
    const struct metadata_report report = {.reason = text, .user = text, .request = text};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    answer(200, "");
    assert_status(metadata_report(metadata, DEADLINE_MS, &report), STATUS_OK);
    (void)snprintf(expected, sizeof expected,
                   "{\"result\":\"failed\",\"reason\":\"%.64s\",\"user\":\"%.64s\",\"request\":\"%.64s\","
                   "\"agent\":\"" AGENT_VERSION "\"}",
                   text, text, text);
    assert_string_equal(http_double.body, expected);
}

static void test_open_that_fails(void **state)
{
    struct metadata *other = NULL;

    (void)state;
    http_double.open_status = STATUS_NO_MEMORY;
    assert_status(metadata_open(BASE, false, INT64_MAX, &other), STATUS_NO_MEMORY);
    assert_null(other);
    metadata_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_metadata(test_requests),
        with_metadata(test_failures_of_http_are_passed_on),
        with_metadata(test_codes),
        with_metadata(test_orders_take_any_2xx),
        with_metadata(test_how_large_an_answer_may_be),
        with_metadata(test_report),
        with_metadata(test_report_is_quoted),
        with_metadata(test_report_of_long_texts),
        with_metadata(test_open_that_fails),
    };

    return cmocka_run_group_tests_name("metadata_requests", tests, NULL, NULL);
}
