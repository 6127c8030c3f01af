// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/probe/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/host.h"

#include <ws2tcpip.h>

enum { RESOLVE_MS = 3000, PORT_SIZE = 8 };

/* Belongs to the thread once that runs: nobody can end a name server's silence. */
struct question {
    char host[ADDRESS_NAME_SIZE];
    char port[PORT_SIZE];
    struct addrinfo *answer;
};

static DWORD WINAPI ask(void *question)
{
    static const struct addrinfo HINTS = {.ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
    struct question *asked = question;

    return (DWORD)getaddrinfo(asked->host, asked->port, &HINTS, &asked->answer);
}

/* Host and port, without the brackets of an IPv6 address. The configuration takes no URL that has none. */
static bool split(const char *url, struct question *question)
{
    const char *authority = url + strlen("http://");
    const bool is_bracketed = *authority == '[';
    const char *host = authority + is_bracketed;
    const size_t len = strcspn(host, is_bracketed ? "]" : ":/");
    const char *end = host + len + is_bracketed;

    if (len >= sizeof question->host)
        return false;
    memcpy(question->host, host, len);
    (void)snprintf(question->port, sizeof question->port, "%d", *end == ':' ? atoi(end + 1) : 80);
    return true;
}

static void take(struct addrinfo *answer, struct address *address)
{
    memcpy(&address->socket, answer->ai_addr, answer->ai_addrlen);
    address->socket_len = (int)answer->ai_addrlen;
    freeaddrinfo(answer);
}

/* Waits for the thread's end: its code, or WAIT_TIMEOUT, which is no code of getaddrinfo()'s. */
static DWORD wait_for(HANDLE thread, int64_t left_ms)
{
    DWORD code = WAIT_TIMEOUT;

    left_ms = left_ms < 0 ? 0 : left_ms < RESOLVE_MS ? left_ms : RESOLVE_MS;
    if (WaitForSingleObject(thread, (DWORD)left_ms) == WAIT_OBJECT_0)
        (void)GetExitCodeThread(thread, &code);
    return code;
}

static bool resolve(struct question *question, int64_t left_ms, struct finding *finding,
                    struct address *address)
{
    HANDLE thread = CreateThread(NULL, 0, ask, question, 0, NULL);
    DWORD code;

    if (thread == NULL) {
        finding_skip(finding, "no thread can be started: error %lu", GetLastError());
        free(question);
        return false;
    }
    code = wait_for(thread, left_ms);
    (void)CloseHandle(thread);
    if (code == WAIT_TIMEOUT) {
        finding_fail(finding, "the name %s cannot be looked up: no name server answers", question->host);
        return false;
    }
    if (code == 0)
        take(question->answer, address);
    else
        finding_fail(finding, "the name %s is not known here: error %lu", question->host, code);
    free(question);
    return code == 0;
}

bool address_find(const struct probe_subject *subject, struct finding *finding, struct address *address)
{
    WSADATA ignored;
    struct question *question = calloc(1, sizeof *question);
    int code = WSAStartup(MAKEWORD(2, 2), &ignored);

    *address = (struct address){0};
    if (question == NULL || code != 0) {
        finding_skip(finding, "Winsock does not start: error %d", code);
    } else if (!split(subject->url, question)) {
        finding_fail(finding, "the name in metadata_url is too long");
    } else {
        (void)snprintf(address->text, sizeof address->text, strchr(question->host, ':') ? "[%s]:%s" : "%s:%s",
                       question->host, question->port);
        return resolve(question, subject->deadline_ms - host_now_ms(), finding, address);
    }
    free(question);
    return false;
}
