// SPDX-License-Identifier: Apache-2.0
/* Is the account refused because logins have failed? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/probe/account_line.h"
#include "platform/linux/probe/faillock_settings.h"
#include "platform/linux/probe/pam_stack.h"
#include "platform/linux/root_file.h"
#include "platform/probe.h"

enum { FILE_MAX = 1024 * 1024 };

/* What a module counts with, and where it is started. */
struct tally {
    const struct probe_subject *subject;
    struct finding *finding;
    struct pam_line line;
    struct faillock_settings settings;
    uid_t uid;
};

static void say(const struct tally *tally, const struct faillock_verdict *verdict)
{
    char left[64] = "until that is reset";

    if (verdict->left_s != 0)
        (void)snprintf(left, sizeof left, "for another %" PRIu64 " min", (verdict->left_s + 59) / 60);
    if (verdict->is_refused)
        finding_fail(tally->finding, "%u failed logins: refused %s (%s:%u)", verdict->failures, left,
                     tally->line.file, tally->line.number);
    else
        finding_ok(tally->finding, "%u failed logins, and not refused (%s:%u)", verdict->failures,
                   tally->line.file, tally->line.number);
}

static void say_unread(const struct tally *tally, const char *path)
{
    if (errno == ENOENT || errno == ENOTDIR)
        finding_ok(tally->finding, "no failed logins (%s:%u)", tally->line.file, tally->line.number);
    else
        finding_skip(tally->finding, "%s cannot be read: %s", path, strerror(errno));
}

/* The command that clears the tally; it has to be told of a place that is not the usual one. */
static void mend(const struct tally *tally, const char *command, const char *option, const char *usual_path)
{
    const char *path = tally->settings.path;
    const bool is_usual = strcmp(path, usual_path) == 0;
    char place[FINDING_WORD_SIZE];
    char name[FINDING_WORD_SIZE];

    if (tally->finding->level == FINDING_FAIL)
        finding_mend(tally->finding, tally->subject->root, "%s%s%s%s --user %s --reset", command,
                     is_usual ? "" : option, is_usual ? "" : " ", is_usual ? "" : finding_word(path, place),
                     finding_word(tally->subject->user, name));
}

/* pam_faillock(8): a file for each account. */
static void judge_faillock(struct tally *tally)
{
    char path[PATH_MAX];
    struct secret records = {0};
    struct faillock_verdict verdict;

    (void)snprintf(path, sizeof path, "%s/%s", tally->settings.path, tally->subject->user);
    if (!root_file_read(tally->subject->root, path, FILE_MAX, &records)) {
        say_unread(tally, path);
        return;
    }
    verdict = faillock_judge(&tally->settings, records.bytes, records.len, tally->uid == 0, host_time_s());
    secret_free(&records);
    say(tally, &verdict);
    mend(tally, "faillock", " --dir", faillock_defaults().path);
}

static void read_config(struct tally *tally)
{
    static const char *const usual[] = {"/etc/security/faillock.conf", "/usr/etc/security/faillock.conf"};
    const char *named = tally->settings.config;
    const char *root = tally->subject->root;
    struct secret text = {0};

    if (named[0] != '\0')
        (void)root_file_read(root, named, FILE_MAX, &text);
    else if (!root_file_read(root, usual[0], FILE_MAX, &text))
        (void)root_file_read(root, usual[1], FILE_MAX, &text);
    faillock_take_config(&tally->settings, &text);
    secret_free(&text);
}

/* Arguments win over the file, which one of them may name. */
static void look_at_faillock(struct tally *tally)
{
    tally->settings = faillock_defaults();
    faillock_take_arguments(&tally->settings, tally->line.arguments);
    read_config(tally);
    faillock_take_arguments(&tally->settings, tally->line.arguments);
    if (tally->subject->root[0] != '\0' && (strncmp(tally->settings.path, "/var/run/", 9) == 0 ||
                                            strncmp(tally->settings.path, "/run/", 5) == 0))
        finding_ok(tally->finding, "failed logins are forgotten at boot (%s:%u)", tally->line.file,
                   tally->line.number);
    else
        judge_faillock(tally);
}

/* pam_tally2(8): one file, in which an account's record stands at its id. */
static void look_at_tally2(struct tally *tally)
{
    unsigned char record[TALLY_RECORD_SIZE] = {0};
    struct faillock_verdict verdict;
    ssize_t got;
    int fd;

    tally->settings = tally2_defaults();
    faillock_take_arguments(&tally->settings, tally->line.arguments);
    fd = root_file_open(tally->subject->root, tally->settings.path, O_RDONLY);
    got = fd >= 0 ? pread(fd, record, sizeof record, (off_t)tally->uid * TALLY_RECORD_SIZE) : -1;
    if (got < 0) {
        say_unread(tally, tally->settings.path);
    } else {
        /* Behind its end are accounts that never failed. */
        verdict = tally2_judge(&tally->settings, record, tally->uid == 0, host_time_s());
        say(tally, &verdict);
        mend(tally, "pam_tally2", " --file", tally2_defaults().path);
    }
    if (fd >= 0)
        (void)close(fd);
}

void probe_faillock(const struct probe_subject *subject, struct finding *finding)
{
    static const char *const services[] = {"login", "sshd"};
    struct tally tally = {.subject = subject, .finding = finding};

    if (!account_line_uid(subject, finding, &tally.uid))
        return;
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (pam_stack_find(subject->root, services[i], "pam_faillock.so", &tally.line)) {
            look_at_faillock(&tally);
            return;
        }
        if (pam_stack_find(subject->root, services[i], "pam_tally2.so", &tally.line)) {
            look_at_tally2(&tally);
            return;
        }
    }
    finding_ok(finding, "failed logins are not counted");
}
