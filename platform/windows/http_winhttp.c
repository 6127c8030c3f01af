// SPDX-License-Identifier: Apache-2.0
#include "platform/http.h"

enum status http_open(struct http **out)
{
    (void)out;
    return STATUS_NOT_SUPPORTED;
}

enum status http_perform(struct http *http, const struct http_request *request, int *code,
                         struct secret *body)
{
    (void)http;
    (void)request;
    (void)code;
    (void)body;
    return STATUS_NOT_SUPPORTED;
}

void http_close(struct http *http)
{
    (void)http;
}
