// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP by libcurl, in a worker: the connections are made outside. Its buffers come from the heap that wipes:
 * what the service sends is secret.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/host.h"
#include "platform/http.h"
#include "platform/linux/openssl_start.h"
#include "platform/linux/worker_socket.h"

enum { POLL_MS = 1000 };

struct http {
    CURLM *multi; /* keeps the connection; made before the worker is confined */
    CURL *easy;
    struct curl_slist *nowhere; /* the name in a URL is not looked up: the connection is there */
};

/* Where the answer to the request under way goes. */
struct answer {
    struct secret *body;
    size_t header_len;
    bool headers_ended; /* libcurl takes an answer that is cut in them for a whole one */
    bool too_large;
    CURL *easy;
    bool sent_before; /* libcurl wanted to send the request a second time */
    enum status connected;
};

enum status http_open(struct http **out)
{
    struct http *http = calloc(1, sizeof *http);

    /* No TLS is wanted, but libcurl starts the library for it all the same. */
    if (http == NULL || !openssl_start() ||
        curl_global_init_mem(CURL_GLOBAL_NOTHING, secret_heap_malloc, secret_heap_free, secret_heap_realloc,
                             secret_heap_strdup, secret_heap_calloc) != 0)
        goto failed;
    http->multi = curl_multi_init();
    http->easy = curl_easy_init();
    http->nowhere = curl_slist_append(NULL, "::127.0.0.1:");
    if (http->multi == NULL || http->easy == NULL || http->nowhere == NULL)
        goto failed;
    *out = http;
    return STATUS_OK;
failed:
    http_close(http);
    return STATUS_NO_MEMORY;
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->easy);
    curl_slist_free_all(http->nowhere);
    (void)curl_multi_cleanup(http->multi);
    free(http);
    curl_global_cleanup();
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct answer *answer = context;

    if (secret_append(answer->body, bytes, size * count))
        return size * count;
    answer->too_large = true;
    return 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct answer *answer = context;

    /* A status line begins another set of them; a trailer leaves things as they are. */
    if (size * count >= strlen("HTTP/") && memcmp(bytes, "HTTP/", strlen("HTTP/")) == 0)
        answer->headers_ended = false;
    else if (*bytes == '\r' || *bytes == '\n')
        answer->headers_ended = true;
    answer->header_len += size * count;
    if (answer->header_len <= HTTP_HEADERS_MAX)
        return size * count;
    answer->too_large = true;
    return 0;
}

/*
 * When a kept connection breaks, libcurl sends the request again by itself. Whether a DELETE may be repeated
 * is for reset.c to say: no second connection for a request that was sent.
 */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct answer *answer = context;
    long sent = 0;
    int fd = -1;

    (void)purpose;
    (void)address;
    if (curl_easy_getinfo(answer->easy, CURLINFO_REQUEST_SIZE, &sent) != CURLE_OK || sent > 0) {
        answer->sent_before = true;
        return CURL_SOCKET_BAD;
    }
    answer->connected = worker_socket(&fd);
    return answer->connected == STATUS_OK ? fd : CURL_SOCKET_BAD;
}

/* Where libcurl does not believe it (see syscalls.c), and no filter stops its connect(), Linux answers OK to
 * the first that comes after a non-blocking one has succeeded. */
static int say_connected(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)context;
    (void)fd;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static CURLcode restrict_to_http(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP);
#endif
}

/* The contract of http.h, as libcurl's options. False without memory, or when this libcurl cannot do one of
 * them. */
static bool set_contract(const struct http *http, struct answer *answer)
{
    CURL *easy = http->easy;

    curl_easy_reset(easy);
    return restrict_to_http(easy) == CURLE_OK && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "resetpwd-agent/" AGENT_VERSION) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)answer->body->capacity) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, say_connected) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECT_TO, http->nowhere) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, answer) == CURLE_OK;
}

/* *headers is the caller's to free, whatever is returned. */
static bool set_request(CURL *easy, const struct http_request *request, int64_t timeout_ms,
                        struct curl_slist **headers)
{
    char content_type[128];

    if (curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) != CURLE_OK)
        return false;
    if (request->method == HTTP_GET)
        return true;
    if (request->method == HTTP_DELETE)
        return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE") == CURLE_OK;
    (void)snprintf(content_type, sizeof content_type, "Content-Type: %s", request->content_type);
    *headers = curl_slist_append(NULL, content_type);
    return *headers != NULL && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->body)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) == CURLE_OK;
}

/* HTTP/1.0 or HTTP/1.1, in which we asked. */
static bool is_http_1(CURL *easy)
{
    long version = 0;

    return curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version) == CURLE_OK &&
           (version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1);
}

static enum status status_of(CURLcode code, const struct answer *answer)
{
    if (answer->too_large)
        return STATUS_RESPONSE_TOO_LARGE;
    if (answer->sent_before)
        return STATUS_CONNECTION_LOST;
    if (answer->connected != STATUS_OK)
        return answer->connected;
    switch (code) {
    case CURLE_OK:
        return STATUS_OK;
    case CURLE_FILESIZE_EXCEEDED:
        return STATUS_RESPONSE_TOO_LARGE;
    case CURLE_OPERATION_TIMEDOUT:
        return STATUS_TIMED_OUT;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return STATUS_CONNECTION_LOST;
    case CURLE_OUT_OF_MEMORY: /* also how older libcurls call a header line that is too long */
        return answer->header_len > 0 ? STATUS_BAD_RESPONSE : STATUS_NO_MEMORY;
    default:
        return STATUS_BAD_RESPONSE;
    }
}

/* How the one transfer ended. */
static CURLcode result_of(CURLM *multi)
{
    int left;
    const CURLMsg *message = curl_multi_info_read(multi, &left);

    return message != NULL && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

static enum status transfer(struct http *http, const struct answer *answer)
{
    enum status status = STATUS_NO_MEMORY;
    int running = 1;

    if (curl_multi_add_handle(http->multi, http->easy) != CURLM_OK)
        return status;
    while (running != 0) {
        if (curl_multi_perform(http->multi, &running) != CURLM_OK)
            break;
        if (running == 0)
            status = status_of(result_of(http->multi), answer);
        else if (curl_multi_wait(http->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
            break;
    }
    (void)curl_multi_remove_handle(http->multi, http->easy);
    return status;
}

enum status http_perform(struct http *http, const struct http_request *request, int *code,
                         struct secret *body)
{
    struct answer answer = {.body = body, .easy = http->easy};
    struct curl_slist *headers = NULL;
    int64_t timeout_ms = request->deadline_ms - host_now_ms();
    enum status status = STATUS_INTERNAL;
    long response_code = 0;

    secret_clear(body);
    if (timeout_ms <= 0)
        return STATUS_TIMED_OUT;
    if (timeout_ms > HTTP_REQUEST_TIMEOUT_MS)
        timeout_ms = HTTP_REQUEST_TIMEOUT_MS;
    errno = 0;
    if (set_contract(http, &answer) && set_request(http->easy, request, timeout_ms, &headers))
        status = transfer(http, &answer);
    else if (errno == ENOMEM)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK && (!answer.headers_ended || !is_http_1(http->easy)))
        status = STATUS_BAD_RESPONSE;
    if (status == STATUS_OK &&
        curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &response_code) == CURLE_OK)
        *code = (int)response_code;
    else
        secret_clear(body);
    curl_easy_reset(http->easy);
    curl_slist_free_all(headers);
    return status;
}
