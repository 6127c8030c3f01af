// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/probe/address.h"

#include <stdio.h>
#include <string.h>

#include "platform/windows/wide.h"

#include <iphlpapi.h>

enum { NAME_SIZE = 3 * NDIS_IF_MAX_STRING_SIZE + 1, DOTTED_SIZE = 16 };

/* Addresses in the byte order of the network, as the functions here have them. */
static const unsigned char LINK_LOCAL[2] = {169, 254};
static const unsigned char ELSEWHERE[4] = {198, 51, 100, 1}; /* nobody's: RFC 5737 */

static void dotted(DWORD address, char text[DOTTED_SIZE])
{
    unsigned char bytes[sizeof address];

    memcpy(bytes, &address, sizeof bytes);
    (void)snprintf(text, DOTTED_SIZE, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* As Windows shows it: "Ethernet 2". */
static void name_interface(NET_IFINDEX index, char name[NAME_SIZE])
{
    NET_LUID luid;
    wchar_t wide[NDIS_IF_MAX_STRING_SIZE + 1];

    if (ConvertInterfaceIndexToLuid(index, &luid) != NO_ERROR ||
        ConvertInterfaceLuidToAlias(&luid, wide, NDIS_IF_MAX_STRING_SIZE + 1) != NO_ERROR ||
        !wide_to_utf8(wide, name, NAME_SIZE))
        (void)snprintf(name, NAME_SIZE, "interface %lu", index);
}

/* The next hop of one that is, is an address of this machine. */
static bool is_direct(const MIB_IPFORWARDROW *route)
{
    return route->dwForwardType != MIB_IPROUTE_TYPE_INDIRECT;
}

/* The gateway to everywhere else; false when there is none. */
static bool find_gateway(char gateway[DOTTED_SIZE])
{
    MIB_IPFORWARDROW route;
    DWORD address;

    memcpy(&address, ELSEWHERE, sizeof address);
    if (GetBestRoute(address, 0, &route) != NO_ERROR || is_direct(&route))
        return false;
    dotted(route.dwForwardNextHop, gateway);
    return true;
}

/*
 * An interface that got no address from DHCP gives itself one, and takes all of 169.254.0.0/16 for its
 * neighbours. The service mostly is no neighbour, but behind the gateway.
 */
static bool is_zeroconf(DWORD address, const MIB_IPFORWARDROW *route)
{
    return memcmp(&address, LINK_LOCAL, sizeof LINK_LOCAL) == 0 && is_direct(route);
}

static void judge(DWORD address, const MIB_IPFORWARDROW *route, struct finding *finding)
{
    char name[NAME_SIZE];
    char text[DOTTED_SIZE];
    char gateway[DOTTED_SIZE];

    name_interface(route->dwForwardIfIndex, name);
    if (is_zeroconf(address, route)) {
        finding_warn(finding, "%s takes all of 169.254.0.0/16 for its neighbours", name);
        dotted(address, text);
        if (find_gateway(gateway))
            finding_mend(finding, "", "route -p add %s mask 255.255.255.255 %s", text, gateway);
    } else if (is_direct(route)) {
        finding_ok(finding, "%s, directly", name);
    } else {
        dotted(route->dwForwardNextHop, gateway);
        finding_ok(finding, "%s, via %s", name, gateway);
    }
}

void probe_route(const struct probe_subject *subject, struct finding *finding)
{
    struct address found;
    MIB_IPFORWARDROW route;
    DWORD address;
    DWORD code;

    if (!address_find(subject, finding, &found))
        return;
    if (found.socket.si_family != AF_INET) {
        finding_skip(finding, "%s is no IPv4 address", found.text);
        return;
    }
    address = found.socket.Ipv4.sin_addr.s_addr;
    code = GetBestRoute(address, 0, &route);
    if (code == NO_ERROR)
        judge(address, &route, finding);
    else
        finding_fail(finding, "no route to %s: error %lu", found.text, code);
}
