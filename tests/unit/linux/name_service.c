// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <netinet/in.h>

#include "tests/unit/linux/name_service.h"

struct name_service name_service;

enum status resolve(const struct resolve_query *query, int64_t end_ms,
                    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX], size_t *count)
{
    name_service.query = *query;
    name_service.end_ms = end_ms;
    name_service.calls++;
    memcpy(addresses, name_service.addresses, sizeof name_service.addresses);
    *count = name_service.count;
    return name_service.status;
}

socklen_t resolve_address_len(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

int name_service_setup(void **state)
{
    memset(&name_service, 0, sizeof name_service);
    return host_clock_setup(state);
}
