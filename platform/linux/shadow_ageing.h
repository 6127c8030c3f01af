// SPDX-License-Identifier: Apache-2.0
/* What a line of /etc/shadow (shadow(5)) says of the age of a password and of its account. Pure. */
#ifndef PLATFORM_LINUX_SHADOW_AGEING_H
#define PLATFORM_LINUX_SHADOW_AGEING_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/secret.h"
#include "platform/linux/colon_line.h"

/* Days, and days since 1970-01-01; negative for none. */
struct shadow_ageing {
    int64_t last_change;
    int64_t min;
    int64_t max;
    int64_t inactive;
    int64_t expire;
};

/* Reads a line that shadow_find() has found, with the numbers that the C library makes of its fields. */
struct shadow_ageing shadow_ageing_read(const struct secret *text, const struct colon_line *line);

/* Is the account refused, whatever its password? As pam_unix(8) decides. */
bool shadow_ageing_has_expired(const struct shadow_ageing *ageing, int64_t today);

/* Must a password of this age be changed at the next login? */
bool shadow_ageing_must_change(const struct shadow_ageing *ageing, int64_t today);

/* Is it too old even for that? */
bool shadow_ageing_is_too_old(const struct shadow_ageing *ageing, int64_t today);

#endif
