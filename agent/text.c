// SPDX-License-Identifier: Apache-2.0
#include "agent/text.h"

size_t text_control_len(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;

    if (bytes[0] == '\0')
        return 0;
    if (bytes[0] < 0x20 || bytes[0] == 0x7f)
        return 1;
    return bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] <= 0x9f ? 2 : 0;
}

bool text_is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (text_control_len(text) > 0)
            return false;
    }
    return true;
}
