// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/selinux.h"

#include <ctype.h>
#include <regex.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Policies have some three lines that may mean one file of /etc. */
enum { PATTERN_MAX = 127, TRIES_MAX = 200 };

static const char BLANKS[] = " \t";
static const char SPECIAL[] = ".^$?*+|[({";

/* Copies a word of letters, digits and the like; false, and "", when it is none. */
static bool copy_word(char out[SELINUX_WORD_MAX + 1], const char *word, size_t len)
{
    bool good = len > 0 && len <= SELINUX_WORD_MAX;

    out[0] = '\0';
    for (size_t i = 0; good && i < len; i++)
        good = isalnum((unsigned char)word[i]) || word[i] == '_' || word[i] == '-';
    if (good) {
        memcpy(out, word, len);
        out[len] = '\0';
    }
    return good;
}

bool selinux_setting(const char *config, const char *key, char value[SELINUX_WORD_MAX + 1])
{
    const size_t key_len = strlen(key);

    value[0] = '\0';
    while (*config != '\0') {
        const char *line = config + strspn(config, BLANKS);

        if (strncmp(line, key, key_len) == 0 && line[key_len] == '=') {
            line += key_len + 1;
            return copy_word(value, line, strcspn(line, " \t\r\n"));
        }
        config += strcspn(config, "\n");
        config += *config == '\n';
    }
    return false;
}

bool selinux_type(const char *label, char type[SELINUX_WORD_MAX + 1])
{
    type[0] = '\0';
    for (int i = 0; i < 2; i++) {
        label += strcspn(label, ":\n");
        if (*label != ':')
            return false;
        label++;
    }
    return copy_word(type, label, strcspn(label, ": \t\r\n"));
}

/* The next word of a line; *len is its length, 0 at the end. */
static const char *next_word(const char *at, size_t *len)
{
    at += strspn(at, BLANKS);
    *len = strcspn(at, " \t\r\n");
    return at;
}

/* Is it an anchor, or refers it to what was matched? Neither does the '^' of "[^/]". */
static bool is_anchor(const char *at)
{
    if (*at == '\\')
        return isalnum((unsigned char)at[1]) || strchr("<>`'[", at[1]) != NULL;
    return *at == '$' || (*at == '^' && at[-1] != '[');
}

/* Could a regex library take long, or much memory? It copies what stands before a count or a '+', and what
 * follows an anchor. The pattern begins with a folder; see is_near(). */
static bool is_costly(const char *pattern, size_t len)
{
    size_t doublings = 0;

    for (size_t i = 0; i < len; i++) {
        if (pattern[i] == '{' || is_anchor(pattern + i))
            return true;
        doublings += pattern[i] == '+';
    }
    return len > PATTERN_MAX || doublings > 1;
}

/* Could the pattern mean path? It does not begin with another one. ('?' takes back the character before.) */
static bool is_near(const char *pattern, size_t len, const char *path)
{
    const size_t plain = strcspn(pattern, SPECIAL);
    const char *name = strrchr(path, '/');

    if (plain >= len)
        return strlen(path) == len && strncmp(pattern, path, len) == 0;
    return name != NULL && plain > (size_t)(name - path) && strncmp(pattern, path, plain - 1) == 0;
}

/* A pattern is a whole path. */
static bool matches(const char *pattern, size_t len, const char *path, unsigned *tries)
{
    char whole[PATTERN_MAX + sizeof "^()$"];
    regex_t regex;
    bool result;

    if (!is_near(pattern, len, path) || is_costly(pattern, len))
        return false;
    (*tries)++;
    (void)snprintf(whole, sizeof whole, "^(%.*s)$", (int)len, pattern);
    if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    result = regexec(&regex, path, 0, NULL, 0) == 0;
    regfree(&regex);
    return result;
}

bool selinux_wanted_type(const char *contexts, const char *path, char type[SELINUX_WORD_MAX + 1])
{
    bool has_exact = false;
    unsigned tries = 0;

    type[0] = '\0';
    while (*contexts != '\0') {
        size_t len;
        size_t word_len;
        const char *pattern = next_word(contexts, &len);
        const char *word = next_word(pattern + len, &word_len);
        const bool is_exact = strcspn(pattern, SPECIAL) >= len;
        bool is_for_files = true; /* "--"; "-d" is for folders */

        if (word_len == 2 && word[0] == '-') {
            is_for_files = word[1] == '-';
            word = next_word(word + word_len, &word_len);
        }
        if (is_for_files && (is_exact || !has_exact) && tries < TRIES_MAX &&
            matches(pattern, len, path, &tries)) {
            (void)selinux_type(word, type);
            has_exact = is_exact;
        }
        contexts += strcspn(contexts, "\n");
        contexts += *contexts == '\n';
    }
    return type[0] != '\0';
}
