// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/colon_line.h"

#include <ctype.h>
#include <string.h>

bool colon_line_read(const struct secret *text, size_t at, struct colon_line *line)
{
    size_t start = at;

    if (at >= text->len)
        return false;
    *line = (struct colon_line){0};
    for (;; at++) {
        bool ends_line = at == text->len || text->bytes[at] == '\n';

        if (!ends_line && text->bytes[at] != ':')
            continue;
        if (line->count < COLON_FIELDS_MAX) {
            line->field[line->count].start = start;
            line->field[line->count].end = at;
        }
        line->count++;
        start = at + 1;
        if (ends_line)
            break;
    }
    line->next = start;
    return true;
}

bool colon_line_field_is(const struct secret *text, const struct colon_line *line, size_t index,
                         const char *value)
{
    size_t len = strlen(value);

    return index < line->count && index < COLON_FIELDS_MAX &&
           line->field[index].end - line->field[index].start == len &&
           memcmp(text->bytes + line->field[index].start, value, len) == 0;
}

bool colon_line_find(const struct secret *text, size_t at, const char *name, struct colon_line *line)
{
    for (; colon_line_read(text, at, line); at = line->next) {
        while (line->field[0].start < line->field[0].end && isspace(text->bytes[line->field[0].start]))
            line->field[0].start++;
        if (colon_line_field_is(text, line, 0, name))
            return true;
    }
    return false;
}

bool colon_line_copy(const struct secret *text, const struct colon_line *line, size_t index, char *out,
                     size_t size)
{
    const unsigned char *bytes;
    size_t len;

    out[0] = '\0';
    if (index >= line->count || index >= COLON_FIELDS_MAX)
        return false;
    bytes = text->bytes + line->field[index].start;
    len = line->field[index].end - line->field[index].start;
    if (len >= size || memchr(bytes, '\0', len) != NULL)
        return false;
    memcpy(out, bytes, len);
    out[len] = '\0';
    return true;
}
