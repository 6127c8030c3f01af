// SPDX-License-Identifier: Apache-2.0
#include "platform/probe.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "platform/linux/connection.h"

enum { ADDRESS_SIZE = 128 };

static const char *cause(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "refuses connections: nothing listens there, or a firewall rejects them";
    case ETIMEDOUT:
        return "timed out: a firewall or security group drops what is sent there, or nobody has the address";
    case ECONNRESET:
        return "resets connections: something on the way cuts them";
    case EHOSTUNREACH:
        return "is unreachable: no host answers there (ARP), or a firewall rejects (ICMP)";
    case EINVAL:
        return "cannot be asked: a blackhole route";
    case ENETUNREACH:
        return "is unreachable: no route, here or further on";
    case EACCES:
    case EPERM:
        return "is forbidden: by a route, a firewall of this machine, or a sandbox";
    default:
        return strerror(error);
    }
}

/* As in a URL: an IPv6 address stands in brackets. */
static const char *name_of(const struct sockaddr_storage *address, char out[ADDRESS_SIZE])
{
    char host[NI_MAXHOST] = "?";
    char port[NI_MAXSERV] = "?";

    (void)getnameinfo((const struct sockaddr *)address, resolve_address_len(address), host, sizeof host, port,
                      sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    (void)snprintf(out, ADDRESS_SIZE, address->ss_family == AF_INET6 ? "[%.90s]:%.5s" : "%.90s:%.5s", host,
                   port);
    return out;
}

static double now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool find(const struct probe_subject *subject, struct connection_addresses *addresses,
                 struct finding *finding)
{
    enum status status = connection_find(subject->url, subject->deadline_ms, addresses);

    if (status == STATUS_OK)
        return true;
    if (status == STATUS_TIMED_OUT)
        finding_fail(finding, "no name server answers for %.100s", addresses->query.host);
    else if (status == STATUS_UNREACHABLE)
        finding_fail(finding, "%.100s has no address: the name is not known", addresses->query.host);
    else
        finding_skip(finding, "%s", status_sentence(status));
    return false;
}

void probe_connect(const struct probe_subject *subject, struct finding *finding)
{
    struct connection_addresses addresses;
    struct connection_attempt attempt;
    char name[ADDRESS_SIZE];
    double start_ms;

    if (!find(subject, &addresses, finding))
        return;
    start_ms = now_ms();
    attempt = connection_make(&addresses, subject->deadline_ms);
    (void)name_of(attempt.address, name);
    if (attempt.error != 0) {
        finding_fail(finding, "%s %s", name, cause(attempt.error));
        return;
    }
    finding_ok(finding, "%s took it in %.1f ms", name, now_ms() - start_ms);
    (void)close(attempt.fd);
}
