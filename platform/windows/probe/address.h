// SPDX-License-Identifier: Apache-2.0
/* Where the metadata service is. */
#ifndef PLATFORM_WINDOWS_PROBE_ADDRESS_H
#define PLATFORM_WINDOWS_PROBE_ADDRESS_H

#include <stdbool.h>

#include "platform/probe.h"
#include "platform/windows/winapi.h"

#include <winsock2.h>
#include <ws2ipdef.h>

enum { ADDRESS_NAME_SIZE = 256 };

struct address {
    SOCKADDR_INET socket;
    int socket_len;
    char text[ADDRESS_NAME_SIZE + 16]; /* as the URL has it: "169.254.169.254:80" */
};

/* Resolves the URL's name, and starts Winsock; false, and told, when that fails or takes too long. */
bool address_find(const struct probe_subject *subject, struct finding *finding, struct address *address);

#endif
