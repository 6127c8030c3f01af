// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/sshd_account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/colon_line.h"
#include "platform/linux/root_file.h"
#include "platform/linux/sshd_line.h"

enum { FILE_MAX = 16 * 1024 * 1024, GROUPS_MAX = 4096, PASSWD_UID = 2, PASSWD_GID, GROUP_GID = 2, MEMBERS };

static bool field_number(const struct secret *text, const struct colon_line *line, size_t index,
                         unsigned long *number)
{
    char *end;

    if (index >= line->count || line->field[index].start == line->field[index].end)
        return false;
    *number = strtoul((const char *)text->bytes + line->field[index].start, &end, 10);
    return end == (const char *)text->bytes + line->field[index].end;
}

/* Names with commas between them. */
static bool is_member(const char *members, size_t len, const char *name)
{
    const char *end = members + len;
    const size_t name_len = strlen(name);

    while (members < end) {
        const char *comma = memchr(members, ',', (size_t)(end - members));
        const size_t one = (size_t)((comma != NULL ? comma : end) - members);

        if (one == name_len && memcmp(members, name, one) == 0)
            return true;
        members += one + 1;
    }
    return false;
}

/* Has the group its name, and nobody else as a member? */
static bool is_own(const struct secret *text, const struct colon_line *line, const char *name)
{
    return colon_line_field_is(text, line, 0, name) &&
           (colon_line_field_is(text, line, MEMBERS, "") || colon_line_field_is(text, line, MEMBERS, name));
}

/* False: there are too many. */
static bool read_groups(const struct secret *text, unsigned long primary, struct sshd_account *account)
{
    struct colon_line line;

    for (size_t at = 0; colon_line_read(text, at, &line); at = line.next) {
        const char *bytes = (const char *)text->bytes;
        unsigned long gid;

        if (line.count <= MEMBERS || !field_number(text, &line, GROUP_GID, &gid))
            continue;
        if (gid != primary && !is_member(bytes + line.field[MEMBERS].start,
                                         line.field[MEMBERS].end - line.field[MEMBERS].start, account->name))
            continue;
        account->has_own_group |= gid == primary && is_own(text, &line, account->name);
        if (!secret_append(&account->groups, bytes + line.field[0].start,
                           line.field[0].end - line.field[0].start) ||
            !secret_append(&account->groups, "", 1))
            return false;
    }
    return true;
}

static bool read_both(const char *root, struct secret *passwd, struct secret *group,
                      struct sshd_account *account)
{
    struct colon_line line;
    unsigned long uid;
    unsigned long gid;

    if (!root_file_read(root, "/etc/passwd", FILE_MAX, passwd) ||
        !colon_line_find(passwd, 0, account->name, &line) || !field_number(passwd, &line, PASSWD_UID, &uid) ||
        !field_number(passwd, &line, PASSWD_GID, &gid))
        return false;
    account->is_superuser = uid == 0;
    if (secret_alloc(&account->groups, GROUPS_MAX) != STATUS_OK)
        return false;
    return root_file_read(root, "/etc/group", FILE_MAX, group) ? read_groups(group, gid, account)
                                                               : errno == ENOENT;
}

bool sshd_account_read(const char *root, const char *name, struct sshd_account *account)
{
    struct secret passwd = {0};
    struct secret group = {0};
    bool done;

    *account = (struct sshd_account){0};
    (void)snprintf(account->name, sizeof account->name, "%s", name);
    done = read_both(root, &passwd, &group, account);
    secret_free(&group);
    secret_free(&passwd);
    return done;
}

void sshd_account_free(struct sshd_account *account)
{
    secret_free(&account->groups);
}

bool sshd_account_in_group(const struct sshd_account *account, const char *pattern)
{
    const char *group = secret_text(&account->groups);

    for (; *group != '\0'; group += strlen(group) + 1) {
        if (sshd_pattern_matches(pattern, group))
            return true;
    }
    return false;
}

bool sshd_account_in_groups(const struct sshd_account *account, const char *list)
{
    const char *group = secret_text(&account->groups);
    bool found = false;

    for (; *group != '\0'; group += strlen(group) + 1) {
        int matches = sshd_pattern_list_matches(list, group);

        if (matches < 0)
            return false;
        found |= matches > 0;
    }
    return found;
}
