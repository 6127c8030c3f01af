// SPDX-License-Identifier: Apache-2.0
/* The kernel's routes and the rules that choose among them, as far as they concern one address. */
#ifndef PLATFORM_LINUX_ROUTES_H
#define PLATFORM_LINUX_ROUTES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ROUTES_ADDRESS_MAX = 16 };

struct routes_address {
    unsigned char family; /* 0: none */
    unsigned char bytes[ROUTES_ADDRESS_MAX];
};

struct route {
    bool is_rule;                 /* of the policy: a priority takes the place of a metric */
    unsigned char type;           /* RTN_UNICAST ... */
    unsigned char prefix_len;     /* in bits */
    struct routes_address prefix; /* family 0: any */
    struct routes_address gateway;
    struct routes_address source;
    uint32_t table;
    uint32_t device; /* its index; 0: none */
    uint32_t metric;
};

/* By which route something goes there: as the kernel says. Returns 0 or errno. */
int routes_get(const struct sockaddr_storage *address, int64_t end_ms, struct route *out);

/*
 * Finds the route or rule for this address that makes the kernel answer with this errno; 0: the route that
 * leads there, with the prefix that it really has. Its prefix has at most max_len bits. False when none is
 * found.
 */
bool routes_find(const struct sockaddr_storage *address, int error, unsigned max_len, int64_t end_ms,
                 struct route *out);

#endif
