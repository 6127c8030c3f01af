// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/log.h"
#include "platform/linux/child.h"
#include "platform/linux/confine.h"

socklen_t resolve_address_len(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* How many addresses there are. flags: of getaddrinfo(3). */
static size_t look_up(const struct resolve_query *query, int flags,
                      struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX])
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    size_t count = 0;

    if (getaddrinfo(query->host, query->port, &hints, &list) != 0)
        return 0;
    for (const struct addrinfo *at = list; at != NULL && count < RESOLVE_ADDRESSES_MAX; at = at->ai_next) {
        if ((at->ai_family == AF_INET || at->ai_family == AF_INET6) &&
            at->ai_addrlen <= sizeof addresses[0]) {
            memset(&addresses[count], 0, sizeof addresses[count]);
            memcpy(&addresses[count++], at->ai_addr, at->ai_addrlen);
        }
    }
    freeaddrinfo(list);
    return count;
}

static void ask(int channel, const void *context)
{
    const struct resolve_query *query = context;
    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
    size_t count;

    /* resolv.conf(5): each name server has its turn while somebody waits; the usual 5 s are more than there
     * are. */
    (void)setenv("RES_OPTIONS", "timeout:2 attempts:5", 0);
    (void)confine_resolver();
    count = look_up(query, 0, addresses);
    if (count > 0)
        (void)child_send(channel, addresses, count * sizeof addresses[0], -1);
}

/* The child is believed no more than a name server: these are addresses, and not too many. */
static bool are_addresses(const struct sockaddr_storage *addresses, size_t len)
{
    const size_t count = len / sizeof *addresses;

    if (count < 1 || count > RESOLVE_ADDRESSES_MAX || len % sizeof *addresses != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (addresses[i].ss_family != AF_INET && addresses[i].ss_family != AF_INET6)
            return false;
    }
    return true;
}

enum status resolve(const struct resolve_query *query, int64_t end_ms,
                    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX], size_t *count)
{
    struct child child = {0};
    enum status status;
    size_t len = look_up(query, AI_NUMERICHOST, addresses) * sizeof *addresses;

    if (len > 0) {
        *count = len / sizeof *addresses;
        return STATUS_OK;
    }
    status = child_start(ask, query, &child);
    if (status == STATUS_OK)
        status = child_receive(&child, addresses, RESOLVE_ADDRESSES_MAX * sizeof *addresses, end_ms, &len);
    (void)child_end(&child);
    if (status == STATUS_WORKER_LOST || (status == STATUS_OK && !are_addresses(addresses, len))) {
        log_debug("%s has no address", query->host);
        return STATUS_UNREACHABLE;
    }
    if (status == STATUS_OK)
        *count = len / sizeof *addresses;
    return status;
}
