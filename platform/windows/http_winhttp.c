// SPDX-License-Identifier: Apache-2.0
/* HTTP by WinHTTP: the contract of http.h, and what an answer must be. */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "platform/host.h"
#include "platform/http.h"
#include "platform/windows/exchange.h"
#include "platform/windows/os_error.h"
#include "platform/windows/wide.h"

enum { URL_SIZE = 2048, HEADER_SIZE = 256, NO_LENGTH = -1 };

struct http {
    HINTERNET session; /* keeps the connection */
};

enum status http_open(struct http **out)
{
    struct http *http = calloc(1, sizeof *http);
    enum status status;

    if (http == NULL)
        return STATUS_NO_MEMORY;
    http->session = WinHttpOpen(L"resetpwd-agent/" AGENT_VERSION, WINHTTP_ACCESS_TYPE_NO_PROXY,
                                WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS, WINHTTP_FLAG_ASYNC);
    if (http->session == NULL) {
        status = os_error_log(LOG_LEVEL_ERROR, "WinHTTP does not start", GetLastError());
        free(http);
        return status == STATUS_NO_MEMORY ? status : STATUS_INTERNAL;
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

/* INTERNAL when the URL is not one of plain HTTP. */
static enum status open_exchange(HINTERNET session, const struct http_request *request, struct exchange **out)
{
    static const wchar_t *const METHODS[] = {
        [HTTP_GET] = L"GET", [HTTP_POST] = L"POST", [HTTP_DELETE] = L"DELETE"};
    URL_COMPONENTSW parts = {
        .dwStructSize = sizeof parts, .dwHostNameLength = (DWORD)-1, .dwUrlPathLength = (DWORD)-1};
    wchar_t url[URL_SIZE];
    wchar_t host[URL_SIZE];

    if (!wide_from_utf8(request->url, url, URL_SIZE) || !WinHttpCrackUrl(url, 0, 0, &parts) ||
        parts.nScheme != INTERNET_SCHEME_HTTP)
        return STATUS_INTERNAL;
    wmemcpy(host, parts.lpszHostName, parts.dwHostNameLength);
    host[parts.dwHostNameLength] = L'\0';
    return exchange_open(session, host, parts.nPort, METHODS[request->method], parts.lpszUrlPath, out);
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
           /* To resolve, to connect, to send, to receive some: only the first two can be the shorter limit.
            */
           WinHttpSetTimeouts(request, HTTP_CONNECT_TIMEOUT_MS, HTTP_CONNECT_TIMEOUT_MS,
                              HTTP_REQUEST_TIMEOUT_MS, HTTP_REQUEST_TIMEOUT_MS);
}

static bool set_content_type(HINTERNET request, const char *content_type)
{
    char text[HEADER_SIZE];
    wchar_t header[HEADER_SIZE];

    if (content_type == NULL)
        return true;
    (void)snprintf(text, sizeof text, "Content-Type: %s", content_type);
    return wide_from_utf8(text, header, HEADER_SIZE) &&
           WinHttpAddRequestHeaders(request, header, (DWORD)-1, WINHTTP_ADDREQ_FLAG_ADD);
}

/* The value of a header, or "". */
static void get_header(HINTERNET request, DWORD which, wchar_t value[HEADER_SIZE])
{
    DWORD size = HEADER_SIZE * sizeof *value;

    if (!WinHttpQueryHeaders(request, which, WINHTTP_HEADER_NAME_BY_INDEX, value, &size,
                             WINHTTP_NO_HEADER_INDEX))
        *value = L'\0';
}

static bool get_code(HINTERNET request, DWORD *code)
{
    DWORD size = sizeof *code;

    return WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                               WINHTTP_HEADER_NAME_BY_INDEX, code, &size, WINHTTP_NO_HEADER_INDEX);
}

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

/* HTTP/1.0 or HTTP/1.1, in which we asked, and headers within their limit. */
static enum status check_headers(HINTERNET request, DWORD *code, int64_t *length)
{
    wchar_t version[HEADER_SIZE];
    DWORD size = 0;

    get_header(request, WINHTTP_QUERY_VERSION, version);
    if (wcsncmp(version, L"HTTP/1.", wcslen(L"HTTP/1.")) != 0 || !get_code(request, code) ||
        !get_length(request, *code, length))
        return STATUS_BAD_RESPONSE;
    (void)WinHttpQueryHeaders(request, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX,
                              WINHTTP_NO_OUTPUT_BUFFER, &size, WINHTTP_NO_HEADER_INDEX);
    return size / sizeof(wchar_t) <= HTTP_HEADERS_MAX ? STATUS_OK : STATUS_RESPONSE_TOO_LARGE;
}

/* Too early an end is one like any other to WinHTTP. */
static enum status read_body(struct exchange *exchange, int64_t end_ms, int64_t length, struct secret *body)
{
    const void *bytes;
    enum status status;
    size_t len;

    if (length > (int64_t)body->capacity)
        return STATUS_RESPONSE_TOO_LARGE;
    while ((status = exchange_read(exchange, end_ms, &bytes, &len)) == STATUS_OK && len > 0) {
        if (!secret_append(body, bytes, len))
            return STATUS_RESPONSE_TOO_LARGE;
    }
    if (status == STATUS_OK && length != NO_LENGTH && (int64_t)body->len != length)
        status = STATUS_BAD_RESPONSE;
    return status;
}

static enum status transfer(struct exchange *exchange, const struct http_request *request, int64_t end_ms,
                            int *code, struct secret *body)
{
    HINTERNET handle = exchange_request(exchange);
    enum status status;
    DWORD number = 0;
    int64_t length = NO_LENGTH;

    if (!set_contract(handle) || !set_content_type(handle, request->content_type)) {
        (void)os_error_log(LOG_LEVEL_ERROR, "WinHTTP does not do as asked", GetLastError());
        return STATUS_INTERNAL;
    }
    status = exchange_send(exchange, request->body, end_ms);
    if (status == STATUS_OK)
        status = exchange_receive(exchange, end_ms);
    if (status == STATUS_OK)
        status = check_headers(handle, &number, &length);
    if (status == STATUS_OK)
        status = read_body(exchange, end_ms, length, body);
    if (status == STATUS_OK)
        *code = (int)number;
    return status;
}

enum status http_perform(struct http *http, const struct http_request *request, int *code,
                         struct secret *body)
{
    int64_t now_ms = host_now_ms();
    int64_t end_ms = now_ms + HTTP_REQUEST_TIMEOUT_MS;
    struct exchange *exchange = NULL;
    enum status status;

    secret_clear(body);
    if (host_stopping())
        return STATUS_STOPPED;
    if (request->deadline_ms <= now_ms)
        return STATUS_TIMED_OUT;
    if (request->deadline_ms < end_ms)
        end_ms = request->deadline_ms;
    status = open_exchange(http->session, request, &exchange);
    if (status == STATUS_OK)
        status = transfer(exchange, request, end_ms, code, body);
    if (status != STATUS_OK)
        secret_clear(body);
    exchange_close(exchange);
    return status;
}
