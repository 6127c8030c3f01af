// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/mounts.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/root_file.h"

/* A machine with many containers has thousands of mounts. */
enum { MOUNTINFO_MAX = 4 * 1024 * 1024, FDINFO_MAX = 64 * 1024 };

enum field { ID, PARENT, DEVICE, ROOT, POINT, OPTIONS };

/* The field number n of a line, of those that blanks separate; *len is its length. NULL behind the last. */
static const char *field_at(const char *line, size_t n, size_t *len)
{
    for (;; n--) {
        *len = strcspn(line, " \n");
        if (n == 0)
            return line;
        if (line[*len] != ' ')
            return NULL;
        line += *len + 1;
    }
}

/* Where the fields behind the optional ones begin, of which there may be any number. */
static const char *after_separator(const char *line)
{
    static const char SEPARATOR[] = " - ";
    const char *found = strstr(line, SEPARATOR);

    return found != NULL && found < line + strcspn(line, "\n") ? found + strlen(SEPARATOR) : NULL;
}

/* Do a backslash and three octal digits stand there, for one byte? */
static bool is_octal(const char *text, size_t len)
{
    return len > 3 && text[0] == '\\' && strspn(text + 1, "01234567") >= 3;
}

/* Copies a field; blanks and the like are written there as octal numbers. False when it does not fit. */
static bool copy_field(char *out, size_t size, const char *field, size_t len)
{
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        if (used + 1 >= size)
            return false;
        if (is_octal(field + i, len - i)) {
            const char digits[] = {field[i + 1], field[i + 2], field[i + 3], '\0'};

            out[used++] = (char)strtoul(digits, NULL, 8);
            i += 3;
        } else {
            out[used++] = field[i];
        }
    }
    out[used] = '\0';
    return true;
}

/* "ro" is the first of the options, where it is one. */
static bool says_read_only(const char *options, size_t len)
{
    return len >= 2 && memcmp(options, "ro", 2) == 0 && (len == 2 || options[2] == ',');
}

static bool read_line(const char *line, struct mount *out)
{
    size_t point_len;
    size_t options_len;
    size_t type_len;
    size_t super_len;
    const char *point = field_at(line, POINT, &point_len);
    const char *options = field_at(line, OPTIONS, &options_len);
    const char *type = after_separator(line);
    const char *super = type != NULL ? field_at(type, 2, &super_len) : NULL;

    if (point == NULL || options == NULL || super == NULL)
        return false;
    (void)field_at(type, 0, &type_len);
    out->is_read_only = says_read_only(options, options_len);
    out->is_file_system_read_only = says_read_only(super, super_len);
    return copy_field(out->point, sizeof out->point, point, point_len) &&
           copy_field(out->type, sizeof out->type, type, type_len);
}

bool mounts_find(const char *text, long id, struct mount *out)
{
    *out = (struct mount){.point = ""};
    while (*text != '\0') {
        if (strtol(text, NULL, 10) == id)
            return read_line(text, out);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return false;
}

long mounts_id(int fd)
{
    static const char KEY[] = "mnt_id:";
    struct secret text;
    char path[64];
    const char *found;
    long id = -1;

    (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    if (!root_file_read("", path, FDINFO_MAX, &text))
        return -1;
    found = strstr(secret_text(&text), KEY);
    if (found != NULL)
        id = strtol(found + strlen(KEY), NULL, 10);
    secret_free(&text);
    return id;
}

bool mounts_of(int fd, struct mount *out)
{
    const long id = mounts_id(fd);
    struct secret text;
    bool found;

    if (id < 0 || !root_file_read("", "/proc/self/mountinfo", MOUNTINFO_MAX, &text))
        return false;
    found = mounts_find(secret_text(&text), id, out);
    secret_free(&text);
    return found;
}
