// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/shadow_ageing.h"

#include <stdlib.h>

#include "platform/linux/shadow_edit.h"

enum { NUMBER_SIZE = 32 };

/* The C library keeps 32 bits, and a sign: 4294967295 is -1, as an empty field is. */
static int64_t number(const struct secret *text, const struct colon_line *line, size_t index)
{
    char digits[NUMBER_SIZE];
    unsigned long value;

    if (!colon_line_copy(text, line, index, digits, sizeof digits) || digits[0] == '\0')
        return -1;
    value = strtoul(digits, NULL, 10);
    return (int32_t)(value < UINT32_MAX ? value : UINT32_MAX);
}

struct shadow_ageing shadow_ageing_read(const struct secret *text, const struct colon_line *line)
{
    return (struct shadow_ageing){.last_change = number(text, line, SHADOW_LAST_CHANGE),
                                  .min = number(text, line, SHADOW_MIN),
                                  .max = number(text, line, SHADOW_MAX),
                                  .inactive = number(text, line, SHADOW_INACTIVE),
                                  .expire = number(text, line, SHADOW_EXPIRE)};
}

bool shadow_ageing_has_expired(const struct shadow_ageing *ageing, int64_t today)
{
    return ageing->expire >= 0 && today >= ageing->expire;
}

/* Without a day of its last change a password has no age, nor has one that was set tomorrow. */
static bool is_older(const struct shadow_ageing *ageing, int64_t today, int64_t days)
{
    return ageing->last_change > 0 && today >= ageing->last_change && ageing->max >= 0 &&
           today - ageing->last_change >= days;
}

bool shadow_ageing_must_change(const struct shadow_ageing *ageing, int64_t today)
{
    return ageing->last_change == 0 || is_older(ageing, today, ageing->max);
}

bool shadow_ageing_is_too_old(const struct shadow_ageing *ageing, int64_t today)
{
    return ageing->inactive >= 0 && is_older(ageing, today, ageing->max + ageing->inactive);
}
