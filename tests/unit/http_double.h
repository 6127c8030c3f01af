// SPDX-License-Identifier: Apache-2.0
/* platform/http.h for tests: one canned answer, and the last request. */
#ifndef UNIT_HTTP_DOUBLE_H
#define UNIT_HTTP_DOUBLE_H

#include <stddef.h>
#include <stdint.h>

#include "platform/http.h"

enum { HTTP_DOUBLE_URL_SIZE = 512, HTTP_DOUBLE_BODY_SIZE = 1024 };

struct http_double {
    enum status open_status;
    int open_count;     /* clients that are open */
    enum status status; /* of http_perform() */
    int code;
    const char *answer;
    size_t answer_len;
    enum http_method method;
    char url[HTTP_DOUBLE_URL_SIZE];
    char content_type[HTTP_DOUBLE_URL_SIZE]; /* "none" */
    char body[HTTP_DOUBLE_BODY_SIZE];        /* "none" */
    int64_t deadline_ms;
    int requests;
};

extern struct http_double http_double;

/* What each request from now on is answered; the bytes are not copied. */
void answer_bytes(int code, const char *bytes, size_t len);
void answer(int code, const char *text);

#endif
