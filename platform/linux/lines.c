// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/lines.h"

#include <string.h>

static const char WHITE[] = " \t\r";

struct lines lines_of(struct secret *text)
{
    return (struct lines){.rest = (char *)text->bytes};
}

char *lines_next(struct lines *lines)
{
    char *line = lines->rest;
    size_t len;

    if (line == NULL || *line == '\0')
        return NULL;
    len = strcspn(line, "\n");
    lines->rest = line[len] == '\n' ? line + len + 1 : NULL;
    while (len > 0 && strchr(WHITE, line[len - 1]) != NULL)
        len--;
    line[len] = '\0';
    lines->number++;
    return line;
}

const char *lines_value(const char *line, const char *key, char separator)
{
    const size_t len = strlen(key);

    if (strncmp(line, key, len) != 0)
        return NULL;
    line += len;
    line += strspn(line, WHITE);
    if (*line != separator)
        return NULL;
    line++;
    return line + strspn(line, WHITE);
}
