// SPDX-License-Identifier: Apache-2.0
#include "agent/text.h"

#include <string.h>

size_t text_read_character(const unsigned char *bytes, size_t len, uint32_t *point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = bytes[0] < 0x80             ? 1
                  : (bytes[0] & 0xe0) == 0xc0 ? 2
                  : (bytes[0] & 0xf0) == 0xe0 ? 3
                  : (bytes[0] & 0xf8) == 0xf0 ? 4
                                              : 0;
    uint32_t value;

    if (need == 0 || need > len)
        return 0;
    value = need == 1 ? bytes[0] : bytes[0] & (0x7fU >> need);
    for (size_t i = 1; i < need; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3fU);
    }
    if (value < smallest[need] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *point = value;
    return need;
}

bool text_is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

void text_make_printable(char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        uint32_t point;
        size_t step = text_read_character((const unsigned char *)text, len, &point);
        size_t bad = step == 0 ? 1 : text_is_control(point) ? step : 0;

        memset(text, '?', bad);
        step = step == 0 ? 1 : step;
        text += step;
        len -= step;
    }
}

bool text_is_printable(const char *text)
{
    const size_t len = strlen(text);
    uint32_t point;
    size_t step;

    for (size_t i = 0; i < len; i += step) {
        step = text_read_character((const unsigned char *)text + i, len - i, &point);
        if (step == 0 || text_is_control(point))
            return false;
    }
    return true;
}
