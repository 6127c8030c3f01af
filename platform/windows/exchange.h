// SPDX-License-Identifier: Apache-2.0
/*
 * One request by WinHTTP, in steps: open, send, receive the headers, read. A step ends with UNREACHABLE,
 * TIMED_OUT at end_ms of host_now_ms(), CONNECTION_LOST, BAD_RESPONSE, RESPONSE_TOO_LARGE (headers),
 * NO_MEMORY, STOPPED or INTERNAL when it is not OK, and nothing but exchange_close() may follow.
 */
#ifndef PLATFORM_WINDOWS_EXCHANGE_H
#define PLATFORM_WINDOWS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/status.h"
#include "platform/windows/winapi.h"

#include <winhttp.h>

struct exchange;

/* Makes an exchange, which the caller closes, about path at the service. *out is untouched on failure. */
enum status exchange_open(HINTERNET session, const wchar_t *host, INTERNET_PORT port, const wchar_t *method,
                          const wchar_t *path, struct exchange **out);

/* The request, for its options and headers; the exchange's own. */
HINTERNET exchange_request(const struct exchange *exchange);

/* Connects and sends body, or nothing when it is NULL. */
enum status exchange_send(struct exchange *exchange, const char *body, int64_t end_ms);

/* Waits for the headers of the answer. */
enum status exchange_receive(struct exchange *exchange, int64_t end_ms);

/* Reads some of the body. *bytes are the exchange's own, until the next step; *len is 0 at the end. */
enum status exchange_read(struct exchange *exchange, int64_t end_ms, const void **bytes, size_t *len);

/* Leaves the exchange, whatever it is at. NULL is allowed. */
void exchange_close(struct exchange *exchange);

#endif
