// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/root_file.h"

enum { STAT_MAX = 4096, FDINFO_MAX = 64 * 1024, PATH_SIZE = 64, FIELDS_BEFORE_START = 20 };

bool process_parse(const char *stat, struct process *out, uint64_t *started_ticks)
{
    const char *name = strchr(stat, '(');
    const char *end = strrchr(stat, ')'); /* in the name there may be anything */
    char *number_end;
    size_t len;

    if (name == NULL || end == NULL || end < name)
        return false;
    len = (size_t)(end - name) - 1;
    if (len > PROCESS_NAME_MAX)
        len = PROCESS_NAME_MAX;
    memcpy(out->name, name + 1, len);
    out->name[len] = '\0';
    for (int i = 0; i < FIELDS_BEFORE_START && end != NULL; i++)
        end = strchr(end + 1, ' ');
    if (end == NULL)
        return false;
    *started_ticks = strtoull(end, &number_end, 10);
    return number_end != end;
}

bool process_read(long pid, struct process *out)
{
    const long ticks_a_second = sysconf(_SC_CLK_TCK);
    char path[PATH_SIZE];
    struct secret text;
    struct timespec now;
    uint64_t ticks = 0;
    bool done;

    *out = (struct process){.pid = pid};
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (!root_file_read("", path, STAT_MAX, &text))
        return false;
    done = process_parse(secret_text(&text), out, &ticks) && clock_gettime(CLOCK_BOOTTIME, &now) == 0;
    secret_free(&text);
    if (done)
        out->age_s = (int64_t)now.tv_sec - (int64_t)(ticks / (uint64_t)ticks_a_second);
    return done;
}

/* Has this process, of which fds are the descriptors, locked the file with this one? */
static bool has_locked(long pid, int fds, const char *fd, const char *name, const struct stat *file)
{
    char target[PATH_MAX];
    char path[PATH_SIZE];
    struct secret text;
    struct stat is;
    bool result;
    ssize_t len = readlinkat(fds, fd, target, sizeof target - 1);

    if (len < 0)
        return false;
    target[len] = '\0';
    /* First its name: to look at any file may take for ever. */
    if ((size_t)len < strlen(name) || strcmp(target + len - strlen(name), name) != 0 ||
        fstatat(fds, fd, &is, 0) != 0 || is.st_dev != file->st_dev || is.st_ino != file->st_ino)
        return false;
    (void)snprintf(path, sizeof path, "/proc/%ld/fdinfo/%s", pid, fd);
    if (!root_file_read("", path, FDINFO_MAX, &text))
        return false;
    result = strstr(secret_text(&text), "\nlock:") != NULL;
    secret_free(&text);
    return result;
}

static bool has_lock(long pid, const char *name, const struct stat *file)
{
    char path[PATH_SIZE];
    const struct dirent *entry;
    bool found = false;
    DIR *fds;

    (void)snprintf(path, sizeof path, "/proc/%ld/fd", pid);
    fds = opendir(path);
    while (fds != NULL && !found && (entry = readdir(fds)) != NULL)
        found = has_locked(pid, dirfd(fds), entry->d_name, name, file);
    if (fds != NULL)
        (void)closedir(fds);
    return found;
}

long process_with_lock(const char *name, const struct stat *file, int64_t end_ms)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    long found = 0;

    while (processes != NULL && found == 0 && host_now_ms() < end_ms &&
           (entry = readdir(processes)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);

        if (pid > 0 && has_lock(pid, name, file))
            found = pid;
    }
    if (processes != NULL)
        (void)closedir(processes);
    return found;
}
