// SPDX-License-Identifier: Apache-2.0
/* A line of sshd_config(5), and its patterns. Pure. */
#ifndef PLATFORM_LINUX_SSHD_LINE_H
#define PLATFORM_LINUX_SSHD_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { SSHD_WORDS_MAX = 128 };

/*
 * Takes apart a line, in its place: a keyword and its words, without their quotes, up to a comment. Returns
 * how many there are; 0 also for a line that sshd would not take.
 */
size_t sshd_line_split(char *line, char *words[SSHD_WORDS_MAX]);

/* '*' and '?' stand for any characters, and for one. */
bool sshd_pattern_matches(const char *pattern, const char *text);

/* Patterns with commas between them: 1 when one matches, -1 when one does that stands behind a '!', else 0.
 */
int sshd_pattern_list_matches(const char *list, const char *text);

#endif
