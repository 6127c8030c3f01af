// SPDX-License-Identifier: Apache-2.0
/* A reset in a system made for it, by the very code and libraries that would reset the real one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/probe/hash_trial.h"
#include "platform/linux/root_file.h"
#include "platform/linux/shadow_edit.h"
#include "platform/linux/shadow_file.h"
#include "platform/probe.h"

enum { LOGIN_DEFS_MAX = 1024 * 1024, PATH_SIZE = 64, SHADOW_SIZE = 256 };

/* The shadow file: what stands between head and tail is to be changed, and not a byte of them. */
static const char PASSWD[] = "root:x:0:0::/:/bin/sh\n";
static const char HEAD[] = "# no account\ndaemon:*:1:0:99999:7:::\nroot:";
static const char OLD[] = "!:1";

struct stage {
    const char *place;
    char path[PATH_SIZE]; /* the root of that system */
    int etc_fd;
    char tail[SHADOW_SIZE];
};

static bool write_file(const struct stage *stage, const char *name, const void *bytes, size_t len)
{
    int fd = openat(stage->etc_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool done = fd >= 0 && write(fd, bytes, len) == (ssize_t)len;

    if (fd >= 0)
        (void)close(fd);
    return done;
}

/* The mark of the method that a reset would choose where login.defs and configuration leave that to it. */
static const char *mark_of(const struct hash_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->choice[i].source == HASH_BY_OTHERS || plan->choice[i].source == HASH_BY_LIBCRYPT)
            return plan->choice[i].prefix;
    }
    return "*";
}

/* No hash of the real system is taken along. */
static bool write_shadow(struct stage *stage, const struct hash_plan *plan)
{
    char text[2 * SHADOW_SIZE];
    int len;

    (void)snprintf(stage->tail, sizeof stage->tail,
                   ":0:99999:7:::\nmark:%sx:1::::::\n+::::::::", mark_of(plan));
    len = snprintf(text, sizeof text, "%s%s%s", HEAD, OLD, stage->tail);
    return write_file(stage, "shadow", text, (size_t)len);
}

static bool copy_login_defs(const struct stage *stage, const char *root, const char *path)
{
    struct secret text = {0};
    bool done = path == NULL || !root_file_read(root, path, LOGIN_DEFS_MAX, &text) ||
                write_file(stage, "login.defs", text.bytes, text.len);

    secret_free(&text);
    return done;
}

static void clear_stage(struct stage *stage)
{
    DIR *dir = stage->etc_fd >= 0 ? fdopendir(stage->etc_fd) : NULL;
    const struct dirent *entry;

    if (dir != NULL) {
        rewinddir(dir);
        while ((entry = readdir(dir)) != NULL)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
        (void)closedir(dir);
    }
    stage->etc_fd = open(stage->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stage->etc_fd >= 0) {
        (void)unlinkat(stage->etc_fd, "etc", AT_REMOVEDIR);
        (void)close(stage->etc_fd);
    }
    (void)rmdir(stage->path);
}

/* False with errno, and nothing is left, where there is no place for it. */
static bool set_stage(struct stage *stage, const char *place, const char *root,
                      const struct hash_trial *trial)
{
    char etc[PATH_SIZE + sizeof "/etc"];
    int error;

    stage->place = place;
    stage->etc_fd = -1;
    (void)snprintf(stage->path, sizeof stage->path, "%s/resetpwd-agent.XXXXXX", place);
    if (mkdtemp(stage->path) == NULL)
        return false;
    (void)snprintf(etc, sizeof etc, "%s/etc", stage->path);
    if (mkdir(etc, 0700) == 0)
        stage->etc_fd = open(etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stage->etc_fd >= 0 && write_file(stage, "passwd", PASSWD, sizeof PASSWD - 1) &&
        write_shadow(stage, &trial->plan) && copy_login_defs(stage, root, trial->defs.path))
        return true;
    error = errno;
    clear_stage(stage);
    errno = error;
    return false;
}

/* Is this the file with only the hash and the day changed? */
static bool is_rest_same(const struct stage *stage, const struct secret *text)
{
    const size_t head = sizeof HEAD - 1;
    const size_t tail = strlen(stage->tail);
    const unsigned char *colon;

    if (text->len < head + tail || memcmp(text->bytes, HEAD, head) != 0 ||
        memcmp(text->bytes + text->len - tail, stage->tail, tail) != 0)
        return false;
    colon = memchr(text->bytes + head, ':', text->len - head - tail);
    return colon != NULL && strspn((const char *)colon + 1, "0123456789") ==
                                (size_t)(text->bytes + text->len - tail - colon - 1);
}

/* Reads the new line; hash gets what stands there. NULL when all is well. */
static const char *read_back(const struct stage *stage, char hash[HASH_SIZE])
{
    struct shadow_file file;
    struct colon_line line;
    const char *wrong = NULL;

    if (shadow_file_open(stage->path, &file) != STATUS_OK || shadow_file_read(&file) != STATUS_OK ||
        shadow_find(&file.text, "root", &line) != STATUS_OK ||
        !colon_line_copy(&file.text, &line, SHADOW_HASH, hash, HASH_SIZE))
        wrong = "the shadow file cannot be read back";
    else if (!is_rest_same(stage, &file.text))
        wrong = "more of the shadow file has changed than the password";
    shadow_file_close(&file);
    return wrong;
}

/* A temporary, or anything else that a reset should have removed? */
static bool is_littered(const struct stage *stage)
{
    static const char *const names[] = {".", "..", ".pwd.lock", "login.defs", "passwd", "shadow", "shadow-"};
    int fd = openat(stage->etc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    bool is_known = dir != NULL;

    while (is_known && (entry = readdir(dir)) != NULL) {
        is_known = false;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            is_known = is_known || strcmp(entry->d_name, names[i]) == 0;
    }
    if (dir != NULL)
        (void)closedir(dir);
    return !is_known;
}

/* account_set_password() has verified the password; here another one must not do. NULL when all is well. */
static const char *look_for_flaws(const struct stage *stage, struct secret *password, char hash[HASH_SIZE])
{
    const char *wrong = read_back(stage, hash);
    bool matches = true;

    if (wrong != NULL)
        return wrong;
    password->bytes[0] ^= 1;
    if (hash_verify(hash, password, &matches) != STATUS_OK || matches)
        return "a wrong password is verified, too";
    return is_littered(stage) ? "something is left beside the shadow file" : NULL;
}

static void rehearse(const struct probe_subject *subject, const struct stage *stage, int64_t start_ms,
                     struct finding *finding)
{
    struct secret password = {0};
    char hash[HASH_SIZE] = "";
    const char *wrong = NULL;
    enum status status = hash_trial_password(&password);

    if (status == STATUS_OK)
        status = account_set_password(stage->path, "root", subject->account, &password, subject->deadline_ms);
    if (status == STATUS_OK)
        wrong = look_for_flaws(stage, &password, hash);
    secret_free(&password);
    if (status != STATUS_OK)
        finding_fail(finding, "a password cannot be set in %s: %s", stage->place, status_sentence(status));
    else if (wrong != NULL)
        finding_fail(finding, "in %s %s", stage->place, wrong);
    else
        finding_ok(finding, "set and read back in %s, with %s, in %" PRId64 " ms", stage->place,
                   hash_method_name(hash), host_now_ms() - start_ms);
}

void probe_rehearsal(const struct probe_subject *subject, struct finding *finding)
{
    static const char *const places[] = {"/tmp", "/var/tmp", "/run"};
    const int64_t start_ms = host_now_ms();
    char user[ACCOUNT_NAME_MAX + 1] = "root";
    struct hash_trial trial;
    struct stage stage;

    (void)account_administrator(subject->root, user);
    (void)hash_trial_plan(subject->root, user, subject->account->hash_method, &trial);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (set_stage(&stage, places[i], subject->root, &trial)) {
            rehearse(subject, &stage, start_ms, finding);
            clear_stage(&stage);
            return;
        }
    }
    finding_skip(finding, "there is no place for it in /tmp, /var/tmp or /run: %s", strerror(errno));
}
