// SPDX-License-Identifier: Apache-2.0
/*
 * Does the requests that its standard input names, one after the other, by platform/http.h in a worker:
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
#include "platform/worker.h"

enum { LINE_SIZE = 4096, CAPACITY_MAX = 64 * 1024 };

struct request {
    char method[16];
    char url[LINE_SIZE];
    char type[LINE_SIZE];
    char post[LINE_SIZE];
    uint64_t capacity;
    int64_t timeout_ms;
    int64_t deadline_ms;
};

struct answer {
    enum status status;
    int code;
    size_t len;
    unsigned char bytes[CAPACITY_MAX + 1]; /* what of the body's memory is in use, and what lies behind it */
};

/* --- In the worker --- */

static enum status start(const char *url, void **state)
{
    struct http *http = NULL;
    enum status status = http_open(&http);

    (void)url;
    if (status == STATUS_OK)
        *state = http;
    return status;
}

static void stop(void *state)
{
    http_close(state);
}

static enum http_method method_named(const char *name)
{
    return strcmp(name, "POST") == 0 ? HTTP_POST : strcmp(name, "DELETE") == 0 ? HTTP_DELETE : HTTP_GET;
}

static void perform(void *state, const void *request_bytes, void *answer_bytes)
{
    static const char BEFORE[] = "what body held";
    const struct request *asked = request_bytes;
    struct answer *answer = answer_bytes;
    struct http_request request = {
        .method = method_named(asked->method), .url = asked->url, .deadline_ms = asked->deadline_ms};
    struct secret body;

    memset(answer, 0, sizeof *answer);
    answer->code = -1;
    answer->status = secret_alloc(&body, (size_t)asked->capacity);
    if (answer->status != STATUS_OK)
        return;
    if (request.method == HTTP_POST) {
        request.content_type = asked->type;
        request.body = asked->post;
    }
    (void)secret_append(&body, BEFORE, body.capacity < strlen(BEFORE) ? body.capacity : strlen(BEFORE));
    answer->status = http_perform(state, &request, &answer->code, &body);
    answer->len = body.len;
    memcpy(answer->bytes, body.bytes, body.capacity + 1);
    secret_free(&body);
}

/* --- At its owner --- */

static bool is_sane(const void *request, const void *answer)
{
    (void)request;
    return ((const struct answer *)answer)->status < STATUS_COUNT &&
           ((const struct answer *)answer)->len <= CAPACITY_MAX;
}

static const struct worker_job JOB = {.start = start,
                                      .perform = perform,
                                      .is_sane = is_sane,
                                      .stop = stop,
                                      .request_size = sizeof(struct request),
                                      .answer_size = sizeof(struct answer)};

static void print_answer(enum status status, const struct answer *answer, uint64_t capacity)
{
    (void)printf("%s %d <", status_name(status), answer->code);
    for (size_t i = 0; i < answer->len; i++)
        (void)printf("%02x", answer->bytes[i]);
    /* What an answer that failed has left behind is printed too: nothing. */
    for (size_t i = answer->len; i <= capacity; i++) {
        if (answer->bytes[i] != 0)
            (void)printf(" left:%02x", answer->bytes[i]);
    }
    (void)printf(">\n");
    (void)fflush(stdout);
}

/* How much of a URL names the service: a worker speaks to one. */
static size_t service_len(const char *url)
{
    const char *host = strstr(url, "://");

    return host != NULL ? (size_t)(host - url) + 3 + strcspn(host + 3, "/") : strlen(url);
}

static struct worker *worker;

/* The worker for this URL: the one that is there, or a new one in its place. */
static bool have_worker_for(const char *url)
{
    static char service[LINE_SIZE];

    if (worker != NULL && service_len(service) == service_len(url) &&
        strncmp(service, url, service_len(url)) == 0)
        return true;
    worker_close(worker);
    worker = NULL;
    (void)snprintf(service, sizeof service, "%s", url);
    return worker_open(&JOB, service, false, INT64_MAX, &worker) == STATUS_OK;
}

/* False: the line is none of ours. */
static bool do_request(const char *line)
{
    static struct request request;
    static struct answer answer;
    enum status status;

    memset(&request, 0, sizeof request);
    memset(&answer, 0, sizeof answer);
    if (sscanf(line, "%15s %4095s %" SCNu64 " %" SCNd64 " %4095s %4095[^\r\n]", request.method, request.url,
               &request.capacity, &request.timeout_ms, request.type, request.post) < 4 ||
        request.capacity > CAPACITY_MAX || !have_worker_for(request.url))
        return false;
    request.deadline_ms = host_now_ms() + request.timeout_ms;
    answer.code = -1;
    status = worker_call(worker, &request, &answer, request.deadline_ms);
    if (status != STATUS_OK) {
        memset(&answer, 0, sizeof answer);
        answer.code = -1;
    }
    print_answer(status == STATUS_OK ? answer.status : status, &answer, request.capacity);
    return true;
}

static bool do_line(const char *line)
{
    if (strncmp(line, "stoppable", 9) != 0)
        return do_request(line);
    (void)printf("%s\n", status_name(host_start()));
    (void)fflush(stdout);
    return true;
}

int main(void)
{
    char line[LINE_SIZE];
    bool understood = true;

    while (understood && fgets(line, sizeof line, stdin) != NULL)
        understood = do_line(line);
    worker_close(worker);
    return understood ? EXIT_SUCCESS : EXIT_FAILURE;
}
