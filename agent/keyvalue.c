// SPDX-License-Identifier: Apache-2.0
#include "agent/keyvalue.h"

#include <string.h>

static const char WHITE_SPACE[] = " \t\r\v\f";

struct keyvalue keyvalue_begin(char *text)
{
    static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";
    size_t skip = strncmp(text, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0;

    return (struct keyvalue){.rest = text + skip};
}

static char *trim(char *text)
{
    char *end;

    text += strspn(text, WHITE_SPACE);
    end = text + strlen(text);
    while (end > text && strchr(WHITE_SPACE, end[-1]) != NULL)
        end--;
    *end = '\0';
    return text;
}

static void cut_comment(char *line)
{
    for (char *c = line; *c != '\0'; c++) {
        if (*c == '#' && (c == line || strchr(WHITE_SPACE, c[-1]) != NULL)) {
            *c = '\0';
            return;
        }
    }
}

/* Takes the next line off the rest; NULL at the end. */
static char *take_line(struct keyvalue *at)
{
    char *line = at->rest;
    char *end;

    if (*line == '\0')
        return NULL;
    end = strchr(line, '\n');
    at->rest = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL)
        *end = '\0';
    at->line++;
    return line;
}

enum keyvalue_kind keyvalue_next(struct keyvalue *at)
{
    char *line;

    while ((line = take_line(at)) != NULL) {
        char *equals;

        cut_comment(line);
        line = trim(line);
        if (*line == '\0')
            continue;
        equals = strchr(line, '=');
        if (equals == NULL || equals == line)
            return KEYVALUE_BAD;
        *equals = '\0';
        at->key = trim(line);
        at->value = trim(equals + 1);
        return KEYVALUE_PAIR;
    }
    return KEYVALUE_END;
}
