// SPDX-License-Identifier: Apache-2.0
/* May the account log in at all? */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/linux/hash.h"
#include "platform/linux/probe/account_line.h"
#include "platform/linux/root_file.h"
#include "platform/linux/shadow_edit.h"
#include "platform/probe.h"

/* hash is what stands in the place of one; nothing of it may be shown but the marks before it. */
static void judge_hash(const struct probe_subject *subject, const char *hash, struct finding *finding)
{
    char name[FINDING_WORD_SIZE];
    const size_t marks = strspn(hash, "!");

    if (hash[0] == '\0') {
        finding_warn(finding, "has no password at all: whoever can reach a login needs none");
        finding_mend(finding, subject->root, "passwd %s", finding_word(subject->user, name));
    } else if (hash[marks] == '\0' || hash[marks] == '*') {
        finding_ok(finding, "has never had a password (%.*s): a reset sets one", (int)(marks < 2 ? 1 : 2),
                   hash);
    } else if (marks > 0) {
        finding_ok(finding, "locked (%.*s): a reset unlocks it", (int)(marks < 2 ? 1 : 2), hash);
    } else {
        finding_ok(finding, "not locked");
    }
}

void probe_locked(const struct probe_subject *subject, struct finding *finding)
{
    struct account_line line;
    char hash[HASH_SIZE];

    if (!account_line_in_shadow(subject, finding, &line))
        return;
    if (colon_line_copy(&line.text, &line.at, SHADOW_HASH, hash, sizeof hash))
        judge_hash(subject, hash, finding);
    else
        finding_ok(finding, "what stands for its password is none: a reset sets one");
    account_line_free(&line);
}

/* What is wrong with a shell; NULL for nothing. */
static const char *flaw(const struct probe_subject *subject, const char *shell)
{
    static const char *const refusals[] = {"nologin", "false", "true"};
    const char *slash = strrchr(shell, '/');
    struct stat is;

    if (slash == NULL)
        return "is no path";
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (strcmp(slash + 1, refusals[i]) == 0)
            return "lets nobody in";
    }
    if (!root_file_stat(subject->root, shell, &is))
        return "is not there";
    if (!S_ISREG(is.st_mode) || (is.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
        return "is no program";
    return NULL;
}

static void mend_shell(const struct probe_subject *subject, struct finding *finding)
{
    static const char *const shells[] = {"/bin/bash", "/bin/sh"};
    char name[FINDING_WORD_SIZE];

    if (!root_file_program(subject->root, "usermod"))
        return;
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (flaw(subject, shells[i]) == NULL) {
            finding_mend(finding, subject->root, "usermod -s %s %s", shells[i],
                         finding_word(subject->user, name));
            return;
        }
    }
}

void probe_shell(const struct probe_subject *subject, struct finding *finding)
{
    char shell[PATH_MAX];
    struct account_line line;
    const char *wrong;

    if (!account_line_in_passwd(subject, finding, &line))
        return;
    /* As login(1) and sshd(8) have it where the field is missing or empty. */
    if (!colon_line_copy(&line.text, &line.at, PASSWD_SHELL, shell, sizeof shell) || shell[0] == '\0')
        memcpy(shell, "/bin/sh", sizeof "/bin/sh");
    wrong = flaw(subject, shell);
    if (wrong == NULL) {
        finding_ok(finding, "%s", shell);
    } else {
        finding_fail(finding, "%s %s (/etc/passwd:%u)", shell, wrong, account_line_number(&line));
        mend_shell(subject, finding);
    }
    account_line_free(&line);
}

/* The file by which pam_nologin(8) is told to let nobody in but root; NULL when there is none. */
static const char *nologin_file(const struct probe_subject *subject)
{
    /* Those of the system that runs mean nothing to one in a folder. */
    static const char *const paths[] = {"/etc/nologin", "/run/nologin", "/var/run/nologin"};
    const size_t count = subject->root[0] == '\0' ? sizeof paths / sizeof paths[0] : 1;

    for (size_t i = 0; i < count; i++) {
        if (root_file_exists(subject->root, paths[i]))
            return paths[i];
    }
    return NULL;
}

void probe_nologin(const struct probe_subject *subject, struct finding *finding)
{
    const char *path = nologin_file(subject);
    uid_t uid;

    if (path == NULL) {
        finding_ok(finding, "no file keeps users out");
    } else if (account_line_uid(subject, finding, &uid)) {
        if (uid == 0) {
            finding_ok(finding, "%s keeps users out, but not root", path);
            return;
        }
        finding_fail(finding, "%s keeps all out but root%s", path,
                     strcmp(path, "/etc/nologin") == 0 ? "" : ", as while the system starts or shuts down");
        finding_mend(finding, subject->root, "rm %s", path);
    }
}
