// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP by WinHTTP, asynchronously: only so can a request be left at any instant, at its deadline or when a
 * stop is asked for. Closing the request's handle ends it, in WinHTTP's own time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "agent/log.h"
#include "platform/crypto.h"
#include "platform/host.h"
#include "platform/http.h"
#include "platform/windows/host_stop.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

#include <winhttp.h>
#include <winsock2.h>

enum { URL_SIZE = 2048, HEADER_SIZE = 256, BUFFER_SIZE = 16 * 1024 };

struct http {
    HINTERNET session; /* keeps the connection */
};

/*
 * A request under way. WinHTTP's threads write to it until they say that the handle is closed, which may be
 * long after we have turned away: whoever is the last to leave wipes and releases it.
 */
struct exchange {
    LONG owners;
    HINTERNET connection;
    PVOID volatile request; /* HINTERNET; NULL once somebody closes it */
    HANDLE done;            /* set when a step has ended */
    DWORD error;            /* how */
    DWORD len;              /* of what was read */
    volatile bool was_sent;
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
    case WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE:
        exchange->len = *(const DWORD *)info;
        end_step(exchange, ERROR_SUCCESS);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        exchange->len = info_len;
        end_step(exchange, ERROR_SUCCESS);
        break;
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
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

enum status http_open(struct http **out)
{
    struct http *http = calloc(1, sizeof *http);

    if (http == NULL)
        return STATUS_NO_MEMORY;
    http->session = WinHttpOpen(L"resetpwd-agent/" AGENT_VERSION, WINHTTP_ACCESS_TYPE_NO_PROXY,
                                WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS, WINHTTP_FLAG_ASYNC);
    if (http->session == NULL) {
        free(http);
        return STATUS_NO_MEMORY;
    }
    *out = http;
    return STATUS_OK;
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    (void)WinHttpCloseHandle(http->session);
    free(http);
}

/* Opens connection and request; false when the URL is not one of plain HTTP, or without memory. */
static bool open_request(struct exchange *exchange, HINTERNET session, const struct http_request *request)
{
    static const wchar_t *const METHODS[] = {
        [HTTP_GET] = L"GET", [HTTP_POST] = L"POST", [HTTP_DELETE] = L"DELETE"};
    URL_COMPONENTSW parts = {
        .dwStructSize = sizeof parts, .dwHostNameLength = (DWORD)-1, .dwUrlPathLength = (DWORD)-1};
    wchar_t url[URL_SIZE];
    wchar_t host[URL_SIZE];

    if (!wide_from_utf8(request->url, url, URL_SIZE) || !WinHttpCrackUrl(url, 0, 0, &parts) ||
        parts.nScheme != INTERNET_SCHEME_HTTP)
        return false;
    wmemcpy(host, parts.lpszHostName, parts.dwHostNameLength);
    host[parts.dwHostNameLength] = L'\0';
    exchange->connection = WinHttpConnect(session, host, parts.nPort, 0);
    if (exchange->connection != NULL)
        exchange->request =
            WinHttpOpenRequest(exchange->connection, METHODS[request->method], parts.lpszUrlPath, NULL,
                               WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, WINHTTP_FLAG_ESCAPE_DISABLE);
    return exchange->request != NULL;
}

static bool set_option(HINTERNET request, DWORD option, DWORD value)
{
    return WinHttpSetOption(request, option, &value, sizeof value);
}

/* The contract of http.h, as WinHTTP's options. */
static bool set_contract(HINTERNET request)
{
    return set_option(request, WINHTTP_OPTION_DISABLE_FEATURE,
                      WINHTTP_DISABLE_REDIRECTS | WINHTTP_DISABLE_COOKIES | WINHTTP_DISABLE_AUTHENTICATION) &&
           set_option(request, WINHTTP_OPTION_AUTOLOGON_POLICY, WINHTTP_AUTOLOGON_SECURITY_LEVEL_HIGH) &&
           set_option(request, WINHTTP_OPTION_CONNECT_RETRIES, 1) &&
           /* wait_for() is exact; these end what we have turned away from. */
           WinHttpSetTimeouts(request, HTTP_CONNECT_TIMEOUT_MS, HTTP_CONNECT_TIMEOUT_MS,
                              HTTP_REQUEST_TIMEOUT_MS, HTTP_REQUEST_TIMEOUT_MS);
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

/* What is posted is copied: WinHTTP may read it when our caller has gone on. */
static bool set_body(struct exchange *exchange, const struct http_request *request)
{
    char text[HEADER_SIZE];
    wchar_t header[HEADER_SIZE];
    size_t len;

    if (request->method != HTTP_POST)
        return true;
    len = strlen(request->body);
    if (len > sizeof exchange->bytes)
        return false;
    memcpy(exchange->bytes, request->body, len);
    exchange->len = (DWORD)len;
    (void)snprintf(text, sizeof text, "Content-Type: %s", request->content_type);
    return wide_from_utf8(text, header, HEADER_SIZE) &&
           WinHttpAddRequestHeaders(exchange->request, header, (DWORD)-1, WINHTTP_ADDREQ_FLAG_ADD);
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
        return STATUS_CONNECTION_LOST;
    case ERROR_WINHTTP_HEADER_COUNT_EXCEEDED:
    case ERROR_WINHTTP_HEADER_SIZE_OVERFLOW:
    case ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW:
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
    const HANDLE events[] = {exchange->done, host_stop_event()};
    int64_t left_ms = end_ms - host_now_ms();

    if (!started)
        return status_of(GetLastError());
    /* An answer that never ends has always something to read. */
    if (left_ms <= 0)
        return STATUS_TIMED_OUT;
    if (host_stopping())
        return STATUS_STOPPED;
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

/* A step that ends, on some systems, only when the answer comes. Connecting has a limit of its own. */
static enum status send_request(struct exchange *exchange, int64_t end_ms)
{
    int64_t connect_end_ms = host_now_ms() + HTTP_CONNECT_TIMEOUT_MS;
    BOOL started = WinHttpSendRequest(exchange->request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, exchange->bytes,
                                      exchange->len, exchange->len, (DWORD_PTR)exchange);
    enum status status = wait_for(exchange, started, connect_end_ms < end_ms ? connect_end_ms : end_ms);

    if (status == STATUS_TIMED_OUT && exchange->was_sent)
        status = wait_for(exchange, TRUE, end_ms);
    return status;
}

/* Is there a header of this number? value, of HEADER_SIZE units, is "" without one. */
static void get_header(HINTERNET request, DWORD number, wchar_t *value)
{
    DWORD size = HEADER_SIZE * sizeof *value;

    if (!WinHttpQueryHeaders(request, number, WINHTTP_HEADER_NAME_BY_INDEX, value, &size,
                             WINHTTP_NO_HEADER_INDEX))
        *value = L'\0';
}

/* HTTP/1.0 or HTTP/1.1, in which we asked, and headers within their limit. */
static enum status check_headers(HINTERNET request)
{
    wchar_t version[HEADER_SIZE];
    DWORD size = 0;

    get_header(request, WINHTTP_QUERY_VERSION, version);
    if (wcsncmp(version, L"HTTP/1.", wcslen(L"HTTP/1.")) != 0)
        return STATUS_BAD_RESPONSE;
    (void)WinHttpQueryHeaders(request, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX,
                              WINHTTP_NO_OUTPUT_BUFFER, &size, WINHTTP_NO_HEADER_INDEX);
    return size / sizeof(wchar_t) <= HTTP_HEADERS_MAX ? STATUS_OK : STATUS_RESPONSE_TOO_LARGE;
}

enum { NO_LENGTH = -1 };

/* What Content-Length says, unless the body ends otherwise; false when it makes no sense. */
static bool get_length(HINTERNET request, DWORD code, int64_t *length)
{
    wchar_t value[HEADER_SIZE];
    wchar_t *end;

    *length = code == HTTP_STATUS_NO_CONTENT || code == HTTP_STATUS_NOT_MODIFIED ? 0 : NO_LENGTH;
    get_header(request, WINHTTP_QUERY_TRANSFER_ENCODING, value);
    if (*length == 0 || *value != L'\0')
        return true;
    get_header(request, WINHTTP_QUERY_CONTENT_LENGTH, value);
    if (*value == L'\0')
        return true;
    *length = wcstoll(value, &end, 10); /* INT64_MAX for a larger one */
    return *end == L'\0' && *length >= 0;
}

/* Reads what there is, at most a buffer full; exchange->len is 0 at the end. */
static enum status read_some(struct exchange *exchange, int64_t end_ms)
{
    enum status status = wait_for(exchange, WinHttpQueryDataAvailable(exchange->request, NULL), end_ms);
    DWORD len = exchange->len < sizeof exchange->bytes ? exchange->len : sizeof exchange->bytes;

    if (status != STATUS_OK || len == 0)
        return status;
    return wait_for(exchange, WinHttpReadData(exchange->request, exchange->bytes, len, NULL), end_ms);
}

/* An end that came too soon is one like any other to WinHTTP. */
static enum status read_body(struct exchange *exchange, int64_t end_ms, int64_t length, struct secret *body)
{
    enum status status;

    if (length > (int64_t)body->capacity)
        return STATUS_RESPONSE_TOO_LARGE;
    while ((status = read_some(exchange, end_ms)) == STATUS_OK && exchange->len > 0) {
        if (!secret_append(body, exchange->bytes, exchange->len))
            return STATUS_RESPONSE_TOO_LARGE;
    }
    if (status == STATUS_OK && length != NO_LENGTH && (int64_t)body->len != length)
        status = STATUS_BAD_RESPONSE;
    return status;
}

static enum status transfer(struct exchange *exchange, int64_t end_ms, int *code, struct secret *body)
{
    DWORD number = 0;
    DWORD size = sizeof number;
    int64_t length;
    enum status status = send_request(exchange, end_ms);

    if (status == STATUS_OK)
        status = wait_for(exchange, WinHttpReceiveResponse(exchange->request, NULL), end_ms);
    if (status == STATUS_OK)
        status = check_headers(exchange->request);
    if (status != STATUS_OK)
        return status;
    if (!WinHttpQueryHeaders(exchange->request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                             WINHTTP_HEADER_NAME_BY_INDEX, &number, &size, WINHTTP_NO_HEADER_INDEX))
        return STATUS_BAD_RESPONSE;
    if (!get_length(exchange->request, number, &length))
        return STATUS_BAD_RESPONSE;
    status = read_body(exchange, end_ms, length, body);
    if (status == STATUS_OK)
        *code = (int)number;
    return status;
}

/* Opens all that one request needs, and closes it. */
static enum status perform(HINTERNET session, const struct http_request *request, int64_t end_ms, int *code,
                           struct secret *body)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    enum status status = STATUS_INTERNAL;

    if (exchange == NULL)
        return STATUS_NO_MEMORY;
    exchange->owners = 1;
    exchange->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (exchange->done != NULL && open_request(exchange, session, request) &&
        set_contract(exchange->request) && set_body(exchange, request) && set_callback(exchange))
        status = transfer(exchange, end_ms, code, body);
    hang_up(exchange);
    if (exchange->connection != NULL)
        (void)WinHttpCloseHandle(exchange->connection);
    release(exchange);
    return status;
}

enum status http_perform(struct http *http, const struct http_request *request, int *code,
                         struct secret *body)
{
    int64_t now_ms = host_now_ms();
    int64_t end_ms = now_ms + HTTP_REQUEST_TIMEOUT_MS;
    enum status status;

    secret_clear(body);
    if (host_stopping())
        return STATUS_STOPPED;
    if (request->deadline_ms <= now_ms)
        return STATUS_TIMED_OUT;
    if (request->deadline_ms < end_ms)
        end_ms = request->deadline_ms;
    status = perform(http->session, request, end_ms, code, body);
    if (status != STATUS_OK)
        secret_clear(body);
    return status;
}
