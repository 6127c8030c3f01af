// SPDX-License-Identifier: Apache-2.0
/* Lines of a text, one after the other. Pure. */
#ifndef PLATFORM_LINUX_LINES_H
#define PLATFORM_LINUX_LINES_H

#include "agent/secret.h"

struct lines {
    char *rest;
    unsigned number; /* of the line that came last; the first one is 1 */
};

/* The text is taken apart: a NUL takes the place of each end of a line. */
struct lines lines_of(struct secret *text);

/* The next line, without white space at its end; NULL when there is none. Valid as long as the text. */
char *lines_next(struct lines *lines);

/* What stands behind "key", white space and the separator, as "KEY = value" does in a unit; NULL when the
 * line has another key. Case counts. */
const char *lines_value(const char *line, const char *key, char separator);

#endif
