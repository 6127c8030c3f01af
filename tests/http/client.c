// SPDX-License-Identifier: Apache-2.0
/*
 * Does the requests that its standard input names, one after the other by one client of platform/http.h:
 *
 *     GET|DELETE URL CAPACITY TIMEOUT_MS
 *     POST URL CAPACITY TIMEOUT_MS CONTENT-TYPE BODY...
 *     stoppable               from here on a signal stops a request; on Linux the environment goes
 *
 * For each line one is printed: the status, the code of the answer or -1, and the body as <hexadecimal>.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/host.h"
#include "platform/http.h"

enum { LINE_SIZE = 4096 };

static void print_answer(enum status status, int code, const struct secret *body)
{
    (void)printf("%s %d <", status_name(status), code);
    for (size_t i = 0; i < body->len; i++)
        (void)printf("%02x", body->bytes[i]);
    /* What an answer that failed has left behind is printed too: nothing. */
    for (size_t i = body->len; i <= body->capacity; i++) {
        if (body->bytes[i] != 0)
            (void)printf(" left:%02x", body->bytes[i]);
    }
    (void)printf(">\n");
    (void)fflush(stdout);
}

static enum http_method method_named(const char *name)
{
    return strcmp(name, "POST") == 0 ? HTTP_POST : strcmp(name, "DELETE") == 0 ? HTTP_DELETE : HTTP_GET;
}

/* False: the line is none of ours. */
static bool do_request(struct http *http, const char *line)
{
    char method[16] = "", url[LINE_SIZE] = "", type[LINE_SIZE] = "", post[LINE_SIZE] = "";
    int64_t timeout_ms = 0;
    uint64_t capacity = 0;
    int code = -1;
    struct secret body;

    if (sscanf(line, "%15s %4095s %" SCNu64 " %" SCNd64 " %4095s %4095[^\r\n]", method, url, &capacity,
               &timeout_ms, type, post) < 4 ||
        secret_alloc(&body, (size_t)capacity) != STATUS_OK)
        return false;
    struct http_request request = {
        .method = method_named(method), .url = url, .deadline_ms = host_now_ms() + timeout_ms};
    if (request.method == HTTP_POST) {
        request.content_type = type;
        request.body = post;
    }
    (void)secret_append(&body, "what body held", capacity < 14 ? (size_t)capacity : 14);
    enum status status = http_perform(http, &request, &code, &body);
    print_answer(status, code, &body);
    secret_free(&body);
    return true;
}

static bool do_line(struct http *http, const char *line)
{
    if (strncmp(line, "stoppable", 9) != 0)
        return do_request(http, line);
    (void)printf("%s\n", status_name(host_start()));
    (void)fflush(stdout);
    return true;
}

int main(void)
{
    char line[LINE_SIZE];
    struct http *http = NULL;
    bool understood = http_open(&http) == STATUS_OK;

    while (understood && fgets(line, sizeof line, stdin) != NULL)
        understood = do_line(http, line);
    http_close(http);
    return understood ? EXIT_SUCCESS : EXIT_FAILURE;
}
