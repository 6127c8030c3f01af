// SPDX-License-Identifier: Apache-2.0
/* Lines of fields with colons between them, as in passwd(5) and shadow(5): where they stand in a text. Pure.
 */
#ifndef PLATFORM_LINUX_COLON_LINE_H
#define PLATFORM_LINUX_COLON_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/secret.h"

enum { COLON_FIELDS_MAX = 9 };

struct colon_line {
    size_t count; /* of fields, also of those beyond COLON_FIELDS_MAX; at least 1 */
    struct {
        size_t start;
        size_t end; /* behind the last byte */
    } field[COLON_FIELDS_MAX];
    size_t next; /* where the next line begins */
};

/* Takes apart the line that begins at offset `at`; false at the end of the text. */
bool colon_line_read(const struct secret *text, size_t at, struct colon_line *line);

/* Is field number index there, and these very bytes? */
bool colon_line_field_is(const struct secret *text, const struct colon_line *line, size_t index,
                         const char *value);

/*
 * Finds the first line from offset `at` on whose first field is name, behind white space that may stand
 * before it, as the C library does; false when there is none.
 */
bool colon_line_find(const struct secret *text, size_t at, const char *name, struct colon_line *line);

/* Copies field number index as a string. False, and an empty string, when it is missing, does not fit or has
 * a NUL in it. */
bool colon_line_copy(const struct secret *text, const struct colon_line *line, size_t index, char *out,
                     size_t size);

#endif
