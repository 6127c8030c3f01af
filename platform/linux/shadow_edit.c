// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/shadow_edit.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_number_or_empty(const unsigned char *bytes, size_t len)
{
    if (len > 1 && bytes[0] == '-') {
        bytes++;
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isdigit(bytes[i]))
            return false;
    }
    return true;
}

static bool is_well_formed(const struct secret *text, const struct colon_line *line)
{
    if (line->count != SHADOW_FIELDS && line->count != SHADOW_OLD_FIELDS)
        return false;
    for (size_t i = SHADOW_LAST_CHANGE; i < line->count; i++) {
        if (!is_number_or_empty(text->bytes + line->field[i].start,
                                line->field[i].end - line->field[i].start))
            return false;
    }
    return true;
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
