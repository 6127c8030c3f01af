// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/shadow_edit.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static size_t count_white(const unsigned char *bytes, size_t len)
{
    size_t count = 0;

    while (count < len && isspace(bytes[count]))
        count++;
    return count;
}

static bool is_number_or_empty(const unsigned char *bytes, size_t len)
{
    size_t at = count_white(bytes, len);

    if (len - at > 1 && bytes[at] == '-')
        at++;
    if (at == len)
        return len == 0;
    for (; at < len; at++) {
        if (!isdigit(bytes[at]))
            return false;
    }
    return true;
}

static bool is_blank(const unsigned char *bytes, size_t len)
{
    return count_white(bytes, len) == len;
}

/*
 * As the C library reads it: nine fields, or eight whose last is not empty; or the five of the old form.
 * White space may stand before a number, and alone where it looks which form it is: behind the fifth field.
 */
static bool is_well_formed(const struct secret *text, const struct colon_line *line)
{
    const bool is_old = line->count == SHADOW_OLD_FIELDS || line->count == SHADOW_OLD_FIELDS + 1;

    if (!is_old && line->count != SHADOW_FIELDS && line->count != SHADOW_FIELDS - 1)
        return false;
    for (size_t i = SHADOW_LAST_CHANGE; i < line->count; i++) {
        const unsigned char *bytes = text->bytes + line->field[i].start;
        const size_t len = line->field[i].end - line->field[i].start;
        const bool is_good = is_number_or_empty(bytes, len);

        if (i == SHADOW_OLD_FIELDS ? !is_blank(bytes, len) && (is_old || !is_good) : !is_good)
            return false;
    }
    return line->count != SHADOW_FIELDS - 1 ||
           line->field[SHADOW_EXPIRE].end > line->field[SHADOW_EXPIRE].start;
}

enum status shadow_find(const struct secret *text, const char *name, struct colon_line *line)
{
    enum status status = STATUS_ACCOUNT_UNKNOWN;
    struct colon_line found;

    for (size_t at = 0; colon_line_find(text, at, name, &found); at = found.next) {
        if (is_well_formed(text, &found)) {
            *line = found;
            return STATUS_OK;
        }
        status = STATUS_SHADOW_MALFORMED;
    }
    return status;
}

enum status shadow_edit(const struct secret *text, const char *name, const char *hash, int64_t day,
                        struct secret *out)
{
    char change[SHADOW_EDIT_GROWTH] = ":";
    struct colon_line line;
    enum status status = shadow_find(text, name, &line);
    size_t from;
    size_t to;

    if (status != STATUS_OK)
        return status;
    if (*hash == '\0' || strpbrk(hash, ":\n") != NULL)
        return STATUS_INTERNAL;
    if (day > 0)
        (void)snprintf(change, sizeof change, ":%" PRId64, day);
    from = line.field[SHADOW_HASH].start;
    to = line.field[SHADOW_LAST_CHANGE].end;
    if (!secret_append(out, text->bytes, from) || !secret_append_text(out, hash) ||
        !secret_append_text(out, change) || !secret_append(out, text->bytes + to, text->len - to)) {
        secret_clear(out);
        return STATUS_INTERNAL;
    }
    return STATUS_OK;
}
