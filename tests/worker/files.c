// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/worker/probe.h"

typedef const struct probe_request *request;

/* --- Files */

static long create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

static long read_shadow(request r)
{
    (void)r;
    return open("/etc/shadow", O_RDONLY);
}

static long open_root(request r)
{
    (void)r;
    return open("/", O_RDONLY | O_DIRECTORY);
}

static long open_above(request r)
{
    (void)r;
    return open("../../etc/shadow", O_RDONLY) >= 0 ? 0 : open("..", O_PATH);
}

static long create_in_root(request r)
{
    char path[WORD_SIZE];

    (void)snprintf(path, sizeof path, "/worker-probe.%u", r->service);
    return create(path);
}

static long create_here(request r)
{
    (void)r;
    return create("worker-probe");
}

static long make_folder(request r)
{
    (void)r;
    return mkdir("worker-probe", 0700) == 0 ? rmdir("worker-probe") : -1;
}

static long write_memory_file(request r)
{
    int fd = (int)syscall(SYS_memfd_create, "x", 0U);

    (void)r;
    return fd < 0 ? -1 : write(fd, "x", 1);
}

static long mount_something(request r)
{
    (void)r;
    return mount("none", ".", "tmpfs", 0, NULL) == 0 ? umount2(".", MNT_DETACH) : -1;
}

static long change_root(request r)
{
    (void)r;
    return chroot(".");
}

const struct probe_attempt FILE_ATTEMPTS[] = {
    {"read-shadow", read_shadow},
    {"open-root", open_root},
    {"open-above", open_above},
    {"create-in-root", create_in_root},
    {"create-here", create_here},
    {"make-folder", make_folder},
    {"write-memory-file", write_memory_file},
    {"mount", mount_something},
    {"chroot", change_root},
    {NULL, NULL},
};
