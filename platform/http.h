// SPDX-License-Identifier: Apache-2.0
/*
 * One bounded HTTP/1.1 request at a time, over one connection that is kept. For the job of a worker.h.
 *
 * The contract of every implementation: plain HTTP only; no proxy whatever the environment says; no redirect
 * followed, no cookie kept, no authentication, no decompression; connecting takes at most
 * HTTP_CONNECT_TIMEOUT_MS, a whole request at most HTTP_REQUEST_TIMEOUT_MS; an answer is complete or an
 * error.
 */
#ifndef PLATFORM_HTTP_H
#define PLATFORM_HTTP_H

#include <stdint.h>

#include "agent/secret.h"
#include "agent/status.h"

enum { HTTP_CONNECT_TIMEOUT_MS = 3000, HTTP_REQUEST_TIMEOUT_MS = 10000, HTTP_HEADERS_MAX = 64 * 1024 };

enum http_method { HTTP_GET, HTTP_POST, HTTP_DELETE };

struct http_request {
    enum http_method method;
    const char *url;
    const char *content_type; /* of a POST, else NULL */
    const char *body;         /* of a POST, else NULL */
    int64_t deadline_ms;      /* of host_now_ms(): the request does not outlive it */
};

struct http; /* a client and its connection */

/* Makes a client; the caller closes it. *out is untouched on failure. NO_MEMORY; INTERNAL, logged. */
enum status http_open(struct http **out);

/*
 * Does one request. OK: a whole answer came, whatever its code: *code is its status code, body its body,
 * which replaces what body held. The capacity of body is the limit. On failure *code is untouched and body is
 * empty. UNREACHABLE, TIMED_OUT, CONNECTION_LOST, BAD_RESPONSE (not HTTP, truncated), RESPONSE_TOO_LARGE,
 * NO_MEMORY; STOPPED (host_stopping() became true), unless a worker of another process is ended instead;
 * INTERNAL when the library cannot do what the contract asks for.
 */
enum status http_perform(struct http *http, const struct http_request *request, int *code,
                         struct secret *body);

/* Closes the connection and releases the client. NULL is allowed. */
void http_close(struct http *http);

#endif
