// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/routes.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "platform/linux/netlink.h"

enum { TABLES_MAX = 32, RULES_MAX = 64 };

/* The best route of each table, and the rules in the order in which the kernel goes through them. */
struct search {
    struct routes_address address;
    unsigned max_len;
    struct route best[TABLES_MAX];
    size_t tables;
    struct route rules[RULES_MAX];
    size_t rule_count;
};

static size_t size_of(unsigned char family)
{
    return family == AF_INET6 ? 16 : 4;
}

static struct routes_address address_of(const struct sockaddr_storage *address)
{
    struct routes_address out = {.family = (unsigned char)address->ss_family};
    const size_t at = out.family == AF_INET6 ? offsetof(struct sockaddr_in6, sin6_addr)
                                             : offsetof(struct sockaddr_in, sin_addr);

    memcpy(out.bytes, (const unsigned char *)address + at, size_of(out.family));
    return out;
}

static struct routes_address read_address(const unsigned char *attributes, size_t len, uint16_t type,
                                          unsigned char family)
{
    struct routes_address out = {0};
    size_t value_len = 0;
    const unsigned char *value = netlink_find(attributes, len, type, &value_len);

    if (value != NULL && value_len == size_of(family)) {
        out.family = family;
        memcpy(out.bytes, value, value_len);
    }
    return out;
}

/* RTA_VIA: an IPv4 route by a gateway of IPv6 has its family before it. */
static struct routes_address read_via(const unsigned char *attributes, size_t len)
{
    struct routes_address out = {0};
    size_t value_len = 0;
    const unsigned char *value = netlink_find(attributes, len, RTA_VIA, &value_len);

    if (value != NULL && value_len == 2 + size_of(AF_INET6)) {
        out.family = AF_INET6;
        memcpy(out.bytes, value + 2, size_of(AF_INET6));
    }
    return out;
}

static void read_route(const unsigned char *body, size_t len, void *context)
{
    struct route *out = context;
    struct rtmsg message;

    if (len < sizeof message)
        return;
    memcpy(&message, body, sizeof message);
    body += sizeof message;
    len -= sizeof message;
    *out = (struct route){.type = message.rtm_type,
                          .prefix_len = message.rtm_dst_len,
                          .prefix = read_address(body, len, RTA_DST, message.rtm_family),
                          .gateway = read_address(body, len, RTA_GATEWAY, message.rtm_family),
                          .source = read_address(body, len, RTA_PREFSRC, message.rtm_family),
                          .table = netlink_number(body, len, RTA_TABLE, message.rtm_table),
                          .device = netlink_number(body, len, RTA_OIF, 0),
                          .metric = netlink_number(body, len, RTA_PRIORITY, 0)};
    if (out->gateway.family == 0)
        out->gateway = read_via(body, len);
    /* Copies that old kernels make of routes in use, and routes for marked packets, are none. */
    if ((message.rtm_flags & RTM_F_CLONED) != 0 || message.rtm_tos != 0 || message.rtm_src_len != 0)
        out->prefix_len = UINT8_MAX;
}

static bool covers(const struct route *route, const struct search *search)
{
    const unsigned whole = route->prefix_len / 8;
    const unsigned rest = route->prefix_len % 8;
    const unsigned char *a = route->prefix.bytes;
    const unsigned char *b = search->address.bytes;

    if (route->prefix_len > 8 * size_of(search->address.family))
        return false;
    return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0);
}

static bool is_better(const struct route *a, const struct route *b)
{
    return a->prefix_len != b->prefix_len ? a->prefix_len > b->prefix_len : a->metric < b->metric;
}

static void note_route(const unsigned char *body, size_t len, void *context)
{
    struct search *search = context;
    struct route route = {.prefix_len = UINT8_MAX};
    size_t i = 0;

    read_route(body, len, &route);
    if (!covers(&route, search) || route.prefix_len > search->max_len)
        return;
    while (i < search->tables && search->best[i].table != route.table)
        i++;
    if (i == search->tables && i < TABLES_MAX)
        search->best[search->tables++] = route;
    else if (i < search->tables && is_better(&route, &search->best[i]))
        search->best[i] = route;
}

/* Has a rule any condition beside the destination? Those are not judged: it is taken to lead to a table, but
 * for no culprit. */
static bool is_plain(const struct fib_rule_hdr *rule, const unsigned char *attributes, size_t len)
{
    static const uint16_t conditions[] = {FRA_IIFNAME, FRA_OIFNAME,   FRA_FWMARK,      FRA_IP_PROTO,
                                          FRA_L3MDEV,  FRA_UID_RANGE, FRA_SPORT_RANGE, FRA_DPORT_RANGE};
    size_t value_len;

    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        if (netlink_find(attributes, len, conditions[i], &value_len) != NULL)
            return false;
    }
    return rule->src_len == 0 && rule->tos == 0 && (rule->flags & FIB_RULE_INVERT) == 0;
}

static unsigned char type_of(unsigned char action)
{
    switch (action) {
    case FR_ACT_BLACKHOLE:
        return RTN_BLACKHOLE;
    case FR_ACT_UNREACHABLE:
        return RTN_UNREACHABLE;
    case FR_ACT_PROHIBIT:
        return RTN_PROHIBIT;
    default:
        return RTN_UNSPEC;
    }
}

static void note_rule(const unsigned char *body, size_t len, void *context)
{
    struct search *search = context;
    struct fib_rule_hdr rule;
    struct route out;

    if (len < sizeof rule || search->rule_count == RULES_MAX)
        return;
    memcpy(&rule, body, sizeof rule);
    body += sizeof rule;
    len -= sizeof rule;
    out = (struct route){.is_rule = true,
                         .type = type_of(rule.action),
                         .prefix_len = rule.dst_len,
                         .prefix = read_address(body, len, FRA_DST, rule.family),
                         .table = netlink_number(body, len, FRA_TABLE, rule.table),
                         .metric = netlink_number(body, len, FRA_PRIORITY, 0)};
    if (covers(&out, search) && (rule.action == FR_ACT_TO_TBL || is_plain(&rule, body, len)))
        search->rules[search->rule_count++] = out;
}

/* What the kernel answers where this route or rule has been chosen. */
static int error_of(const struct route *route)
{
    switch (route->type) {
    case RTN_BLACKHOLE:
        return EINVAL;
    case RTN_UNREACHABLE:
        return route->is_rule ? ENETUNREACH : EHOSTUNREACH;
    case RTN_PROHIBIT:
        return EACCES;
    case RTN_THROW:
        return ENETUNREACH;
    default:
        return 0;
    }
}

static const struct route *culprit(const struct search *search, int error)
{
    for (size_t i = 0; i < search->rule_count; i++) {
        const struct route *rule = &search->rules[i];

        if (rule->type != RTN_UNSPEC) {
            if (error_of(rule) == error)
                return rule;
            continue;
        }
        for (size_t table = 0; table < search->tables; table++) {
            if (search->best[table].table == rule->table && error_of(&search->best[table]) == error)
                return &search->best[table];
        }
    }
    return NULL;
}

/* The second attribute is for addresses of one link only. */
struct get_request {
    struct rtmsg message;
    struct nlattr attribute;
    unsigned char bytes[ROUTES_ADDRESS_MAX];
    struct nlattr device;
    uint32_t index;
};

int routes_get(const struct sockaddr_storage *address, int64_t end_ms, struct route *out)
{
    const struct routes_address wanted = address_of(address);
    const size_t size = size_of(wanted.family);
    struct get_request request = {
        .message = {.rtm_family = wanted.family, .rtm_dst_len = (unsigned char)(8 * size)},
        .attribute = {.nla_len = (uint16_t)(sizeof request.attribute + size), .nla_type = RTA_DST}};
    size_t len = offsetof(struct get_request, bytes) + size;

    memcpy(request.bytes, wanted.bytes, size);
    if (wanted.family == AF_INET6 && ((const struct sockaddr_in6 *)address)->sin6_scope_id != 0) {
        request.device =
            (struct nlattr){.nla_len = sizeof request.device + sizeof request.index, .nla_type = RTA_OIF};
        request.index = ((const struct sockaddr_in6 *)address)->sin6_scope_id;
        len = sizeof request;
    }
    memset(out, 0, sizeof *out);
    return netlink_ask(RTM_GETROUTE, 0, &request, len, end_ms, read_route, out);
}

bool routes_find(const struct sockaddr_storage *address, int error, unsigned max_len, int64_t end_ms,
                 struct route *out)
{
    static struct search search;
    const struct rtmsg routes = {.rtm_family = (unsigned char)address->ss_family};
    const struct fib_rule_hdr rules = {.family = (unsigned char)address->ss_family};
    const struct route *found;

    search = (struct search){.address = address_of(address), .max_len = max_len};
    (void)netlink_ask(RTM_GETROUTE, NLM_F_DUMP, &routes, sizeof routes, end_ms, note_route, &search);
    /* A kernel may have no rules: then it goes through these. */
    if (netlink_ask(RTM_GETRULE, NLM_F_DUMP, &rules, sizeof rules, end_ms, note_rule, &search) != 0) {
        search.rules[0].table = RT_TABLE_LOCAL;
        search.rules[1].table = RT_TABLE_MAIN;
        search.rule_count = 2;
    }
    found = culprit(&search, error);
    if (found != NULL)
        *out = *found;
    return found != NULL;
}
