// SPDX-License-Identifier: Apache-2.0
/*
 * Systems whose files hold anything, looked at by each probe that works on files: what it says can be shown.
 * They are in a file system of memory, in a mount namespace that ends with the program. It needs root.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "agent/text.h"
#include "platform/probe.h"

#define TOP "/dev/shm"

enum { ROOTS = 3, CHANGES_MAX = 6, PATH_SIZE = 256 };

/* The init of each is another one. */
static const char *const roots[ROOTS] = {TOP "/systemd", TOP "/sysv", TOP "/openrc"};

/* What an input may replace, and what is there without it; NULL for nothing. */
static const struct {
    const char *path;
    const char *usual;
} files[] = {
    {"/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nadmin:x:1000:1000::/home/admin:/bin/sh\n"},
    {"/etc/shadow", "root:$6$salt$hash:19000:0:99999:7:::\nadmin:!:19000:0:99999:7:::\n"},
    {"/etc/group", "root:x:0:\nwheel:x:10:admin\nadmin:x:1000:\n"},
    {"/etc/login.defs", NULL},
    {"/etc/nologin", NULL},
    {"/etc/environment", NULL},
    {"/etc/inittab", "id:3:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n"},
    {"/etc/securetty", NULL},
    {"/etc/default/grub", NULL},
    {"/etc/pam.d/login", "auth required pam_faillock.so preauth dir=/tally\n"},
    {"/etc/pam.d/common-auth", NULL},
    {"/etc/security/faillock.conf", NULL},
    {"/tally/root", NULL},
    {"/tally/admin", NULL},
    {"/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n"},
    {"/etc/selinux/targeted/contexts/files/file_contexts", NULL},
    {"/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n"},
    {"/etc/ssh/sshd_config.d/a.conf", NULL},
    {"/etc/ssh/sshd_config.d/b.conf", NULL},
    {"/etc/cloud/cloud.cfg", "users:\n - default\ncloud_final_modules:\n - [users-groups, always]\n"},
    {"/etc/cloud/cloud.cfg.d/a.cfg", NULL},
    {"/var/lib/cloud/instance/cloud-config.txt", NULL},
    {"/etc/systemd/system/resetpwd-agent.service", "[Service]\nExecStart=/usr/sbin/resetpwd-agent run\n"},
    {"/etc/systemd/system/resetpwd-agent.service.d/a.conf", NULL},
    {"/etc/systemd/system.conf", NULL},
    {"/etc/init.d/resetpwd-agent", "#!/bin/sh\n"},
};

enum { FILES = sizeof files / sizeof files[0] };

/* What must only be there, and links of which only the names matter: they start the service at boot. */
static const char *const programs[] = {"/usr/sbin/sshd", "/usr/bin/cloud-init", "/usr/sbin/resetpwd-agent"};
static const char *const links[] = {"/etc/systemd/system/multi-user.target.wants/resetpwd-agent.service",
                                    "/etc/rc3.d/S01resetpwd-agent", "/etc/runlevels/default/resetpwd-agent"};

/* Without those that only the running system can be asked, and without probe_hash, which takes its time: see
 * fuzz_hash_choice.c. */
static probe *const probes[] = {
    probe_proxy,   probe_clock,    probe_locked,      probe_expired,      probe_must_change, probe_shell,
    probe_nologin, probe_faillock, probe_shadow_file, probe_immutable,    probe_read_only,   probe_disk_space,
    probe_selinux, probe_lock,     probe_sshd,        probe_ssh_password, probe_ssh_root,    probe_ssh_users,
    probe_console, probe_service,  probe_cloud_init,  probe_old_plugin,   probe_other_agent};

static void make_path(const char *root, const char *path, char out[PATH_SIZE])
{
    (void)snprintf(out, PATH_SIZE, "%s%s", root, path);
    for (char *slash = out + strlen(TOP) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        check(mkdir(out, 0755) == 0 || errno == EEXIST);
    }
}

/* In place, so that its attributes stay. */
static void write_file(const char *root, const char *path, const void *bytes, size_t len)
{
    char full[PATH_SIZE];
    int fd;

    (void)snprintf(full, sizeof full, "%s%s", root, path);
    fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    check(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && close(fd) == 0);
}

static void write_usual(const char *root, size_t i)
{
    char full[PATH_SIZE];

    (void)snprintf(full, sizeof full, "%s%s", root, files[i].path);
    if (files[i].usual != NULL)
        write_file(root, files[i].path, files[i].usual, strlen(files[i].usual));
    else
        (void)unlink(full);
}

static void make_root(const char *root)
{
    static const char LABEL[] = "system_u:object_r:shadow_t:s0";
    char path[PATH_SIZE];

    for (size_t i = 0; i < FILES; i++) {
        make_path(root, files[i].path, path);
        write_usual(root, i);
    }
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        make_path(root, programs[i], path);
        write_file(root, programs[i], "", 0);
    }
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        make_path(root, links[i], path);
        check(symlink("anywhere", path) == 0);
    }
    make_path(root, "/sbin/init", path);
    check(root == roots[0] ? symlink("/lib/systemd/systemd", path) == 0
                           : mknod(path, S_IFREG | 0700, 0) == 0);
    if (root == roots[2])
        write_file(root, "/sbin/openrc-run", "", 0);
    make_path(root, "/etc/shadow", path);
    check(setxattr(path, "security.selinux", LABEL, sizeof LABEL, 0) == 0);
}

static void make_roots(void)
{
    check(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    check(mount("none", TOP, "tmpfs", 0, "") == 0);
    for (size_t i = 0; i < ROOTS; i++)
        make_root(roots[i]);
}

static void check_probes(const char *root, const char *user, bool has_sign)
{
    static const char HOW[] = "chroot " TOP "/";
    static const struct account_settings account = {.hash_method = "auto"};
    const struct probe_subject subject = {.root = root,
                                          .url = "http://169.254.169.254",
                                          .user = user,
                                          .proxy = "",
                                          .account = &account,
                                          .deadline_ms = INT64_MAX};

    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        struct finding finding = {0};

        probes[i](&subject, &finding);
        check(finding.level <= FINDING_SKIP && text_is_printable(finding.found));
        check(finding.level == FINDING_NONE || finding.found[0] != '\0');
        check(text_is_printable(finding.mend));
        check(finding.mend[0] == '\0' || strncmp(finding.mend, HOW, sizeof HOW - 1) == 0);
        /* No hash is shown: what has this sign in it. */
        check(has_sign || (strchr(finding.found, '$') == NULL && strchr(finding.mend, '$') == NULL));
    }
}

/* Which init, whether the account is root's, and files: the number of each, and its text. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static bool is_made;
    struct input input = {bytes, len};
    const char *root = roots[take_byte(&input) % ROOTS];
    const char *user = take_byte(&input) % 2 == 0 ? "root" : "admin";
    uint8_t changed[CHANGES_MAX];
    size_t changes = 0;

    if (!is_made)
        make_roots();
    is_made = true;
    while (input.len > 0 && changes < CHANGES_MAX) {
        const uint8_t file = take_byte(&input) % FILES;
        const size_t said = take_short(&input);
        const size_t taken = said < input.len ? said : input.len;

        /* To read an empty file takes much memory, and time: it might be one of /proc. */
        write_file(root, files[file].path, taken > 0 ? input.bytes : (const uint8_t *)"\n",
                   taken > 0 ? taken : 1);
        input.bytes += taken;
        input.len -= taken;
        changed[changes++] = file;
    }
    check_probes(root, user, memchr(bytes, '$', len) != NULL);
    while (changes > 0)
        write_usual(root, changed[--changes]);
    return 0;
}
