// SPDX-License-Identifier: Apache-2.0
/* Names of terminals, as they stand in /dev; and those of them that are the kernel's consoles. */
#ifndef PLATFORM_LINUX_PROBE_CONSOLE_LINES_H
#define PLATFORM_LINUX_PROBE_CONSOLE_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { CONSOLE_NAME_MAX = 15, CONSOLE_LINES_MAX = 8 };

/* Each name once; those beyond the last place are passed over. A zeroed struct is an empty one. */
struct console_lines {
    char names[CONSOLE_LINES_MAX][CONSOLE_NAME_MAX + 1];
    size_t count;
};

bool console_lines_have(const struct console_lines *lines, const char *name);

/* Adds the letters and digits at name: "ttyS0" of "ttyS0,115200n8". */
void console_lines_add(struct console_lines *lines, const char *name);

/* Is it a screen? tty0 is whichever is seen. */
bool console_is_screen(const char *name);

/*
 * Adds those that the kernel is told to use by "console=": the one that runs, where root is "", else any that
 * a boot loader knows.
 */
void console_lines_add_told(const char *root, struct console_lines *lines);

/* Adds those that the kernel which runs uses. False, and none is added, where that cannot be known. */
bool console_lines_add_used(const char *root, struct console_lines *lines);

#endif
