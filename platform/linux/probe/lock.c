// SPDX-License-Identifier: Apache-2.0
/* The lock of the password files, and what programs that were interrupted left beside them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/process.h"
#include "platform/linux/root_file.h"
#include "platform/probe.h"

enum {
    PATIENCE_MS = 1000,
    INTERVAL_MS = 100,
    RESET_WAITS_S = 15, /* see shadow_file.c */
    FORGOTTEN_S = 60,   /* no program holds the lock that long, but an editor */
    PID_FILE_MAX = 32,
    CLOCK_SLACK_S = 2,
    LIST_SIZE = 160
};

static const char LOCK[] = "/etc/.pwd.lock";
static const char TEMPORARY[] = "/etc/.shadow.resetpwd-agent";

/* A lock file of shadow-utils with a process number in it: is there a process that may have made it? */
static bool is_in_use(const char *root, const char *path, const struct stat *is)
{
    struct process process;
    struct secret text;
    long pid;

    if (root[0] != '\0' || !root_file_read(root, path, PID_FILE_MAX, &text))
        return false;
    pid = strtol(secret_text(&text), NULL, 10);
    secret_free(&text);
    /* A process that is younger than the file has got the number of one that is gone. */
    return process_read(pid, &process) && host_time_s() - process.age_s <= is->st_mtime + CLOCK_SLACK_S;
}

/* They do not keep a reset from working, but passwd, usermod and useradd. */
static bool find_left_locks(const struct probe_subject *subject, struct finding *finding)
{
    static const char *const paths[] = {"/etc/passwd.lock", "/etc/shadow.lock", "/etc/group.lock",
                                        "/etc/gshadow.lock"};
    char list[LIST_SIZE] = "";
    struct stat is;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        size_t len = strlen(list);

        if (root_file_stat(subject->root, paths[i], &is) && !is_in_use(subject->root, paths[i], &is))
            (void)snprintf(list + len, sizeof list - len, " %s", paths[i]);
    }
    if (list[0] == '\0')
        return false;
    finding_warn(finding, "left over, passwd and usermod may refuse to work:%s", list);
    finding_mend(finding, subject->root, "rm -r%s", list);
    return true;
}

/* Is it held now, and by whom? 0 where that is not told. */
static bool is_held(int fd, long *pid)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    /* Linux before 3.15 knows the older kind only. */
    if ((fcntl(fd, F_OFD_GETLK, &whole) != 0 && (errno != EINVAL || fcntl(fd, F_GETLK, &whole) != 0)) ||
        whole.l_type == F_UNLCK)
        return false;
    *pid = whole.l_pid > 0 ? whole.l_pid : 0;
    return true;
}

/* Is it held for longer than the moment that changing a password takes? */
static bool stays_held(int fd, int64_t deadline_ms, long *pid)
{
    const int64_t end_ms = host_now_ms() + PATIENCE_MS;

    while (is_held(fd, pid)) {
        if (host_now_ms() >= end_ms || host_now_ms() >= deadline_ms ||
            host_wait(INTERVAL_MS, false) == HOST_STOP)
            return true;
    }
    return false;
}

static void say_holder(const struct process *holder, struct finding *finding)
{
    const bool is_editor = strcmp(holder->name, "vipw") == 0 || strcmp(holder->name, "vigr") == 0;

    if (holder->age_s < RESET_WAITS_S) {
        finding_warn(finding, "%s is held by %s (pid %ld): a reset waits %d s for it", LOCK, holder->name,
                     holder->pid, RESET_WAITS_S);
        return;
    }
    finding_fail(finding, "%s is held by %s (pid %ld), which has been running for %lld s", LOCK, holder->name,
                 holder->pid, (long long)holder->age_s);
    /* What somebody is writing is not to be lost, nor the system. */
    if (holder->age_s >= FORGOTTEN_S && !is_editor && holder->pid > 1)
        finding_mend(finding, "", "kill %ld", holder->pid);
}

/* Nothing is said where it is free. */
static void judge_lock(int fd, int64_t deadline_ms, struct finding *finding)
{
    struct process holder;
    struct stat is;
    long pid = 0;

    if (!stays_held(fd, deadline_ms, &pid))
        return;
    if (pid == 0 && fstat(fd, &is) == 0)
        pid = process_with_lock(strrchr(LOCK, '/'), &is, deadline_ms);
    if (pid != 0 && process_read(pid, &holder))
        say_holder(&holder, finding);
    else
        finding_warn(finding,
                     "%s is held by a process that cannot be seen from here: a reset waits %d s for it", LOCK,
                     RESET_WAITS_S);
}

/* What a reset makes itself, but not in the place of something else. */
static bool is_in_the_way(const struct probe_subject *subject, const char *path, bool is_file_wanted,
                          struct finding *finding)
{
    int fd = root_file_open(subject->root, path, O_PATH | O_NOFOLLOW);
    bool result = false;
    struct stat is;

    if (fd < 0)
        return false;
    if (fstat(fd, &is) == 0)
        result = is_file_wanted ? !S_ISREG(is.st_mode) : S_ISDIR(is.st_mode);
    (void)close(fd);
    if (result) {
        finding_fail(finding, "%s is in the way: %s", path,
                     is_file_wanted ? "it is no regular file" : "it is a folder");
        finding_mend(finding, subject->root, "rm -r %s", path);
    }
    return result;
}

void probe_lock(const struct probe_subject *subject, struct finding *finding)
{
    int fd;

    if (is_in_the_way(subject, LOCK, true, finding) || is_in_the_way(subject, TEMPORARY, false, finding))
        return;
    fd = root_file_open(subject->root, LOCK, O_RDONLY | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT) {
        finding_skip(finding, "%s cannot be looked at: %s", LOCK, strerror(errno));
        return;
    }
    if (fd >= 0) {
        judge_lock(fd, subject->deadline_ms, finding);
        (void)close(fd);
    }
    if (finding->level != FINDING_NONE || find_left_locks(subject, finding))
        return;
    if (root_file_exists(subject->root, TEMPORARY))
        finding_ok(finding, "nobody holds %s; an interrupted run left %s, which the next one removes", LOCK,
                   TEMPORARY);
    else
        finding_ok(finding, "nobody holds %s", LOCK);
}
