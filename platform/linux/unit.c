// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/unit.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/lines.h"
#include "platform/linux/root_dir.h"
#include "platform/linux/root_file.h"

enum { UNIT_MAX = 65536, ADDRESS_MAX = 64 };

/* Is the host, an address, in a block such as "169.254.0.0/16"? A name is in none. */
static bool is_within(const char *block, const char *host)
{
    const int family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET;
    const unsigned long bits_max = family == AF_INET6 ? 128 : 32;
    unsigned long bits = bits_max;
    unsigned char begin[sizeof(struct in6_addr)];
    unsigned char address[sizeof(struct in6_addr)];
    char prefix[ADDRESS_MAX] = "";
    char *slash;

    (void)snprintf(prefix, sizeof prefix, "%s", block);
    slash = strchr(prefix, '/');
    if (slash != NULL) {
        bits = strtoul(slash + 1, NULL, 10);
        *slash = '\0';
    }
    if (inet_pton(family, host, address) != 1 || inet_pton(family, prefix, begin) != 1 || bits > bits_max)
        return false;
    for (unsigned long i = 0; i < bits; i++)
        if ((((unsigned)begin[i / 8] ^ address[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

/* Is it in a block, or in what systemd has a name for? */
static bool covers(const char *text, const char *host)
{
    static const char *const names[][3] = {{"link-local", "169.254.0.0/16", "fe80::/64"},
                                           {"localhost", "127.0.0.0/8", "::1/128"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i][0]) == 0)
            return is_within(names[i][1], host) || is_within(names[i][2], host);
    return strcmp(text, "any") == 0 || is_within(text, host);
}

static bool any_covers(const char *list, const char *host)
{
    char words[BOOT_PATH_MAX + 1];
    char *rest = words;
    char *word;

    (void)snprintf(words, sizeof words, "%s", list);
    while ((word = strsep(&rest, " \t,")) != NULL)
        if (covers(word, host))
            return true;
    return false;
}

static void take_program(struct unit *unit, const char *value, const char *file)
{
    char word[BOOT_PATH_MAX + 1];

    value += strspn(value, "@-:+!|\"'");
    (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(value, " \t\"'"), value);
    /* An empty one is there to undo what stood before it. */
    memcpy(unit->program, word[0] == '/' ? word : "", word[0] == '/' ? strlen(word) + 1 : 1);
    (void)snprintf(unit->file, sizeof unit->file, "%s", file);
}

/* The first list says whether all that it does not name is shut off; those behind it change it. */
static void take_families(struct unit *unit, const char *value)
{
    const bool names_ipv6 = strstr(value, "AF_INET6") != NULL;

    if (*value == '~')
        unit->lacks_ipv6 |= names_ipv6;
    else if (*value == '\0' || names_ipv6)
        unit->lacks_ipv6 = false;
    else if (!unit->has_families)
        unit->lacks_ipv6 = true;
    unit->has_families = *value != '\0';
}

static void take_line(struct unit *unit, const char *line, const char *file, const char *host)
{
    static const char *const starts[] = {"ExecStart", "program", "command"};
    const char *value;

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if ((value = lines_value(line, starts[i], '=')) != NULL)
            take_program(unit, value, file);
    /* Lists grow; an empty one begins anew. */
    if ((value = lines_value(line, "IPAddressDeny", '=')) != NULL)
        unit->denies = *value != '\0' && (unit->denies || any_covers(value, host));
    if ((value = lines_value(line, "IPAddressAllow", '=')) != NULL)
        unit->allows = *value != '\0' && (unit->allows || any_covers(value, host));
    if ((value = lines_value(line, "RestrictAddressFamilies", '=')) != NULL)
        take_families(unit, value);
}

static void take_file(struct unit *unit, const char *root, const char *file, const char *host)
{
    struct secret text;
    struct lines lines;

    if (!root_file_read(root, file, UNIT_MAX, &text))
        return;
    lines = lines_of(&text);
    for (const char *line; (line = lines_next(&lines)) != NULL;)
        take_line(unit, line, file, host);
    secret_free(&text);
}

static void take_drop_ins(struct unit *unit, const char *root, const char *folder, const char *host)
{
    struct root_dir names;

    if (!root_dir_read(root, folder, ".conf", &names))
        return;
    for (size_t i = 0; i < names.count; i++) {
        char file[BOOT_PATH_MAX + 1];

        if (snprintf(file, sizeof file, "%s/%s", folder, names.names[i]) <= BOOT_PATH_MAX)
            take_file(unit, root, file, host);
    }
    root_dir_free(&names);
}

struct unit unit_read(const char *root, const struct boot_service *service, const char *host)
{
    const bool is_unit = strchr(service->name, '.') != NULL;
    struct unit unit = {0};
    size_t dirs = 0;

    take_file(&unit, root, service->file, host);
    while (is_unit && boot_unit_dirs[dirs] != NULL)
        dirs++;
    /* Those of the administrator come last and win. */
    while (dirs-- > 0) {
        char folder[BOOT_PATH_MAX + 1];

        if (snprintf(folder, sizeof folder, "%s/%s.d", boot_unit_dirs[dirs], service->name) <= BOOT_PATH_MAX)
            take_drop_ins(&unit, root, folder, host);
    }
    return unit;
}
