// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

int scratch_setup(void **state)
{
    (void)snprintf(scratch.path, sizeof scratch.path, "/tmp/resetpwd-unit-XXXXXX");
    assert_non_null(mkdtemp(scratch.path));
    scratch.fd = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(scratch.fd >= 0);
    scratch.root = scratch.path;
    return host_double_reset(state);
}

static int remove_one(const char *path, const struct stat *is, int type, struct FTW *where)
{
    (void)is;
    (void)type;
    (void)where;
    return remove(path);
}

int scratch_teardown(void **state)
{
    (void)state;
    (void)close(scratch.fd);
    assert_int_equal(nftw(scratch.path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    return 0;
}

void scratch_mkdir(const char *name)
{
    assert_int_equal(mkdirat(scratch.fd, name, 0755), 0);
}

void scratch_write(const char *name, const void *bytes, size_t len)
{
    int fd = openat(scratch.fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(close(fd), 0);
}

struct secret scratch_read(const char *name)
{
    struct stat is = scratch_stat(name);
    int fd = openat(scratch.fd, name, O_RDONLY | O_CLOEXEC);
    struct secret text;

    assert_true(fd >= 0);
    assert_status(secret_alloc(&text, (size_t)is.st_size), STATUS_OK);
    assert_int_equal(read(fd, text.bytes, text.capacity), is.st_size);
    text.len = text.capacity;
    assert_int_equal(close(fd), 0);
    return text;
}

void scratch_unlink(const char *name)
{
    assert_int_equal(unlinkat(scratch.fd, name, 0), 0);
}

bool scratch_exists(const char *name)
{
    struct stat is;

    return fstatat(scratch.fd, name, &is, AT_SYMLINK_NOFOLLOW) == 0;
}

struct stat scratch_stat(const char *name)
{
    struct stat is;

    assert_int_equal(fstatat(scratch.fd, name, &is, AT_SYMLINK_NOFOLLOW), 0);
    return is;
}

size_t scratch_count(const char *name)
{
    DIR *dir = opendir(scratch_path(name));
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            count++;
    }
    (void)closedir(dir);
    return count;
}

int scratch_free_descriptor(void)
{
    int fd = dup(scratch.fd);

    assert_true(fd >= 0);
    (void)close(fd);
    return fd;
}
