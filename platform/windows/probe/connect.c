// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/probe/address.h"

#include "platform/host.h"

enum { CONNECT_MS = 3000 }; /* Windows asks one who refuses three times, within 2 s */

/* Waits for the end of a connect() under way; returns its error, 0 when it is made. */
static int wait_for(SOCKET handle, int64_t left_ms)
{
    struct timeval limit = {(long)(left_ms / 1000), (long)(left_ms % 1000) * 1000};
    fd_set made;
    fd_set failed;
    int error = 0;
    int size = sizeof error;

    FD_ZERO(&made);
    FD_SET(handle, &made);
    failed = made;
    if (left_ms <= 0 || select(0, NULL, &made, &failed, &limit) == 0)
        return WSAETIMEDOUT;
    if (getsockopt(handle, SOL_SOCKET, SO_ERROR, (char *)&error, &size) != 0)
        return (int)GetLastError();
    return error;
}

static int try(const struct address *address, int64_t left_ms)
{
    SOCKET handle = socket(address->socket.si_family, SOCK_STREAM, IPPROTO_TCP);
    u_long is_nonblocking = 1;
    int error = 0;

    if (handle == INVALID_SOCKET)
        return (int)GetLastError();
    if (ioctlsocket(handle, (long)FIONBIO, &is_nonblocking) != 0 ||
        connect(handle, (const struct sockaddr *)&address->socket, address->socket_len) != 0)
        error = (int)GetLastError();
    if (error == WSAEWOULDBLOCK)
        error = wait_for(handle, left_ms);
    (void)closesocket(handle);
    return error;
}

static void judge(const char *place, int error, int64_t took_ms, struct finding *finding)
{
    switch (error) {
    case 0:
        finding_ok(finding, "%s, in %lld ms", place, (long long)took_ms);
        break;
    case WSAECONNREFUSED:
        finding_fail(finding, "%s refuses connections: nothing listens there, or a firewall rejects", place);
        break;
    case WSAECONNRESET:
    case WSAECONNABORTED:
        finding_fail(finding, "%s resets connections: something in between does not let them through", place);
        break;
    case WSAETIMEDOUT:
        finding_fail(finding, "%s is silent: a firewall drops (TCP port 80 to 169.254.0.0/16 must be open)",
                     place);
        break;
    case WSAENETUNREACH:
        finding_fail(finding, "%s cannot be reached: no route", place);
        break;
    case WSAEHOSTUNREACH:
        finding_fail(finding, "%s cannot be reached: nobody has this address, or a firewall rejects", place);
        break;
    case WSAEACCES:
        finding_fail(finding, "a firewall of this system forbids connections to %s", place);
        break;
    default:
        finding_fail(finding, "no connection to %s: error %d", place, error);
        break;
    }
}

void probe_connect(const struct probe_subject *subject, struct finding *finding)
{
    struct address address;
    int64_t start_ms;
    int64_t left_ms;
    int error;

    if (!address_find(subject, finding, &address))
        return;
    start_ms = host_now_ms();
    left_ms = subject->deadline_ms - start_ms;
    error = try(&address, left_ms < CONNECT_MS ? left_ms : CONNECT_MS);
    judge(address.text, error, host_now_ms() - start_ms, finding);
}
