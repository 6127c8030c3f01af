// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* openat2(2), which the headers of Debian 11 and older do not have whole; the number is that of all
 * processors. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

struct openat2_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};

enum { OPENAT2_NO_MAGICLINKS = 0x02, OPENAT2_IN_ROOT = 0x10 };

enum { COMPONENT_SIZE = 256, DEPTH_MAX = 64, LINKS_MAX = 40, TRIES_MAX = 100 };

/* Where the kernel has no openat2(2): a walk of our own, from the root down to a folder, and up again. */
struct walk {
    int dir[DEPTH_MAX]; /* all of them open; the first one is the root, which ".." does not leave */
    size_t depth;       /* of the last one */
    char rest[PATH_MAX];
    unsigned links;
};

static void walk_up(struct walk *walk, size_t depth)
{
    while (walk->depth > depth)
        (void)close(walk->dir[walk->depth--]);
}

/* Closes fd, if it is one, and keeps errno: -1. */
static int close_quietly(int fd)
{
    const int error = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = error;
    return -1;
}

/* Moves the next component out of rest: "" at its end. */
static bool take_component(struct walk *walk, char component[COMPONENT_SIZE])
{
    const size_t skipped = strspn(walk->rest, "/");
    const size_t len = strcspn(walk->rest + skipped, "/");
    const char *next = walk->rest + skipped + len;

    errno = ENAMETOOLONG;
    if (len >= COMPONENT_SIZE)
        return false;
    memcpy(component, walk->rest + skipped, len);
    component[len] = '\0';
    next += strspn(next, "/");
    memmove(walk->rest, next, strlen(next) + 1);
    return true;
}

/* Goes on where a link leads to. */
static bool walk_link(struct walk *walk, int link_fd)
{
    char target[PATH_MAX];
    const ssize_t len = readlinkat(link_fd, "", target, sizeof target);

    if (len < 0)
        return false;
    errno = ++walk->links > LINKS_MAX ? ELOOP : ENAMETOOLONG;
    if (walk->links > LINKS_MAX || (size_t)len + 1 + strlen(walk->rest) >= sizeof walk->rest)
        return false;
    memmove(walk->rest + len + 1, walk->rest, strlen(walk->rest) + 1);
    memcpy(walk->rest, target, (size_t)len);
    walk->rest[len] = '/';
    if (target[0] == '/')
        walk_up(walk, 0);
    return true;
}

/* Opens what the path leads to, the last component of it, which is no link. */
static bool walk_to_end(struct walk *walk, const char *component, int flags, int *found)
{
    *found = openat(walk->dir[walk->depth], component, flags);
    return *found >= 0;
}

static bool walk_into(struct walk *walk, const char *component, int flags, int *found)
{
    const bool is_last = walk->rest[0] == '\0';
    int fd = openat(walk->dir[walk->depth], component, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat is;
    bool done = false;

    if (fd < 0)
        return false;
    if (fstat(fd, &is) == 0) {
        if (S_ISLNK(is.st_mode) && (!is_last || (flags & O_NOFOLLOW) == 0)) {
            done = walk_link(walk, fd);
        } else if (is_last) {
            done = walk_to_end(walk, component, flags | O_NOFOLLOW, found);
        } else if (walk->depth + 1 < DEPTH_MAX) {
            walk->dir[++walk->depth] = fd;
            return true;
        } else {
            errno = ENAMETOOLONG;
        }
    }
    (void)close_quietly(fd);
    return done;
}

/* One step. False with errno when it cannot be made; *found is what the path leads to, once that is reached.
 */
static bool walk_on(struct walk *walk, int flags, int *found)
{
    char component[COMPONENT_SIZE];

    if (!take_component(walk, component))
        return false;
    if (component[0] == '\0')
        return walk_to_end(walk, ".", flags & ~O_NOFOLLOW, found);
    if (strcmp(component, "..") == 0)
        walk_up(walk, walk->depth > 0 ? walk->depth - 1 : 0);
    else if (strcmp(component, ".") != 0)
        return walk_into(walk, component, flags, found);
    return true;
}

static int walk_in_root(int root_fd, const char *path, int flags)
{
    struct walk walk = {.dir = {root_fd}};
    int found = -1;

    if (strlen(path) >= sizeof walk.rest) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(walk.rest, path, strlen(path) + 1);
    while (found < 0) {
        if (!walk_on(&walk, flags, &found))
            break;
    }
    walk_up(&walk, 0);
    return found;
}

/* EAGAIN: somebody renamed or mounted something, somewhere, while ".." was followed. */
static int open_in_root(int root_fd, const char *path, int flags)
{
    struct openat2_how how = {.flags = (unsigned)flags, .resolve = OPENAT2_IN_ROOT | OPENAT2_NO_MAGICLINKS};
    int fd = -1;

    for (int tries = 0; fd < 0 && tries < TRIES_MAX; tries++) {
        fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof how);
        if (fd < 0 && errno != EAGAIN)
            break;
    }
    /* ENOSYS: before Linux 5.6. EPERM: a sandbox that does not know it. */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = walk_in_root(root_fd, path, flags);
    return fd;
}

static int open_anything(const char *root, const char *path, int flags)
{
    int root_fd;
    int fd;

    if (root[0] == '\0')
        return open(path, flags);
    root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0)
        return -1;
    fd = open_in_root(root_fd, path, flags);
    (void)close_quietly(root_fd);
    return fd;
}

int root_file_open(const char *root, const char *path, int flags)
{
    struct stat is;
    bool is_known;
    int fd = open_anything(root, path, O_PATH | (flags & (O_DIRECTORY | O_NOFOLLOW)) | O_CLOEXEC);

    if ((flags & O_PATH) != 0 || fd < 0)
        return fd;
    is_known = fstat(fd, &is) == 0;
    (void)close_quietly(fd);
    if (is_known)
        errno = S_ISLNK(is.st_mode) ? ELOOP : EINVAL;
    if (!is_known || (!S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode)))
        return -1;
    return open_anything(root, path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

bool root_file_stat(const char *root, const char *path, struct stat *out)
{
    int fd = root_file_open(root, path, O_PATH);
    bool done = fd >= 0 && fstat(fd, out) == 0;

    (void)close_quietly(fd);
    return done;
}

bool root_file_exists(const char *root, const char *path)
{
    struct stat is;

    return root_file_stat(root, path, &is);
}

/* Reads to the end of fd, or until out is full. */
static bool read_all(int fd, struct secret *out)
{
    ssize_t got;

    while ((got = read(fd, out->bytes + out->len, out->capacity - out->len)) != 0) {
        if (got < 0 && errno != EINTR)
            return false;
        if (got > 0)
            out->len += (size_t)got;
    }
    out->bytes[out->len] = '\0';
    return true;
}

/* Files of /proc say that they are empty. What fills the one byte more than there should be is too large. */
static bool read_regular(int fd, size_t limit, struct secret *out)
{
    struct stat is = {.st_mode = 0};

    if (fstat(fd, &is) == 0)
        errno = S_ISREG(is.st_mode) ? EFBIG : EINVAL;
    if (!S_ISREG(is.st_mode) || (uintmax_t)is.st_size > limit)
        return false;
    errno = ENOMEM;
    if (secret_alloc(out, (is.st_size > 0 ? (size_t)is.st_size : limit) + 1) != STATUS_OK ||
        !read_all(fd, out))
        return false;
    errno = EFBIG;
    return out->len < out->capacity;
}

bool root_file_read(const char *root, const char *path, size_t limit, struct secret *out)
{
    int fd = root_file_open(root, path, O_RDONLY);
    bool done;

    *out = (struct secret){0};
    if (fd < 0)
        return false;
    done = read_regular(fd, limit, out);
    (void)close_quietly(fd);
    if (!done)
        secret_free(out);
    return done;
}

bool root_file_link(const char *root, const char *path, char *out, size_t size)
{
    int fd = root_file_open(root, path, O_PATH | O_NOFOLLOW);
    ssize_t len;

    if (fd < 0)
        return false;
    len = readlinkat(fd, "", out, size - 1);
    if (len >= 0)
        out[len] = '\0';
    else if (errno == ENOENT) /* so it says of what is no link */
        errno = EINVAL;
    (void)close_quietly(fd);
    return len >= 0;
}

bool root_file_is_program(const char *root, const char *path)
{
    struct stat is;

    return root_file_stat(root, path, &is) && S_ISREG(is.st_mode) &&
           (is.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

bool root_file_program(const char *root, const char *name)
{
    static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folders[i], name);
        if (root_file_is_program(root, path))
            return true;
    }
    return false;
}
