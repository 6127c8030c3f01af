// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/unit/http_double.h"

struct http_double http_double;

struct http {
    int unused;
};

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

void answer_bytes(int code, const char *bytes, size_t len)
{
    http_double.code = code;
    http_double.answer = bytes;
    http_double.answer_len = len;
}

void answer(int code, const char *text)
{
    answer_bytes(code, text, strlen(text));
}
