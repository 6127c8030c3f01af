// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/connection.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/log.h"
#include "platform/host.h"
#include "platform/http.h"
#include "platform/linux/host_stop.h"
#include "platform/linux/resolve.h"

/* 1 to 65535, in digits; nothing stands behind it but a path. */
static bool parse_port(const char *text, struct resolve_query *query)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (!isdigit((unsigned char)*text) || number < 1 || number > UINT16_MAX || (*end != '\0' && *end != '/'))
        return false;
    (void)snprintf(query->port, sizeof query->port, "%lu", number);
    return true;
}

/* RFC 6874: in a URL the zone of an address stands behind "%25", which means "%". */
static void decode_zone(char *host)
{
    char *zone = strstr(host, "%25");

    if (zone != NULL && zone[3] != '\0')
        memmove(zone + 1, zone + 3, strlen(zone + 3) + 1);
}

/* RFC 3986: http://host, http://host:port, and a path behind them; an IPv6 address stands in brackets. */
static bool parse(const char *url, struct resolve_query *query)
{
    static const char SCHEME[] = "http://";
    const char *host = url + strlen(SCHEME);
    const char *behind;
    size_t len;

    if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
        return false;
    if (*host == '[') {
        host++;
        len = strcspn(host, "]/");
        behind = host + len + 1;
        if (host[len] != ']')
            return false;
    } else {
        len = strcspn(host, ":/");
        behind = host + len;
    }
    if (len < 1 || len > RESOLVE_HOST_MAX)
        return false;
    (void)snprintf(query->host, sizeof query->host, "%.*s", (int)len, host);
    decode_zone(query->host);
    if (*behind == ':')
        return parse_port(behind + 1, query);
    return (*behind == '\0' || *behind == '/') && parse_port("80", query);
}

static enum status status_of(int error)
{
    switch (error) {
    case 0:
        return STATUS_OK;
    case ETIMEDOUT:
        return STATUS_TIMED_OUT;
    case ECANCELED:
        return STATUS_STOPPED;
    default:
        return STATUS_UNREACHABLE;
    }
}

/* Waits for a connection that is being made. Returns errno. */
static int finish(int fd, int64_t end_ms)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLOUT}, {.fd = host_stop_fd(), .events = POLLIN}};
    int error = 0;
    socklen_t size = sizeof error;

    while (fds[0].revents == 0) {
        int64_t left_ms = end_ms - host_now_ms();

        if (left_ms <= 0)
            return ETIMEDOUT;
        (void)poll(fds, 2, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (fds[1].revents != 0)
            return ECANCELED;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? errno : error;
}

/* Returns errno. */
static int connect_to(const struct sockaddr_storage *address, int64_t end_ms, int *out)
{
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = 0;

    if (fd < 0 || connect(fd, (const struct sockaddr *)address, resolve_address_len(address)) != 0) {
        error = errno;
        if (error == EINPROGRESS)
            error = finish(fd, end_ms);
    }
    if (error != 0)
        log_debug("connect: %s", strerror(error));
    if (error == 0)
        *out = fd;
    else if (fd >= 0)
        (void)close(fd);
    return error;
}

/* When connecting that begins now must have ended. */
static int64_t limit(int64_t end_ms)
{
    const int64_t limit_ms = host_now_ms() + HTTP_CONNECT_TIMEOUT_MS;

    return limit_ms < end_ms ? limit_ms : end_ms;
}

enum status connection_find(const char *url, int64_t end_ms, struct connection_addresses *out)
{
    if (!parse(url, &out->query))
        return STATUS_INTERNAL;
    return resolve(&out->query, limit(end_ms), out->list, &out->count);
}

struct connection_attempt connection_make(const struct connection_addresses *addresses, int64_t end_ms)
{
    const int64_t limit_ms = limit(end_ms);
    struct connection_attempt first = {.address = &addresses->list[0]};

    /* Each has its share of the time that is left: one that is silent must not cost the others theirs. */
    for (size_t i = 0; i < addresses->count; i++) {
        const int64_t now_ms = host_now_ms();
        const int64_t share_ms = (limit_ms - now_ms) / (int64_t)(addresses->count - i);
        struct connection_attempt attempt = {.address = &addresses->list[i]};

        attempt.error = connect_to(attempt.address, now_ms + share_ms, &attempt.fd);
        if (attempt.error == 0 || attempt.error == ECANCELED)
            return attempt;
        if (i == 0)
            first = attempt;
    }
    return first;
}

enum status connection_open(const char *url, int64_t end_ms, int *out)
{
    struct connection_addresses addresses;
    struct connection_attempt attempt;
    enum status status;

    end_ms = limit(end_ms);
    status = connection_find(url, end_ms, &addresses);
    if (status != STATUS_OK)
        return status;
    attempt = connection_make(&addresses, end_ms);
    if (attempt.error == 0)
        *out = attempt.fd;
    return status_of(attempt.error);
}
