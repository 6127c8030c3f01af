// SPDX-License-Identifier: Apache-2.0
#include "agent/base64.h"

#include <stdint.h>

/* The six bits of a character, or -1. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Decodes one group whose last `padding` characters are '='; false when another character is out of place. */
static bool decode_group(const char *group, unsigned padding, unsigned char *out)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < 4; i++) {
        int value = i < 4 - padding ? value_of(group[i]) : 0;

        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    for (unsigned i = 0; i < 3 - padding; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return (bits & ((1U << (8 * padding)) - 1)) == 0;
}

bool base64_decode(const char *text, size_t len, unsigned char *out, size_t *out_len)
{
    size_t written = 0;

    if (len % 4 != 0)
        return false;
    for (size_t i = 0; i < len; i += 4) {
        unsigned padding = 0;

        if (i + 4 == len && text[i + 3] == '=')
            padding = text[i + 2] == '=' ? 2 : 1;
        if (!decode_group(text + i, padding, out + written))
            return false;
        written += 3 - padding;
    }
    *out_len = written;
    return true;
}
