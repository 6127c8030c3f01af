// SPDX-License-Identifier: Apache-2.0
/* Settings for a proxy are told, because people look for them; a reset follows none. Their values may hold a
 * password, and are not shown. */
#include "platform/probe.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "platform/linux/lines.h"
#include "platform/linux/root_dir.h"
#include "platform/linux/root_file.h"

enum { FILE_MAX = 256 * 1024, PLACE_SIZE = 320 };

/* Where the variables of services come from. */
static const char ENVIRONMENT[] = "/etc/environment";
static const char MANAGER[] = "/etc/systemd/system.conf";
static const char MANAGER_DIR[] = "/etc/systemd/system.conf.d";

/* Does a variable of this name get a value in line? */
static bool is_set_in(const char *line, const char *name)
{
    const size_t len = strlen(name);

    for (const char *at = line; (at = strstr(at, name)) != NULL; at += len) {
        const unsigned char before = at == line ? ' ' : (unsigned char)at[-1];

        if (at[len] == '=' && before != '_' && !isalnum(before))
            return true;
    }
    return false;
}

static const char *variable_in(const char *line)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};

    if (strchr("#;", line[strspn(line, " \t")]) != NULL)
        return NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_set_in(line, names[i]))
            return names[i];
    }
    return NULL;
}

static bool find_in_file(const struct probe_subject *subject, const char *path, struct finding *finding)
{
    struct secret text;
    struct lines lines;
    const char *variable = NULL;
    const char *line;

    if (!root_file_read(subject->root, path, FILE_MAX, &text))
        return false;
    lines = lines_of(&text);
    while (variable == NULL && (line = lines_next(&lines)) != NULL)
        variable = variable_in(line);
    if (variable != NULL)
        finding_ok(finding, "%s is set in %s:%u, and not followed", variable, path, lines.number);
    secret_free(&text);
    return variable != NULL;
}

static bool find_in_folder(const struct probe_subject *subject, struct finding *finding)
{
    struct root_dir dir;
    bool is_found = false;

    if (!root_dir_read(subject->root, MANAGER_DIR, ".conf", &dir))
        return false;
    for (size_t i = 0; i < dir.count && !is_found; i++) {
        char path[PLACE_SIZE];

        (void)snprintf(path, sizeof path, "%s/%s", MANAGER_DIR, dir.names[i]);
        is_found = find_in_file(subject, path, finding);
    }
    root_dir_free(&dir);
    return is_found;
}

void probe_proxy(const struct probe_subject *subject, struct finding *finding)
{
    if (subject->root[0] == '\0' && subject->proxy != NULL)
        finding_ok(finding, "%s is set in the environment, and not followed", subject->proxy);
    else if (!find_in_file(subject, ENVIRONMENT, finding) && !find_in_file(subject, MANAGER, finding) &&
             !find_in_folder(subject, finding))
        finding_ok(finding, "none set");
}
