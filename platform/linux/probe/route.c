// SPDX-License-Identifier: Apache-2.0
#include "platform/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "platform/linux/connection.h"
#include "platform/linux/root_file.h"
#include "platform/linux/routes.h"

enum { TEXT_SIZE = 64, COMMAND_SIZE = 256, ANY_LEN = 128 };

/* IFF_LOWER_UP of linux/if.h, which old systems cannot include beside net/if.h. Unlike IFF_RUNNING it is told
 * at once. */
enum { HAS_CARRIER = 1 << 16 };

static const char *text_of(const struct routes_address *address, char out[TEXT_SIZE])
{
    const char *text = inet_ntop(address->family, address->bytes, out, TEXT_SIZE);

    return text != NULL ? text : "?";
}

/* As ip-route(8) calls it. */
static const char *prefix_of(const struct route *route, char out[TEXT_SIZE])
{
    char address[TEXT_SIZE];

    if (route->prefix.family == 0)
        (void)snprintf(out, TEXT_SIZE, "default");
    else
        (void)snprintf(out, TEXT_SIZE, "%.50s/%u", text_of(&route->prefix, address), route->prefix_len);
    return out;
}

static const char *type_of(const struct route *route)
{
    switch (route->type) {
    case RTN_BLACKHOLE:
        return "blackhole";
    case RTN_UNREACHABLE:
        return "unreachable";
    case RTN_PROHIBIT:
        return "prohibit";
    case RTN_THROW:
        return "throw";
    default:
        return "";
    }
}

/* The command that deletes this very route or rule. */
static void mend_by_deleting(const struct route *route, int family, const char *device,
                             struct finding *finding)
{
    const char *ip = family == AF_INET6 ? "ip -6" : "ip";
    char prefix[TEXT_SIZE];
    char table[TEXT_SIZE] = "";
    char metric[TEXT_SIZE] = "";
    char by[COMMAND_SIZE] = "";
    char word[FINDING_WORD_SIZE];

    (void)prefix_of(route, prefix);
    if (route->is_rule) {
        finding_mend(finding, "", "%s rule del pref %u%s%s %s", ip, route->metric,
                     route->prefix.family != 0 ? " to " : "", route->prefix.family != 0 ? prefix : "",
                     type_of(route));
        return;
    }
    if (device[0] != '\0')
        (void)snprintf(by, sizeof by, " dev %s", finding_word(device, word));
    if (route->table != RT_TABLE_MAIN)
        (void)snprintf(table, sizeof table, " table %u", route->table);
    if (route->metric != 0)
        (void)snprintf(metric, sizeof metric, " metric %u", route->metric);
    finding_mend(finding, "", "%s route del %s%s%s%s%s%s", ip, type_of(route),
                 route->type != RTN_UNICAST ? " " : "", prefix, by, table, metric);
}

/* What the interfaces are like, but for the loopback. Names are "" where there is none like that. */
struct interfaces {
    char any[IF_NAMESIZE];
    char down[IF_NAMESIZE];
    char addressed[IF_NAMESIZE]; /* is up, and has an address of the family */
};

static void look_at_interfaces(int family, struct interfaces *out)
{
    struct ifaddrs *list = NULL; /* which it stays where getifaddrs() fails */

    memset(out, 0, sizeof *out);
    (void)getifaddrs(&list);
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
        if ((at->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        (void)snprintf(out->any, IF_NAMESIZE, "%s", at->ifa_name);
        if ((at->ifa_flags & IFF_UP) == 0)
            (void)snprintf(out->down, IF_NAMESIZE, "%s", at->ifa_name);
        else if (at->ifa_addr != NULL && at->ifa_addr->sa_family == family)
            (void)snprintf(out->addressed, IF_NAMESIZE, "%s", at->ifa_name);
    }
    freeifaddrs(list);
}

static void explain_no_route(const char *to, int family, int error, struct finding *finding)
{
    struct interfaces interfaces;
    char word[FINDING_WORD_SIZE];

    look_at_interfaces(family, &interfaces);
    if (error != ENETUNREACH) {
        finding_fail(finding, "no route to %s: %s", to, strerror(error));
    } else if (interfaces.any[0] == '\0') {
        finding_fail(finding, "no route to %s: there is no network interface", to);
    } else if (interfaces.addressed[0] != '\0') {
        finding_fail(finding, "no route to %s, though %s has an address: no default route", to,
                     interfaces.addressed);
    } else if (interfaces.down[0] != '\0') {
        finding_fail(finding, "no route to %s: %s is down", to, interfaces.down);
        finding_mend(finding, "", "ip link set %s up", finding_word(interfaces.down, word));
    } else {
        finding_fail(finding, "no route to %s: no network interface has an address (DHCP?)", to);
    }
}

static void explain(const struct sockaddr_storage *address, const char *to, int error, int64_t end_ms,
                    struct finding *finding)
{
    struct route route;
    char prefix[TEXT_SIZE];

    if (!routes_find(address, error, ANY_LEN, end_ms, &route)) {
        explain_no_route(to, address->ss_family, error, finding);
        return;
    }
    finding_fail(finding, "the %s %s %s is in the way of %s", type_of(&route),
                 route.is_rule ? "rule" : "route", prefix_of(&route, prefix), to);
    mend_by_deleting(&route, address->ss_family, "", finding);
}

/* 169.254.0.0/16 on a link: RFC 3927. */
static bool is_zeroconf(const struct route *route)
{
    static const unsigned char LINK_LOCAL[] = {169, 254, 0, 0};

    return route->type == RTN_UNICAST && route->prefix_len == 16 && route->gateway.family == 0 &&
           memcmp(route->prefix.bytes, LINK_LOCAL, sizeof LINK_LOCAL) == 0;
}

/* Whoever asks directly is answered by a few clouds only: others take the address for one behind a router. */
static void warn_of_zeroconf(const struct sockaddr_storage *address, const struct route *zeroconf,
                             const char *device, int64_t end_ms, struct finding *finding)
{
    struct route other;

    finding_warn(
        finding, "zeroconf: 169.254.0.0/16 goes by %s directly, and few clouds answer there%s", device,
        root_file_exists("", "/etc/sysconfig/network") ? "; NOZEROCONF=yes in /etc/sysconfig/network" : "");
    if (routes_find(address, 0, zeroconf->prefix_len - 1U, end_ms, &other))
        mend_by_deleting(zeroconf, address->ss_family, device, finding);
}

static void show(const struct route *route, const char *to, const char *device, struct finding *finding)
{
    char gateway[TEXT_SIZE];
    char source[TEXT_SIZE];

    if (route->type == RTN_LOCAL)
        finding_ok(finding, "%s is an address of this machine", to);
    else
        finding_ok(finding, "%s by %s, %s%s%s%s", to, device,
                   route->gateway.family != 0 ? "via " : "directly",
                   route->gateway.family != 0 ? text_of(&route->gateway, gateway) : "",
                   route->source.family != 0 ? ", from " : "",
                   route->source.family != 0 ? text_of(&route->source, source) : "");
}

static bool has_carrier(const char *device)
{
    struct ifaddrs *list = NULL; /* which it stays where getifaddrs() fails */
    bool result = true;

    (void)getifaddrs(&list);
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
        if (strcmp(at->ifa_name, device) == 0)
            result = (at->ifa_flags & HAS_CARRIER) != 0;
    }
    freeifaddrs(list);
    return result;
}

void probe_route(const struct probe_subject *subject, struct finding *finding)
{
    struct connection_addresses addresses;
    const struct sockaddr_storage *address = &addresses.list[0];
    struct route route;
    struct route real;
    char device[IF_NAMESIZE] = "";
    char to[TEXT_SIZE] = "?";
    int error;

    if (connection_find(subject->url, subject->deadline_ms, &addresses) != STATUS_OK) {
        finding_skip(finding, "%.100s has no address", addresses.query.host);
        return;
    }
    error = routes_get(address, subject->deadline_ms, &route);
    (void)getnameinfo((const struct sockaddr *)address, resolve_address_len(address), to, sizeof to, NULL, 0,
                      NI_NUMERICHOST);
    (void)if_indextoname(route.device, device);
    if (error != 0)
        explain(address, to, error, subject->deadline_ms, finding);
    else if (routes_find(address, 0, ANY_LEN, subject->deadline_ms, &real) && is_zeroconf(&real))
        warn_of_zeroconf(address, &real, device, subject->deadline_ms, finding);
    else if (!has_carrier(device))
        finding_fail(finding, "%s goes by %s, which has no carrier: nothing is at its other end", to, device);
    else
        show(&route, to, device, finding);
}
