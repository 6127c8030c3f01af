// SPDX-License-Identifier: Apache-2.0
/* What the files of SELinux say: selinux_config(5) and file_contexts(5). Pure. */
#ifndef PLATFORM_LINUX_SELINUX_H
#define PLATFORM_LINUX_SELINUX_H

#include <stdbool.h>

enum { SELINUX_WORD_MAX = 63 };

/* The value of a key of /etc/selinux/config. False, and "", when it is not there or too long. */
bool selinux_setting(const char *config, const char *key, char value[SELINUX_WORD_MAX + 1]);

/* The type in a label: "shadow_t" in "system_u:object_r:shadow_t:s0". False, and "", when there is none. */
bool selinux_type(const char *label, char type[SELINUX_WORD_MAX + 1]);

/*
 * The type that a text of file_contexts(5) wants for the regular file path: that of the last line which is
 * the path itself, or else of the last one which matches it. False, and "", when there is none. What would
 * take a regex library long is passed over.
 */
bool selinux_wanted_type(const char *contexts, const char *path, char type[SELINUX_WORD_MAX + 1]);

#endif
