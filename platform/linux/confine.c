// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/confine.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/colon_line.h"
#include "platform/linux/read_file.h"
#include "platform/linux/syscalls.h"

enum {
    NOBODY = 65534,
    PASSWD_MAX = 16 * 1024 * 1024,
    WORKER_DESCRIPTORS = 16,   /* the channel, libcurl's own, connections */
    RESOLVER_DESCRIPTORS = 64, /* what the name service opens */
    HEAP_MAX = 16 * 1024 * 1024,
    STACK_MAX = 8 * 1024 * 1024
};

enum passwd_field { PASSWD_UID = 2, PASSWD_GID };

struct identity {
    uint32_t uid;
    uint32_t gid;
};

/* The whole field as a number that is neither root's nor the one that stands for none. */
static bool read_id(const struct secret *text, const struct colon_line *line, size_t field, uint32_t *out)
{
    const char *start = secret_text(text) + line->field[field].start;
    const char *end = secret_text(text) + line->field[field].end;
    char *stop;
    unsigned long number = strtoul(start, &stop, 10);

    if (!isdigit((unsigned char)*start) || stop != end || number == 0 || number >= UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool find_user(const struct secret *passwd, const char *name, struct identity *out)
{
    struct colon_line line;

    return colon_line_find(passwd, 0, name, &line) && line.count > PASSWD_GID &&
           read_id(passwd, &line, PASSWD_UID, &out->uid) && read_id(passwd, &line, PASSWD_GID, &out->gid);
}

/* From the file itself: a name service may want the network. */
static struct identity choose_user(void)
{
    struct identity identity = {.uid = NOBODY, .gid = NOBODY};
    struct identity found;
    struct secret passwd = {0};

    if (read_file(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &passwd) == STATUS_OK &&
        (find_user(&passwd, "_resetpwd-agent", &found) || find_user(&passwd, "nobody", &found)))
        identity = found;
    secret_free(&passwd);
    return identity;
}

/* Enters a folder of this user's: in /tmp others may have made one of that name, or a link. */
static bool enter_own(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat is;
    bool is_done;

    if (fd < 0)
        return false;
    is_done = fstat(fd, &is) == 0 && is.st_uid == geteuid() && fchdir(fd) == 0;
    (void)close(fd);
    return is_done;
}

/*
 * Enters a folder that was removed: nothing is in it, and nothing can be made in it. Its name is always the
 * same, so that one that an interrupted run left is used up by the next.
 */
static bool enter_empty_root_in(const char *parent)
{
    char path[HOST_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/resetpwd-agent.empty", parent);
    return (mkdir(path, 0700) == 0 || errno == EEXIST) && enter_own(path) && rmdir(path) == 0 &&
           chroot(".") == 0;
}

static bool enter_empty_root(void)
{
    static const char *const PARENTS[] = {"/run", "/tmp"};
    enum { TRIES = 20 }; /* another agent may take the folder away between two of these calls */

    for (size_t i = 0; i < TRIES; i++) {
        if (enter_empty_root_in(PARENTS[i % (sizeof PARENTS / sizeof PARENTS[0])]))
            return true;
    }
    return false;
}

/* One that was not root has no other user's rights to lose, but its own. */
static bool become(struct identity identity)
{
    bool is_done = setgroups(0, NULL) == 0;

    is_done &= setresgid(identity.gid, identity.gid, identity.gid) == 0;
    is_done &= setresuid(identity.uid, identity.uid, identity.uid) == 0;
    return is_done;
}

/* Also where the user stayed the same. glibc has no wrapper for capset(2). */
static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return syscall(SYS_capset, &header, none) == 0;
}

#ifdef __GLIBC__
typedef __rlimit_resource_t resource_number;
#else
typedef int resource_number;
#endif

/* At most; a limit that is lower stays. */
static bool limit(resource_number resource, rlim_t value)
{
    struct rlimit is = {RLIM_INFINITY, RLIM_INFINITY};

    if (getrlimit(resource, &is) == 0 && is.rlim_max < value)
        value = is.rlim_max;
    is = (struct rlimit){value, value};
    return setrlimit(resource, &is) == 0;
}

/* proc(5): the sixth number is of data and stack, in pages. */
static rlim_t data_size(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    if (file == NULL)
        return 0;
    /* NOLINTNEXTLINE(cert-err34-c): the kernel wrote it */
    if (fscanf(file, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static bool limit_resources(rlim_t data, rlim_t descriptors)
{
    bool is_done = limit(RLIMIT_NOFILE, descriptors);

    is_done &= limit(RLIMIT_NPROC, 0);
    is_done &= limit(RLIMIT_FSIZE, 0);
    is_done &= limit(RLIMIT_CORE, 0);
    is_done &= limit(RLIMIT_STACK, STACK_MAX);
    is_done &= limit(RLIMIT_DATA, data + HEAP_MAX);
    return is_done;
}

/* What the service sends is as good as the password for those who know the uuid. Locking costs nothing of
 * the confinement, and where it could fail later, for want of a limit, it is left out. */
static void lock_memory(void)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

    if (setrlimit(RLIMIT_MEMLOCK, &none) == 0)
        (void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

static uint32_t unless(bool is_done, enum confine_part part)
{
    return is_done ? 0 : UINT32_C(1) << part;
}

static uint32_t give_up_rights(struct identity identity, rlim_t data, rlim_t descriptors)
{
    const pid_t parent = getppid();
    uint32_t missing = unless(become(identity), CONFINE_USER);

    missing |= unless(drop_capabilities(), CONFINE_CAPABILITIES);
    /* A change of user has undone these two. */
    missing |= unless(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, CONFINE_DEATH);
    missing |= unless(prctl(PR_SET_DUMPABLE, 0) == 0, CONFINE_MEMORY);
    missing |= unless(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, CONFINE_PRIVILEGES);
    missing |= unless(limit_resources(data, descriptors), CONFINE_LIMITS);
    if (getppid() != parent)
        _exit(0);
    return missing;
}

uint32_t confine_worker(void)
{
    /* What files tell, as long as there are files. */
    const struct identity identity = choose_user();
    const rlim_t data = data_size();
    uint32_t missing = 0;

    lock_memory();
    missing |= unless(enter_empty_root(), CONFINE_ROOT);
    missing |= give_up_rights(identity, data, WORKER_DESCRIPTORS);
    return missing | unless(syscalls_restrict(), CONFINE_SYSCALLS);
}

uint32_t confine_resolver(void)
{
    return give_up_rights(choose_user(), data_size(), RESOLVER_DESCRIPTORS);
}

void confine_names(uint32_t set, char *text, size_t size)
{
#define CONFINE_NAME(symbol, text) [CONFINE_##symbol] = (text),
    static const char *const NAMES[] = {CONFINE_LIST(CONFINE_NAME)};
#undef CONFINE_NAME
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < CONFINE_PARTS && len < size; i++) {
        if ((set & UINT32_C(1) << i) != 0)
            len += (size_t)snprintf(text + len, size - len, "%s%s", len > 0 ? ", " : "", NAMES[i]);
    }
}
