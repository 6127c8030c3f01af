// SPDX-License-Identifier: Apache-2.0
/* What replacing the shadow file needs: an /etc that is a folder, a regular file in it, and nothing between.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/linux/colon_line.h"
#include "platform/linux/mounts.h"
#include "platform/linux/root_file.h"
#include "platform/linux/shadow_file.h"
#include "platform/probe.h"

enum { GROUP_FILE_MAX = 4 * 1024 * 1024, GROUP_ID = 2, LIST_SIZE = 160 };

static const char ETC[] = "/etc";
static const char SHADOW[] = "/etc/shadow";

/* A reset does not follow them, here or there: as open_file() does. */
static bool is_link(const char *root, const char *path, struct finding *finding)
{
    char target[PATH_MAX];

    if (!root_file_link(root, path, target, sizeof target))
        return false;
    finding_fail(finding, "%s is a link to %s, and a reset replaces no link", path, target);
    return true;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a folder"
           : S_ISFIFO(mode) ? "a named pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Nothing can be renamed over a mount. */
static bool is_mount(const char *root)
{
    int etc = root_file_open(root, ETC, O_PATH);
    int shadow = root_file_open(root, SHADOW, O_PATH | O_NOFOLLOW);
    bool result = etc >= 0 && shadow >= 0 && mounts_id(etc) != mounts_id(shadow);

    if (etc >= 0)
        (void)close(etc);
    if (shadow >= 0)
        (void)close(shadow);
    return result;
}

/* The number of the group "shadow", which Debian and SUSE have; else root's. */
static gid_t shadow_group(const char *root)
{
    struct secret text;
    struct colon_line line;
    long id = 0;

    if (!root_file_read(root, "/etc/group", GROUP_FILE_MAX, &text))
        return 0;
    if (colon_line_find(&text, 0, "shadow", &line) && line.count > GROUP_ID)
        id = strtol(secret_text(&text) + line.field[GROUP_ID].start, NULL, 10);
    secret_free(&text);
    return id > 0 && id <= INT_MAX ? (gid_t)id : 0;
}

/* Who may read or write it that should not. */
static void judge_rights(const struct probe_subject *subject, const struct stat *is, struct finding *finding)
{
    const gid_t group = shadow_group(subject->root);
    const bool is_group_wrong = is->st_gid != 0 && is->st_gid != group && (is->st_mode & 060) != 0;
    const char *group_name = group != 0 ? "shadow" : "root";
    const unsigned mode = is->st_mode & 07777;

    /* For others to see the hashes, or to write them: a reset works, but not for long. */
    if ((mode & 006) != 0) {
        finding_warn(finding, "%s is %s for everybody (mode %03o)", SHADOW,
                     (mode & 002) != 0 ? "writable" : "readable", mode);
        finding_mend(finding, subject->root, "chmod %so= %s", (mode & 020) != 0 ? "g-w," : "", SHADOW);
    } else if (is_group_wrong) {
        finding_warn(finding, "%s is open to the group %lu (mode %03o)", SHADOW, (unsigned long)is->st_gid,
                     mode);
        finding_mend(finding, subject->root, "chgrp %s %s", group_name, SHADOW);
    } else if ((mode & 020) != 0 && is->st_gid != 0) {
        finding_warn(finding, "%s is writable for the group %s (mode %03o)", SHADOW, group_name, mode);
        finding_mend(finding, subject->root, "chmod g-w %s", SHADOW);
    } else {
        finding_ok(finding, "%s: root's, mode %03o%s", SHADOW, mode,
                   is->st_nlink > 1 ? "; of its several names a reset replaces this one only" : "");
    }
}

static void judge(const struct probe_subject *subject, const struct stat *is, struct finding *finding)
{
    char path[PATH_MAX];
    char word[FINDING_WORD_SIZE];

    if (!S_ISREG(is->st_mode)) {
        finding_fail(finding, "%s is %s", SHADOW, kind_of(is->st_mode));
    } else if (is_mount(subject->root)) {
        finding_fail(finding, "%s is a mount of its own, which cannot be replaced", SHADOW);
        (void)snprintf(path, sizeof path, "%s%s", strcmp(subject->root, "/") == 0 ? "" : subject->root,
                       SHADOW);
        finding_mend(finding, "", "umount %s",
                     finding_word(path, word)); /* mounts are ours, not the root's */
    } else if (is->st_size > SHADOW_FILE_MAX) {
        finding_fail(finding, "%s is larger than %d MiB", SHADOW, SHADOW_FILE_MAX >> 20);
    } else if (is->st_uid != 0) {
        /* To give the new file away and then to set its mode takes more rights than the service has. */
        finding_fail(finding, "%s belongs to the user %lu, not to root", SHADOW, (unsigned long)is->st_uid);
        finding_mend(finding, subject->root, "chown root %s", SHADOW);
    } else {
        judge_rights(subject, is, finding);
    }
}

void probe_shadow_file(const struct probe_subject *subject, struct finding *finding)
{
    struct stat is;

    if (is_link(subject->root, ETC, finding) || is_link(subject->root, SHADOW, finding))
        return;
    if (root_file_stat(subject->root, SHADOW, &is)) {
        judge(subject, &is, finding);
        return;
    }
    if (errno != ENOENT) {
        finding_skip(finding, "%s cannot be looked at: %s", SHADOW, strerror(errno));
        return;
    }
    finding_fail(finding, "there is no %s", SHADOW);
    if (root_file_exists(subject->root, "/etc/passwd") && root_file_program(subject->root, "pwconv"))
        finding_mend(finding, subject->root, "pwconv");
}

/* The flags that chattr(1) sets; 0 also where the file system has no such thing, or there is no file. */
static int flags_of(const char *root, const char *path)
{
    int fd = root_file_open(root, path, O_RDONLY | O_NOFOLLOW);
    int flags = 0;

    if (fd < 0)
        return 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
        flags = 0;
    (void)close(fd);
    return flags & (FS_IMMUTABLE_FL | FS_APPEND_FL);
}

struct flagged {
    char found[LIST_SIZE]; /* "/etc is immutable, /etc/shadow is append-only" */
    char paths[LIST_SIZE]; /* " /etc /etc/shadow" */
    int flags;             /* of any of them */
};

static void add(char list[LIST_SIZE], const char *before, const char *text)
{
    const size_t len = strlen(list);

    (void)snprintf(list + len, LIST_SIZE - len, "%s%s", before, text);
}

static void look(const char *root, const char *path, struct flagged *flagged)
{
    const int flags = flags_of(root, path);

    if (flags == 0)
        return;
    flagged->flags |= flags;
    add(flagged->found, flagged->found[0] != '\0' ? ", " : "", path);
    add(flagged->found, " is ", (flags & FS_IMMUTABLE_FL) != 0 ? "immutable" : "append-only");
    add(flagged->paths, " ", path);
}

void probe_immutable(const struct probe_subject *subject, struct finding *finding)
{
    struct flagged flagged = {.flags = 0};
    bool is_in_the_way;

    if (!root_file_exists(subject->root, ETC)) {
        finding_skip(finding, "%s cannot be looked at: %s", ETC, strerror(errno));
        return;
    }
    look(subject->root, ETC, &flagged);
    look(subject->root, SHADOW, &flagged);
    look(subject->root, "/etc/.pwd.lock", &flagged);
    is_in_the_way = flagged.flags != 0;
    look(subject->root, "/etc/shadow-", &flagged);
    if (is_in_the_way)
        finding_fail(finding, "%s", flagged.found);
    else if (flagged.flags != 0)
        finding_warn(finding, "%s: a reset keeps no copy of the old file", flagged.found);
    else
        finding_ok(finding, "neither %s nor %s is immutable or append-only", ETC, SHADOW);
    if (flagged.flags != 0)
        finding_mend(finding, subject->root, "chattr -%s%s%s",
                     (flagged.flags & FS_IMMUTABLE_FL) != 0 ? "i" : "",
                     (flagged.flags & FS_APPEND_FL) != 0 ? "a" : "", flagged.paths);
}
