// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/process.h"
#include "tests/unit/linux/scratch_posix.h"

#define BEFORE " S 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 "

static void test_what_is_read(void **state)
{
    static const struct {
        const char *text;
        const char *name;
        uint64_t ticks;
    } rows[] = {
        {"812 (passwd)" BEFORE "4711 0 0", "passwd", 4711},
        {"1 (a) S 9 (b)" BEFORE "5", "a) S 9 (b", 5},
        {"1 ()" BEFORE "6\n", "", 6},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct process process;
        uint64_t ticks = 0;

        assert_true(process_parse(rows[i].text, &process, &ticks));
        assert_string_equal(process.name, rows[i].name);
        assert_int_equal(ticks, rows[i].ticks);
    }
}

static void test_what_is_not_read(void **state)
{
    static const char *const rows[] = {
        "",
        "812",
        "812 passwd",
        ")(",
        "812 (passwd",
        "812 (passwd) S 1 0",
        "812 (passwd)" BEFORE,
        "812 (passwd)" BEFORE "x",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct process process;
        uint64_t ticks = 0;

        assert_row(rows[i], !process_parse(rows[i], &process, &ticks));
    }
}

static void test_a_long_name(void **state)
{
    char text[300] = "1 (";
    struct process process;
    uint64_t ticks = 0;

    (void)state;
    memset(text + strlen(text), 'x', 100);
    strcat(text, ")" BEFORE "7 ");
    assert_true(process_parse(text, &process, &ticks));
    assert_int_equal(strlen(process.name), PROCESS_NAME_MAX);
    assert_int_equal(ticks, 7);
}

/* Of a child: what qemu and valgrind tell a process of itself is their own. */
static void test_another_process(void **state)
{
    struct process process;
    int ready[2];
    char byte;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        bool named = prctl(PR_SET_NAME, "a (process)") == 0 && write(ready[1], "", 1) == 1;

        while (named)
            (void)pause();
        _exit(1);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_true(process_read(pid, &process));
    assert_string_equal(process.name, "a (process)");
    assert_int_equal(process.pid, pid);
    assert_in_range(process.age_s, 0, 600);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_false(process_read(pid, &process));
    assert_true(process_read(1, &process));
    assert_false(process_read(0, &process));
    (void)close(ready[0]);
}

/* It has it open twice, and holds a lock of one. */
static void test_who_holds_a_lock(void **state)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat is;
    int other;
    int fd;

    (void)state;
    scratch_write_text("locked", "");
    is = scratch_stat("locked");
    other = openat(scratch.fd, "locked", O_RDWR | O_CLOEXEC);
    fd = openat(scratch.fd, "locked", O_RDWR | O_CLOEXEC);
    assert_true(other >= 0 && fd >= 0);
    assert_int_equal(process_with_lock("/locked", &is, INT64_MAX), 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
    assert_int_equal(process_with_lock("/locked", &is, INT64_MAX), getpid());
    assert_int_equal(process_with_lock("/other", &is, INT64_MAX), 0);
    assert_int_equal(
        process_with_lock("/a-name-that-is-longer-than-those-of-most-descriptors-are", &is, INT64_MAX), 0);
    is.st_ino++;
    assert_int_equal(process_with_lock("/locked", &is, INT64_MAX), 0);
    is.st_ino--;
    assert_int_equal(process_with_lock("/locked", &is, 0), 0);
    (void)close(fd);
    (void)close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read), cmocka_unit_test(test_what_is_not_read),
        cmocka_unit_test(test_a_long_name),  cmocka_unit_test(test_another_process),
        with_scratch(test_who_holds_a_lock),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
