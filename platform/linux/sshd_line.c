// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/sshd_line.h"

#include <string.h>

static const char BLANKS[] = " \t\r\n\f";

/* One word, moved to where it began as quotes and backslashes vanish. Returns what follows; NULL when a quote
 * has no end. */
static char *unquote(char *from)
{
    char *to = from;
    char quote = '\0';

    for (; *from != '\0' && (quote != '\0' || strchr(" \t", *from) == NULL); from++) {
        if (*from == '\\' && from[1] != '\0' &&
            (strchr("'\"\\", from[1]) != NULL || (quote == '\0' && from[1] == ' ')))
            *to++ = *++from;
        else if (quote == '\0' && (*from == '"' || *from == '\''))
            quote = *from;
        else if (quote != '\0' && *from == quote)
            quote = '\0';
        else
            *to++ = *from;
    }
    if (*from != '\0')
        from++;
    *to = '\0';
    return quote == '\0' ? from : NULL;
}

/* The keyword, maybe in quotes, and one '=' with blanks around it. Returns what follows. */
static char *take_keyword(char **line)
{
    bool has_sign = false;
    bool is_quoted;
    char *end;

    *line += strspn(*line, BLANKS);
    is_quoted = **line == '"';
    *line += is_quoted;
    end = *line + strcspn(*line, is_quoted ? "\"" : " \t\"=");
    if (is_quoted && *end == '"')
        *end++ = '\0';
    while (*end == ' ' || *end == '\t' || (*end == '=' && !has_sign)) {
        has_sign |= *end == '=';
        *end++ = '\0';
    }
    return end;
}

size_t sshd_line_split(char *line, char *words[SSHD_WORDS_MAX])
{
    size_t len = strlen(line);
    size_t count = 1;
    char *at;

    while (len > 0 && strchr(BLANKS, line[len - 1]) != NULL)
        line[--len] = '\0';
    at = take_keyword(&line);
    words[0] = line;
    if (*line == '\0' || *line == '#')
        return 0;
    for (;;) {
        at += strspn(at, " \t");
        if (*at == '\0' || *at == '#' || count == SSHD_WORDS_MAX)
            return count;
        words[count++] = at;
        at = unquote(at);
        if (at == NULL)
            return 0;
    }
}

/* Goes back to the last star, which then stands for one character more. */
bool sshd_pattern_matches(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *resume = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

int sshd_pattern_list_matches(const char *list, const char *text)
{
    char pattern[1024];
    int matches = 0;

    while (*list != '\0') {
        const bool is_negated = *list == '!';
        const char *start = list + is_negated;
        const size_t len = strcspn(start, ",");

        if (len >= sizeof pattern)
            return 0; /* so says sshd, too */
        memcpy(pattern, start, len);
        pattern[len] = '\0';
        if (sshd_pattern_matches(pattern, text)) {
            if (is_negated)
                return -1;
            matches = 1;
        }
        list = start + len + (start[len] == ',');
    }
    return matches;
}
