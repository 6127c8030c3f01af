// SPDX-License-Identifier: Apache-2.0
#include "agent/finding.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/text.h"

static void set(struct finding *finding, enum finding_level level, const char *format, va_list arguments)
{
    finding->level = level;
    finding->mend[0] = '\0';
    (void)vsnprintf(finding->found, sizeof finding->found, format, arguments);
    text_make_printable(finding->found);
}

void finding_ok(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_OK, format, arguments);
    va_end(arguments);
}

void finding_warn(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_WARN, format, arguments);
    va_end(arguments);
}

void finding_fail(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_FAIL, format, arguments);
    va_end(arguments);
}

void finding_skip(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_SKIP, format, arguments);
    va_end(arguments);
}

static bool is_safe(const char *text)
{
    static const char SAFE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,=-";

    return *text != '\0' && strspn(text, SAFE) == strlen(text);
}

/* A quote ends the quotes, stands behind a backslash, and begins them again. */
const char *finding_word(const char *text, char out[FINDING_WORD_SIZE])
{
    size_t len = 0;

    if (is_safe(text) && strlen(text) < FINDING_WORD_SIZE)
        return memcpy(out, text, strlen(text) + 1);
    out[len++] = '\'';
    for (; *text != '\0' && len + 6 <= FINDING_WORD_SIZE; text++) {
        const char *piece = *text == '\'' ? "'\\''" : (const char[]){*text, '\0'};

        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
    out[len++] = '\'';
    out[len] = '\0';
    return *text == '\0' ? out : memcpy(out, "''", sizeof "''");
}

/* For chroot(8), which starts a program: what only a shell understands needs one. */
static bool needs_shell(const char *command)
{
    return strpbrk(command, ">|&;<$*'\"") != NULL;
}

static int in_root(char out[FINDING_MEND_MAX + 1], const char *root, const char *command)
{
    char place[FINDING_WORD_SIZE];
    char quoted[FINDING_WORD_SIZE];

    (void)finding_word(root, place);
    if (!needs_shell(command))
        return snprintf(out, FINDING_MEND_MAX + 1, "chroot %s %s", place, command);
    (void)finding_word(command, quoted);
    if (strcmp(quoted, "''") == 0)
        return -1;
    return snprintf(out, FINDING_MEND_MAX + 1, "chroot %s sh -c %s", place, quoted);
}

void finding_mend(struct finding *finding, const char *root, const char *format, ...)
{
    char command[FINDING_MEND_MAX + 1];
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (len > 0 && len <= FINDING_MEND_MAX)
        len = root[0] == '\0' || strcmp(root, "/") == 0
                  ? snprintf(finding->mend, sizeof finding->mend, "%s", command)
                  : in_root(finding->mend, root, command);
    if (len <= 0 || len > FINDING_MEND_MAX || !text_is_printable(finding->mend))
        finding->mend[0] = '\0';
}
