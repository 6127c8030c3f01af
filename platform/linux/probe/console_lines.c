// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/probe/console_lines.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "platform/linux/boot.h"
#include "platform/linux/root_dir.h"
#include "platform/linux/root_file.h"

enum { FILE_MAX = 256 * 1024 };

bool console_lines_have(const struct console_lines *lines, const char *name)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (strcmp(lines->names[i], name) == 0)
            return true;
    }
    return false;
}

void console_lines_add(struct console_lines *lines, const char *name)
{
    char line[CONSOLE_NAME_MAX + 1];
    size_t len = 0;

    while (len < CONSOLE_NAME_MAX && isalnum((unsigned char)name[len])) {
        line[len] = name[len];
        len++;
    }
    line[len] = '\0';
    if (len > 0 && lines->count < CONSOLE_LINES_MAX && !console_lines_have(lines, line))
        memcpy(lines->names[lines->count++], line, len + 1);
}

bool console_is_screen(const char *name)
{
    return strncmp(name, "tty", 3) == 0 && isdigit((unsigned char)name[3]);
}

/* Those that a file has behind "console=", which may stand in quotes; "netconsole=" is another word. */
static void add_words(const char *root, const char *path, struct console_lines *lines)
{
    static const char WORD[] = "console=";
    struct secret text;
    const char *start;

    if (!root_file_read(root, path, FILE_MAX, &text))
        return;
    start = secret_text(&text);
    for (const char *at = start; (at = strstr(at, WORD)) != NULL; at += sizeof WORD - 1) {
        if (at == start || strchr(" \t\n\"'", at[-1]) != NULL)
            console_lines_add(lines, at + sizeof WORD - 1);
    }
    secret_free(&text);
}

void console_lines_add_told(const char *root, struct console_lines *lines)
{
    static const char ENTRIES[] = "/boot/loader/entries";
    static const char *const paths[] = {"/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/etc/default/grub"};
    struct root_dir entries;
    char path[BOOT_PATH_MAX + 1];

    if (root[0] == '\0') {
        add_words(root, "/proc/cmdline", lines);
        return;
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        add_words(root, paths[i], lines);
    if (!root_dir_read(root, ENTRIES, ".conf", &entries))
        return;
    for (size_t i = 0; i < entries.count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", ENTRIES, entries.names[i]);
        add_words(root, path, lines);
    }
    root_dir_free(&entries);
}

/* A device that it is told of may not be there; and without a word firmware may name one. */
bool console_lines_add_used(const char *root, struct console_lines *lines)
{
    struct secret text;
    char *rest;

    if (root[0] != '\0' || !root_file_read(root, "/sys/class/tty/console/active", FILE_MAX, &text))
        return false;
    rest = (char *)text.bytes;
    for (const char *name; (name = strsep(&rest, " \n")) != NULL;)
        console_lines_add(lines, name);
    secret_free(&text);
    return true;
}
