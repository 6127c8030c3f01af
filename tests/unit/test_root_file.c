// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "platform/linux/root_file.h"
#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

/* See platform/linux/root_file.c. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

enum { LIMIT = 100, FOREVER = -1 };

/* What openat2(2) refuses with, and how many times; 0: not at all. */
static int refusal;
static int refusals_left;

long __real_syscall(long number, ...); /* NOLINT: names of the linker's */
long __wrap_syscall(long number, int root_fd, const char *path, void *how, size_t size);

long __wrap_syscall(long number, int root_fd, const char *path, void *how, size_t size)
{
    assert_int_equal(number, SYS_openat2);
    if (refusals_left == 0)
        return __real_syscall(number, root_fd, path, how, size);
    if (refusals_left > 0)
        refusals_left--;
    errno = refusal;
    return -1;
}

static void refuse(int error, int times)
{
    refusal = error;
    refusals_left = times;
}

static int setup_with_openat2(void **state)
{
    refuse(0, 0);
    return scratch_setup(state);
}

static int setup_without(void **state)
{
    refuse(ENOSYS, FOREVER);
    return scratch_setup(state);
}

/* Each of these runs twice. */
#define with_both(test)                                                                                      \
    {#test, test, setup_with_openat2, scratch_teardown, NULL},                                               \
    {                                                                                                        \
#test " (old kernel)", test, setup_without, scratch_teardown, NULL                                   \
    }

static void link_to(const char *target, const char *name)
{
    assert_int_equal(symlinkat(target, scratch.fd, name), 0);
}

/* A root inside the scratch folder; a file beside it that nobody may reach. */
static const char *make_root(void)
{
    static char root[SCRATCH_PATH_MAX];

    scratch_mkdir("root");
    scratch_mkdir("root/etc");
    scratch_mkdir("root/usr");
    scratch_mkdir("root/usr/lib");
    scratch_write_text("secret", "outside");
    scratch_write_text("root/usr/lib/os-release", "inside");
    (void)snprintf(root, sizeof root, "%s", scratch_path("root"));
    return root;
}

static void assert_reads(const char *root, const char *path, const char *text)
{
    struct secret out;

    assert_row(path, root_file_read(root, path, LIMIT, &out));
    assert_string_equal(secret_text(&out), text);
    secret_free(&out);
}

static void assert_refuses(const char *root, const char *path, int error)
{
    struct secret out;

    assert_row(path, !root_file_read(root, path, LIMIT, &out));
    assert_int_equal(errno, error);
    assert_zeroed(&out);
}

static void test_paths(void **state)
{
    static const char *const paths[] = {
        "/usr/lib/os-release",        "usr/lib/os-release",        "//usr//lib/./os-release",
        "/usr/../usr/lib/os-release", "/../../usr/lib/os-release", "/etc/../../../usr/lib/../lib/os-release",
    };
    const char *root = make_root();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_reads(root, paths[i], "inside");
    assert_refuses(root, "/../secret", ENOENT);
    assert_refuses(root, "/usr/lib/os-release/x", ENOTDIR);
    assert_refuses(root, "/nowhere/x", ENOENT);
    assert_refuses("/nonexistent", "/etc", ENOENT);
}

static void test_links_stay_inside(void **state)
{
    static const struct {
        const char *target;
        const char *name;
    } links[] = {
        {"../usr/lib/os-release", "root/etc/relative"},
        {"/usr/lib/os-release", "root/etc/absolute"},
        {"../../../../usr/lib/os-release", "root/etc/above"},
        {"relative", "root/etc/chain"},
        {"/etc/chain", "root/etc/longer-chain"},
        {"/usr", "root/etc/folder"},
    };
    const char *root = make_root();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(links); i++)
        link_to(links[i].target, links[i].name);
    for (size_t i = 0; i + 1 < COUNT_OF(links); i++)
        assert_reads(root, links[i].name + strlen("root"), "inside");
    assert_reads(root, "/etc/folder/lib/os-release", "inside");
    assert_reads(root, "/etc/folder/../usr/lib/os-release", "inside");
}

static void test_links_do_not_lead_out(void **state)
{
    const char *root = make_root();

    (void)state;
    link_to("../../secret", "root/etc/relative");
    link_to(scratch_path("secret"), "root/etc/absolute");
    link_to("/proc/self/root", "root/etc/magic");
    link_to("..", "root/up");
    assert_refuses(root, "/etc/relative", ENOENT);
    assert_refuses(root, "/etc/absolute", ENOENT);
    assert_refuses(root, "/etc/magic", ENOENT);
    assert_refuses(root, "/up/secret", ENOENT);
    /* Such a link of a process would. */
    assert_int_equal(root_file_open("/proc/self", "/root/etc/passwd", O_RDONLY), -1);
}

static void test_links_without_end(void **state)
{
    const char *root = make_root();

    (void)state;
    link_to("b", "root/a");
    link_to("a", "root/b");
    assert_refuses(root, "/a", ELOOP);
    assert_false(root_file_exists(root, "/a"));
}

static void test_too_long(void **state)
{
    static char path[5000];
    const char *root = make_root();

    (void)state;
    memset(path, 'a', sizeof path - 1);
    assert_refuses(root, path, ENAMETOOLONG);
    path[300] = '\0';
    assert_refuses(root, path, ENAMETOOLONG);
}

/* Only a walk of our own has this limit. */
static void test_too_deep(void **state)
{
    char path[2 * 70 + 1] = "";

    (void)state;
    for (int i = 0; i < 70; i++) {
        strcat(path, i == 0 ? "d" : "/d");
        scratch_mkdir(path);
    }
    assert_false(root_file_exists(scratch.path, path));
    assert_int_equal(errno, ENAMETOOLONG);
    path[2 * 60] = '\0';
    assert_true(root_file_exists(scratch.path, path));
}

/* The same: a link and what comes behind it are too long together. */
static void test_links_that_grow(void **state)
{
    char target[3001] = "";
    char path[3001] = "/long";
    const char *root = make_root();

    (void)state;
    while (strlen(target) + 2 < sizeof target)
        strcat(target, "./");
    while (strlen(path) + 2 < sizeof path)
        strcat(path, "/.");
    link_to(target, "root/long");
    assert_true(root_file_exists(root, "/long/etc"));
    assert_false(root_file_exists(root, path));
    assert_int_equal(errno, ENAMETOOLONG);
}

static void test_nothing_but_files_is_read(void **state)
{
    const char *root = make_root();

    (void)state;
    assert_int_equal(mkfifoat(scratch.fd, "root/fifo", 0600), 0);
    assert_refuses(root, "/fifo", EINVAL);
    assert_refuses(root, "/etc", EINVAL);
    assert_refuses("", "/dev/null", EINVAL);
    assert_int_equal(root_file_open("", "/dev/null", O_RDONLY), -1);
    assert_int_equal(errno, EINVAL);
    if (geteuid() == 0) {
        assert_int_equal(mknodat(scratch.fd, "root/null", S_IFCHR | 0600, makedev(1, 3)), 0);
        assert_refuses(root, "/null", EINVAL);
        assert_true(root_file_exists(root, "/null"));
    }
}

static void test_sizes(void **state)
{
    char text[LIMIT + 2];
    const char *root = make_root();

    (void)state;
    memset(text, 'x', sizeof text);
    text[LIMIT] = '\0';
    scratch_write_text("root/most", text);
    assert_reads(root, "/most", text);
    text[LIMIT] = 'x';
    text[LIMIT + 1] = '\0';
    scratch_write_text("root/more", text);
    assert_refuses(root, "/more", EFBIG);
    scratch_write_text("root/empty", "");
    assert_reads(root, "/empty", "");
}

/* They say that they are empty. */
static void test_files_of_proc(void **state)
{
    struct secret out;

    (void)state;
    assert_reads("/proc", "/sys/kernel/ostype", "Linux\n");
    assert_refuses("", "/proc/self/status", EFBIG);
    assert_true(root_file_read("", "/proc/self/status", 1 << 16, &out));
    assert_non_null(strstr(secret_text(&out), "Name:"));
    secret_free(&out);
}

static void test_what_a_path_leads_to(void **state)
{
    char target[8];
    struct stat is;
    const char *root = make_root();

    (void)state;
    link_to("/usr/lib", "root/link");
    link_to("a-long-target", "root/long");
    assert_true(root_file_stat(root, "/link", &is) && S_ISDIR(is.st_mode));
    assert_true(root_file_stat(root, "/", &is) && S_ISDIR(is.st_mode));
    assert_false(root_file_stat(root, "/nowhere", &is));
    assert_int_equal(errno, ENOENT);
    assert_true(root_file_exists(root, "/etc/"));
    assert_false(root_file_exists(root, "/etc/nowhere"));
    assert_false(root_file_link(root, "/nowhere", target, sizeof target));
    assert_int_equal(errno, ENOENT);
    assert_false(root_file_link(root, "/etc", target, sizeof target));
    assert_int_equal(errno, EINVAL);
    assert_true(root_file_link(root, "/long", target, sizeof target));
    assert_string_equal(target, "a-long-");
    assert_int_equal(root_file_open(root, "/long", O_RDONLY | O_NOFOLLOW), -1);
    assert_int_equal(errno, ELOOP);
}

static void install(const char *name, mode_t mode)
{
    scratch_write_text(name, "");
    assert_int_equal(fchmodat(scratch.fd, name, mode, 0), 0);
}

static void test_programs(void **state)
{
    static const char *const folders[] = {"usr/sbin", "usr/bin", "sbin", "bin"};
    char name[32];
    const char *root = make_root();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        (void)snprintf(name, sizeof name, "root/%s", folders[i]);
        scratch_mkdir(name);
        (void)snprintf(name, sizeof name, "root/%s/p%zu", folders[i], i);
        install(name, 0755);
        assert_row(name, root_file_program(root, strrchr(name, '/') + 1));
    }
    link_to("/usr/bin/p1", "root/sbin/link");
    link_to("/usr/bin/nowhere", "root/sbin/lost");
    install("root/usr/lib/library", 0755);
    install("root/bin/text", 0644);
    scratch_mkdir("root/bin/folder");
    assert_true(root_file_program(root, "link"));
    assert_false(root_file_program(root, "lost"));
    assert_false(root_file_program(root, "library"));
    assert_false(root_file_program(root, "text"));
    assert_false(root_file_program(root, "folder"));
    assert_false(root_file_program(root, ""));
    assert_true(root_file_program("", "sh"));
}

static void test_folders_are_opened(void **state)
{
    const char *root = make_root();
    int fd = root_file_open(root, "/usr/lib", O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(faccessat(fd, "os-release", F_OK, 0), 0);
    (void)close(fd);
    assert_int_equal(root_file_open(root, "/usr/lib/os-release", O_RDONLY | O_DIRECTORY), -1);
    assert_int_equal(errno, ENOTDIR);
}

/* Somebody renames folders all the time, but not for ever. */
static void test_again(void **state)
{
    const char *root = make_root();

    (void)state;
    refuse(EAGAIN, 3);
    assert_reads(root, "/usr/lib/os-release", "inside");
    refuse(EAGAIN, FOREVER);
    assert_refuses(root, "/usr/lib/os-release", EAGAIN);
}

/* A sandbox that does not know openat2(2). */
static void test_refused(void **state)
{
    const char *root = make_root();

    (void)state;
    refuse(EPERM, FOREVER);
    assert_reads(root, "/usr/../usr/lib/os-release", "inside");
}

/* Its own memory at address 0: a regular file, of which nothing can be read. */
static void test_a_file_that_cannot_be_read(void **state)
{
    struct secret text = {0};

    (void)state;
    assert_false(root_file_read("", "/proc/self/mem", LIMIT, &text));
    assert_int_equal(errno, EIO);
    assert_null(text.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_both(test_paths),
        with_both(test_links_stay_inside),
        with_both(test_links_do_not_lead_out),
        with_both(test_links_without_end),
        with_both(test_too_long),
        cmocka_unit_test(test_a_file_that_cannot_be_read),
        cmocka_unit_test_setup_teardown(test_too_deep, setup_without, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_links_that_grow, setup_without, scratch_teardown),
        with_both(test_nothing_but_files_is_read),
        with_both(test_sizes),
        with_both(test_files_of_proc),
        with_both(test_what_a_path_leads_to),
        with_both(test_programs),
        with_both(test_folders_are_opened),
        cmocka_unit_test_setup_teardown(test_again, setup_with_openat2, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup_with_openat2, scratch_teardown),
    };

    return cmocka_run_group_tests_name("root_file", tests, NULL, NULL);
}
