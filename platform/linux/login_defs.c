// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/login_defs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/read_file.h"

enum { FILE_MAX = 1024 * 1024 };

static const char BLANKS[] = " \t\"";

static unsigned long parse_number(const char *value, size_t len)
{
    char text[16];
    char *end;
    unsigned long number;

    if (len == 0 || len >= sizeof text || !isdigit((unsigned char)*value))
        return 0;
    (void)snprintf(text, sizeof text, "%.*s", (int)len, value);
    number = strtoul(text, &end, 10);
    return *end == '\0' ? number : 0;
}

/* One item: a name, blanks or a quote, a value up to the next blank or quote. */
static void parse_item(struct login_defs *defs, const char *name, size_t name_len, const char *value,
                       size_t value_len)
{
    const struct {
        const char *name;
        unsigned long *number;
    } numbers[] = {
        {"SHA_CRYPT_MIN_ROUNDS", &defs->sha_crypt_min_rounds},
        {"SHA_CRYPT_MAX_ROUNDS", &defs->sha_crypt_max_rounds},
        {"YESCRYPT_COST_FACTOR", &defs->yescrypt_cost_factor},
        {"BCRYPT_MIN_ROUNDS", &defs->bcrypt_min_rounds},
        {"BCRYPT_MAX_ROUNDS", &defs->bcrypt_max_rounds},
    };
    static const char METHOD[] = "ENCRYPT_METHOD";

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (name_len == strlen(numbers[i].name) && strncmp(name, numbers[i].name, name_len) == 0)
            *numbers[i].number = parse_number(value, value_len);
    }
    if (name_len == strlen(METHOD) && strncmp(name, METHOD, name_len) == 0 &&
        value_len <= LOGIN_DEFS_METHOD_MAX) {
        (void)snprintf(defs->encrypt_method, sizeof defs->encrypt_method, "%.*s", (int)value_len, value);
        defs->method_line = defs->lines;
    }
}

static void parse_line(struct login_defs *defs, const char *line, size_t len)
{
    const char *end = line + len;
    const char *name;
    const char *value;
    size_t name_len = 0;
    size_t value_len = 0;

    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    name = line;
    while (line < end && strchr(BLANKS, *line) == NULL) {
        name_len++;
        line++;
    }
    while (line < end && strchr(BLANKS, *line) != NULL)
        line++;
    value = line;
    while (line < end && strchr(BLANKS, *line) == NULL && *line != '\r') {
        value_len++;
        line++;
    }
    if (name_len > 0 && *name != '#')
        parse_item(defs, name, name_len, value, value_len);
}

struct login_defs login_defs_parse(const char *text)
{
    struct login_defs defs = {0};

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");

        defs.lines++;
        parse_line(&defs, text, len);
        text += len + (text[len] == '\n');
    }
    return defs;
}

struct login_defs login_defs_read(int etc_fd)
{
    struct secret text = {0};
    const char *name = read_file_either(etc_fd, "login.defs", "../usr/etc/login.defs", FILE_MAX, &text);
    struct login_defs defs = login_defs_parse(secret_text(&text));

    if (name != NULL)
        defs.path = name[0] == '.' ? "/usr/etc/login.defs" : "/etc/login.defs";
    secret_free(&text);
    return defs;
}
