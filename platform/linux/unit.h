// SPDX-License-Identifier: Apache-2.0
/* What a unit of systemd says, with its drop-ins, or a script of another init: which program it starts, and
 * to whom that may speak. */
#ifndef PLATFORM_LINUX_UNIT_H
#define PLATFORM_LINUX_UNIT_H

#include <stdbool.h>

#include "platform/linux/boot.h"

struct unit {
    char program[BOOT_PATH_MAX + 1]; /* an absolute path; "" when none can be told */
    char file[BOOT_PATH_MAX + 1];    /* which names it */
    bool denies;                     /* IPAddressDeny= */
    bool allows;                     /* IPAddressAllow= has the host */
    bool has_families;               /* RestrictAddressFamilies= */
    bool lacks_ipv6;                 /* and it shuts that off */
};

/* Reads it for a service that is there, and that host: an address, or a name. */
struct unit unit_read(const char *root, const struct boot_service *service, const char *host);

#endif
