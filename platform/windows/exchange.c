// SPDX-License-Identifier: Apache-2.0
/*
 * WinHTTP's asynchronous mode: only so can a request be left at any instant. Closing its handle ends it, in
 * WinHTTP's own time.
 */
#include "platform/windows/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>

#include "agent/log.h"
#include "platform/crypto.h"
#include "platform/host.h"
#include "platform/windows/host_stop.h"
#include "platform/windows/os_error.h"

enum { BUFFER_SIZE = 16 * 1024 };

/*
 * WinHTTP's threads write to it until they say that the handle of the request is closed, which may be long
 * after our caller has gone on: whoever is the last to leave wipes and releases it.
 */
struct exchange {
    volatile LONG owners;
    HINTERNET connection;
    PVOID volatile request; /* HINTERNET; NULL once somebody closes it */
    HANDLE done;            /* set when a step has ended */
    DWORD error;            /* how */
    DWORD len;              /* what there is to read, or what was read */
    bool was_sent;
    unsigned char bytes[BUFFER_SIZE]; /* what is posted, then what is read */
};

static void release(struct exchange *exchange)
{
    if (InterlockedDecrement(&exchange->owners) > 0)
        return;
    if (exchange->done != NULL)
        (void)CloseHandle(exchange->done);
    crypto_wipe(exchange->bytes, sizeof exchange->bytes);
    free(exchange);
}

/* Ends the request, from whatever thread, once. */
static void hang_up(struct exchange *exchange)
{
    HINTERNET request = InterlockedExchangePointer(&exchange->request, NULL);

    if (request != NULL)
        (void)WinHttpCloseHandle(request);
}

static void end_step(struct exchange *exchange, DWORD error)
{
    exchange->error = error;
    (void)SetEvent(exchange->done);
}

/*
 * When a kept connection breaks, WinHTTP may send the request again by itself. Whether a DELETE may be
 * repeated is for reset.c to say: no second connection for a request that was sent.
 */
static void refuse_repetition(struct exchange *exchange)
{
    if (!exchange->was_sent)
        return;
    (void)InterlockedIncrement(&exchange->owners);
    end_step(exchange, ERROR_WINHTTP_RESEND_REQUEST);
    hang_up(exchange);
    release(exchange);
}

/* Called by WinHTTP, on its threads or within the calls that start a step. */
static void CALLBACK take_notice(HINTERNET handle, DWORD_PTR context, DWORD what, void *info, DWORD info_len)
{
    struct exchange *exchange = (struct exchange *)context;

    (void)handle;
    switch (what) {
    case WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER:
        refuse_repetition(exchange);
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_SENT:
        exchange->was_sent = true;
        break;
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        end_step(exchange, ERROR_SUCCESS);
        break;
    case WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE:
        exchange->len = *(const DWORD *)info;
        end_step(exchange, ERROR_SUCCESS);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        exchange->len = info_len;
        end_step(exchange, ERROR_SUCCESS);
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        end_step(exchange, ((const WINHTTP_ASYNC_RESULT *)info)->dwError);
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        release(exchange);
        break;
    default:
        break;
    }
}

/* From here on WinHTTP is an owner, too. */
static bool set_callback(struct exchange *exchange)
{
    static const DWORD NOTICES = WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES |
                                 WINHTTP_CALLBACK_FLAG_CONNECT_TO_SERVER | WINHTTP_CALLBACK_FLAG_SEND_REQUEST;
    DWORD_PTR context = (DWORD_PTR)exchange;

    if (!WinHttpSetOption(exchange->request, WINHTTP_OPTION_CONTEXT_VALUE, &context, sizeof context) ||
        WinHttpSetStatusCallback(exchange->request, take_notice, NOTICES, 0) ==
            WINHTTP_INVALID_STATUS_CALLBACK)
        return false;
    exchange->owners++;
    return true;
}

enum status exchange_open(HINTERNET session, const wchar_t *host, INTERNET_PORT port, const wchar_t *method,
                          const wchar_t *path, struct exchange **out)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);

    if (exchange == NULL)
        return STATUS_NO_MEMORY;
    exchange->owners = 1;
    exchange->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (exchange->done != NULL)
        exchange->connection = WinHttpConnect(session, host, port, 0);
    if (exchange->connection != NULL)
        exchange->request = WinHttpOpenRequest(exchange->connection, method, path, NULL, WINHTTP_NO_REFERER,
                                               WINHTTP_DEFAULT_ACCEPT_TYPES, WINHTTP_FLAG_ESCAPE_DISABLE);
    if (exchange->request == NULL || !set_callback(exchange)) {
        (void)os_error_log(LOG_LEVEL_ERROR, "WinHTTP offers no request", GetLastError());
        exchange_close(exchange);
        return STATUS_INTERNAL;
    }
    *out = exchange;
    return STATUS_OK;
}

void exchange_close(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    hang_up(exchange);
    if (exchange->connection != NULL)
        (void)WinHttpCloseHandle(exchange->connection);
    release(exchange);
}

HINTERNET exchange_request(const struct exchange *exchange)
{
    return exchange->request;
}

static enum status status_of(DWORD error)
{
    if (error != ERROR_SUCCESS)
        log_debug("WinHTTP: error %lu", error);
    switch (error) {
    case ERROR_SUCCESS:
        return STATUS_OK;
    case ERROR_WINHTTP_CANNOT_CONNECT:
    case ERROR_WINHTTP_NAME_NOT_RESOLVED:
        return STATUS_UNREACHABLE;
    case ERROR_WINHTTP_TIMEOUT:
    case WSAETIMEDOUT: /* wine's */
        return STATUS_TIMED_OUT;
    case ERROR_WINHTTP_CONNECTION_ERROR:
    case ERROR_WINHTTP_RESEND_REQUEST:
    case ERROR_WINHTTP_OPERATION_CANCELLED: /* what follows on refuse_repetition() */
        return STATUS_CONNECTION_LOST;
    case ERROR_WINHTTP_HEADER_COUNT_EXCEEDED:
    case ERROR_WINHTTP_HEADER_SIZE_OVERFLOW:
        return STATUS_RESPONSE_TOO_LARGE;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return STATUS_NO_MEMORY;
    default:
        return STATUS_BAD_RESPONSE;
    }
}

/* Waits for the end of a step, which has been started or not. */
static enum status wait_for(struct exchange *exchange, BOOL started, int64_t end_ms)
{
    const DWORD start_error = started ? ERROR_SUCCESS : GetLastError();
    const HANDLE events[] = {exchange->done, host_stop_event()};
    int64_t left_ms = end_ms - host_now_ms();

    if (!started)
        return status_of(start_error);
    /* Asked first: of an answer without end there is always something to read. */
    if (host_stopping())
        return STATUS_STOPPED;
    if (left_ms <= 0)
        return STATUS_TIMED_OUT;
    switch (WaitForMultipleObjects(events[1] != NULL ? 2 : 1, events, FALSE, (DWORD)left_ms)) {
    case WAIT_OBJECT_0:
        return status_of(exchange->error);
    case WAIT_OBJECT_0 + 1:
        return STATUS_STOPPED;
    case WAIT_TIMEOUT:
        return STATUS_TIMED_OUT;
    default:
        return STATUS_INTERNAL;
    }
}

/* The body is copied: WinHTTP may read it when our caller has gone on. */
enum status exchange_send(struct exchange *exchange, const char *body, int64_t end_ms)
{
    size_t len = body != NULL ? strlen(body) : 0;

    if (len > sizeof exchange->bytes)
        return STATUS_INTERNAL;
    if (len > 0)
        memcpy(exchange->bytes, body, len);
    return wait_for(exchange,
                    WinHttpSendRequest(exchange->request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, exchange->bytes,
                                       (DWORD)len, (DWORD)len, (DWORD_PTR)exchange),
                    end_ms);
}

enum status exchange_receive(struct exchange *exchange, int64_t end_ms)
{
    return wait_for(exchange, WinHttpReceiveResponse(exchange->request, NULL), end_ms);
}

/* In two steps: asked for a whole buffer, WinHTTP may wait until it is full. */
enum status exchange_read(struct exchange *exchange, int64_t end_ms, const void **bytes, size_t *len)
{
    enum status status = wait_for(exchange, WinHttpQueryDataAvailable(exchange->request, NULL), end_ms);
    DWORD there = exchange->len < sizeof exchange->bytes ? exchange->len : sizeof exchange->bytes;

    if (status == STATUS_OK && there > 0)
        status = wait_for(exchange, WinHttpReadData(exchange->request, exchange->bytes, there, NULL), end_ms);
    if (status == STATUS_OK) {
        *bytes = exchange->bytes;
        *len = exchange->len;
    }
    return status;
}
