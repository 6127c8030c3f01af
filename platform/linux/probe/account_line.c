// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/probe/account_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/root_file.h"
#include "platform/linux/shadow_edit.h"

enum { FILE_MAX = 16 * 1024 * 1024, NUMBER_SIZE = 16 };

static bool read_it(const struct probe_subject *subject, const char *path, struct finding *finding,
                    struct account_line *line)
{
    *line = (struct account_line){0};
    if (root_file_read(subject->root, path, FILE_MAX, &line->text))
        return true;
    finding_skip(finding, "%s cannot be read: %s", path, strerror(errno));
    return false;
}

static bool miss(const struct probe_subject *subject, const char *path, struct finding *finding,
                 struct account_line *line)
{
    account_line_free(line);
    finding_skip(finding, "%s has no good line for %s", path, subject->user);
    return false;
}

bool account_line_in_passwd(const struct probe_subject *subject, struct finding *finding,
                            struct account_line *line)
{
    static const char PATH[] = "/etc/passwd";

    if (!read_it(subject, PATH, finding, line))
        return false;
    return colon_line_find(&line->text, 0, subject->user, &line->at) || miss(subject, PATH, finding, line);
}

bool account_line_in_shadow(const struct probe_subject *subject, struct finding *finding,
                            struct account_line *line)
{
    static const char PATH[] = "/etc/shadow";

    if (!read_it(subject, PATH, finding, line))
        return false;
    return shadow_find(&line->text, subject->user, &line->at) == STATUS_OK ||
           miss(subject, PATH, finding, line);
}

unsigned account_line_number(const struct account_line *line)
{
    unsigned number = 1;

    for (size_t i = 0; i < line->at.field[0].start; i++)
        number += line->text.bytes[i] == '\n';
    return number;
}

bool account_line_uid(const struct probe_subject *subject, struct finding *finding, uid_t *uid)
{
    char digits[NUMBER_SIZE];
    struct account_line line;
    bool is_number;

    if (!account_line_in_passwd(subject, finding, &line))
        return false;
    is_number = colon_line_copy(&line.text, &line.at, PASSWD_UID, digits, sizeof digits) &&
                digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits);
    if (is_number)
        *uid = (uid_t)strtoul(digits, NULL, 10);
    else
        finding_skip(finding, "/etc/passwd:%u gives %s no number", account_line_number(&line), subject->user);
    account_line_free(&line);
    return is_number;
}

void account_line_free(struct account_line *line)
{
    secret_free(&line->text);
}
