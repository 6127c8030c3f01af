// SPDX-License-Identifier: Apache-2.0
/* Can /etc, and the folder of the record, be written to, and is there room? */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/mounts.h"
#include "platform/linux/root_file.h"
#include "platform/probe.h"

/* What should be there beyond what a reset takes: other programs write, too. */
enum { BYTES_TO_SPARE = 4 << 20, NODES_TO_SPARE = 100, COUNT_SIZE = 32 };

static const char ETC[] = "/etc";

/* Opens the folder of the record; where it is not yet there, the one in which it will be made. */
static int open_state(const char *root)
{
    char path[HOST_PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof path, "%s", host_state_dir());
    while ((fd = root_file_open(root, path, O_PATH | O_DIRECTORY)) < 0 && errno == ENOENT) {
        char *slash = strrchr(path, '/');

        if (slash == NULL || slash == path)
            return root_file_open(root, "/", O_PATH | O_DIRECTORY);
        *slash = '\0';
    }
    return fd;
}

/* The file system of fd, which is closed. False when it cannot be told. */
static bool take_statvfs(int fd, struct statvfs *out)
{
    bool done = fd >= 0 && fstatvfs(fd, out) == 0;
    const int error = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = error;
    return done;
}

static bool is_image(const char *type)
{
    static const char *const types[] = {"squashfs", "erofs", "iso9660", "cramfs", "udf", "romfs"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

/* What undoes it: for the mount or for the file system. Nothing does for an image of one. */
static void mend_mount(int fd, struct finding *finding)
{
    struct mount mount;

    if (mounts_of(fd, &mount) && !is_image(mount.type)) {
        char word[FINDING_WORD_SIZE];

        finding_mend(finding, "", "mount -o remount,%srw %s", mount.is_file_system_read_only ? "" : "bind,",
                     finding_word(mount.point, word));
    }
}

static void judge_read_only(const struct probe_subject *subject, int etc_fd, struct finding *finding)
{
    int state_fd = open_state(subject->root);
    struct statvfs etc;
    struct statvfs state;

    if (fstatvfs(etc_fd, &etc) != 0) {
        finding_skip(finding, "%s cannot be looked at: %s", ETC, strerror(errno));
    } else if ((etc.f_flag & ST_RDONLY) != 0) {
        finding_fail(finding, "%s is on a read-only file system", ETC);
        mend_mount(etc_fd, finding);
    } else if (state_fd >= 0 && fstatvfs(state_fd, &state) == 0 && (state.f_flag & ST_RDONLY) != 0) {
        finding_warn(finding, "%s is on a read-only file system: a reset leaves no record", host_state_dir());
        mend_mount(state_fd, finding);
    } else {
        finding_ok(finding, "%s and %s can be written to", ETC, host_state_dir());
    }
    if (state_fd >= 0)
        (void)close(state_fd);
}

void probe_read_only(const struct probe_subject *subject, struct finding *finding)
{
    int fd = root_file_open(subject->root, ETC, O_PATH | O_DIRECTORY);

    if (fd < 0) {
        finding_skip(finding, "%s cannot be looked at: %s", ETC, strerror(errno));
        return;
    }
    judge_read_only(subject, fd, finding);
    (void)close(fd);
}

/* What is free, and what a reset takes of it. */
struct room {
    uint64_t bytes;  /* also those that are kept for root */
    uint64_t nodes;  /* UINT64_MAX where there is no such limit */
    uint64_t common; /* the bytes that everybody may use */
};

static struct room room_in(const struct statvfs *fs)
{
    return (struct room){.bytes = (uint64_t)fs->f_bfree * fs->f_frsize,
                         .nodes = fs->f_files > 0 ? fs->f_ffree : UINT64_MAX,
                         .common = (uint64_t)fs->f_bavail * fs->f_frsize};
}

/* A new shadow file, and a copy of the old one where there is none that goes for it; one more for a folder.
 */
static struct room room_needed(const char *root, const struct statvfs *fs)
{
    const uint64_t block = fs->f_frsize > 0 ? fs->f_frsize : 1;
    const unsigned copies = root_file_exists(root, "/etc/shadow-") ? 1 : 2;
    struct stat is = {.st_size = 0};

    (void)root_file_stat(root, "/etc/shadow", &is);
    return (struct room){.bytes = copies * (((uint64_t)is.st_size + block) / block) * block,
                         .nodes = copies + (root_file_exists(root, "/etc/.pwd.lock") ? 0 : 1)};
}

/* "12.3 GiB" */
static const char *format_bytes(uint64_t bytes, char out[COUNT_SIZE])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double count = (double)bytes / 1024;
    size_t unit = 0;

    for (; count >= 1024 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        count /= 1024;
    (void)snprintf(out, COUNT_SIZE, "%.*f %s", unit == 0 ? 0 : 1, count, units[unit]);
    return out;
}

static void judge_room(const struct room *is, const struct room *needed, struct finding *finding)
{
    char bytes[COUNT_SIZE];
    char need[COUNT_SIZE];

    (void)format_bytes(is->bytes, bytes);
    (void)format_bytes(needed->bytes, need);
    if (is->bytes < needed->bytes)
        finding_fail(finding, "the disk of %s is full: %s are free, a reset takes %s", ETC, bytes, need);
    else if (is->nodes < needed->nodes)
        finding_fail(finding, "the disk of %s takes no new file: %lu inodes are free", ETC,
                     (unsigned long)is->nodes);
    else if (is->common < BYTES_TO_SPARE)
        finding_warn(finding, "the disk of %s is nearly full: %s are free", ETC, bytes);
    else if (is->nodes < NODES_TO_SPARE)
        finding_warn(finding, "the disk of %s is nearly full: %lu inodes are free", ETC,
                     (unsigned long)is->nodes);
    else
        finding_ok(finding, "%s are free", bytes);
}

void probe_disk_space(const struct probe_subject *subject, struct finding *finding)
{
    struct room needed;
    struct room is;
    struct statvfs fs;

    if (!take_statvfs(root_file_open(subject->root, ETC, O_PATH | O_DIRECTORY), &fs)) {
        finding_skip(finding, "%s cannot be looked at: %s", ETC, strerror(errno));
        return;
    }
    if (fs.f_blocks == 0) {
        finding_skip(finding, "the file system of %s does not say what is free", ETC);
        return;
    }
    is = room_in(&fs);
    needed = room_needed(subject->root, &fs);
    judge_room(&is, &needed, finding);
    if (finding->level != FINDING_OK || !take_statvfs(open_state(subject->root), &fs))
        return;
    is = room_in(&fs);
    if (fs.f_blocks != 0 && (is.bytes < fs.f_frsize || is.nodes == 0))
        finding_warn(finding, "the disk of %s is full: a reset leaves no record", host_state_dir());
}
