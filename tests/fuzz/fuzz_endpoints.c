// SPDX-License-Identifier: Apache-2.0
/* What a service answers, to the message that a worker makes of it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "agent/endpoints.h"
#include "platform/http.h"

static struct input response;
static int response_code;

/* --- platform/http.h: a service that says what the fuzzer says --- */

enum status http_open(struct http **out)
{
    *out = NULL;
    return STATUS_OK;
}

enum status http_perform(struct http *http, const struct http_request *request, int *code,
                         struct secret *body)
{
    (void)http;
    check(strncmp(request->url, "http://h/", 9) == 0);
    secret_clear(body);
    if (!secret_append(body, response.bytes, response.len))
        return STATUS_RESPONSE_TOO_LARGE;
    *code = response_code;
    return STATUS_OK;
}

void http_close(struct http *http)
{
    (void)http;
}

/* --- */

/* The kind, the code, and the body. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    const struct message_request request = {
        .kind = take_byte(&input) % (MESSAGE_REPORT + 1), .reason = "r", .user = "u", .request = "q"};
    struct endpoints *endpoints = NULL;
    struct message_answer answer;

    response_code = take_byte(&input) == 'n' ? 404 : 200;
    response = input;
    check(endpoints_open("http://h", &endpoints) == STATUS_OK);
    memset(&answer, 0xff, sizeof answer);
    endpoints_perform(endpoints, &request, &answer);
    check(message_is_sane(&request, &answer));
    endpoints_close(endpoints);
    return 0;
}
