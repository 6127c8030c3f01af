// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/connection.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/log.h"
#include "platform/host.h"
#include "platform/http.h"
#include "platform/linux/host_stop.h"
#include "platform/linux/resolve.h"

/* RFC 3986: http://host, http://host:port, and a path behind them; an IPv6 address stands in brackets. */
static bool parse(const char *url, struct resolve_query *query)
{
    static const char SCHEME[] = "http://";
    const char *host = url + strlen(SCHEME);
    const char *port = "80";
    size_t host_len;
    size_t port_len = strlen(port);

    if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
        return false;
    host_len = strcspn(host, *host == '[' ? "]/" : ":/");
    if (*host == '[' && host[host_len] != ']')
        return false;
    if (host[host_len + (*host == '[')] == ':') {
        port = host + host_len + (*host == '[') + 1;
        port_len = strcspn(port, "/");
    }
    if (*host == '[') {
        host++;
        host_len--;
    }
    if (host_len < 1 || host_len > RESOLVE_HOST_MAX || port_len < 1 || port_len > RESOLVE_PORT_MAX)
        return false;
    (void)snprintf(query->host, sizeof query->host, "%.*s", (int)host_len, host);
    (void)snprintf(query->port, sizeof query->port, "%.*s", (int)port_len, port);
    return true;
}

static enum status status_of(int error)
{
    switch (error) {
    case 0:
        return STATUS_OK;
    case ETIMEDOUT:
        return STATUS_TIMED_OUT;
    default:
        return STATUS_UNREACHABLE;
    }
}

/* Waits for a connection that is being made. */
static enum status finish(int fd, int64_t end_ms)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLOUT}, {.fd = host_stop_fd(), .events = POLLIN}};
    int error = 0;
    socklen_t size = sizeof error;

    while (fds[0].revents == 0) {
        int64_t left_ms = end_ms - host_now_ms();

        if (left_ms <= 0)
            return STATUS_TIMED_OUT;
        (void)poll(fds, 2, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (fds[1].revents != 0)
            return STATUS_STOPPED;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0)
        log_debug("connect: %s", strerror(error));
    return status_of(error);
}

static enum status connect_to(const struct sockaddr_storage *address, int64_t end_ms, int *out)
{
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    enum status status = STATUS_OK;

    if (fd < 0 || connect(fd, (const struct sockaddr *)address, resolve_address_len(address)) != 0) {
        if (errno == EINPROGRESS) {
            status = finish(fd, end_ms);
        } else {
            log_debug("connect: %s", strerror(errno));
            status = status_of(errno);
        }
    }
    if (status == STATUS_OK)
        *out = fd;
    else if (fd >= 0)
        (void)close(fd);
    return status;
}

enum status connection_open(const char *url, int64_t end_ms, int *out)
{
    struct resolve_query query;
    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
    int64_t limit_ms = host_now_ms() + HTTP_CONNECT_TIMEOUT_MS;
    enum status status = STATUS_INTERNAL;
    size_t count = 0;

    if (limit_ms > end_ms)
        limit_ms = end_ms;
    if (parse(url, &query))
        status = resolve(&query, limit_ms, addresses, &count);
    if (status != STATUS_OK)
        return status;
    status = STATUS_UNREACHABLE;
    for (size_t i = 0; i < count && (status == STATUS_UNREACHABLE || status == STATUS_TIMED_OUT); i++)
        status = connect_to(&addresses[i], limit_ms, out);
    return status;
}
