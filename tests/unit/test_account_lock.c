// SPDX-License-Identifier: Apache-2.0
/* The lock of lckpwdf(3). The clock is a double, so that 15 s pass at once. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/account.h"
#include "tests/unit/account_system.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

/* Another process that holds the lock as the C library takes it, until the pipe closes. */
static pid_t hold_lock(int *release_fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int ready[2];
    int release[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(release), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = openat(scratch.fd, "etc/.pwd.lock", O_WRONLY | O_CREAT, 0600);
        bool held = fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0;

        (void)close(release[1]);
        _exit(held && write(ready[1], "", 1) == 1 && read(release[0], &byte, 1) == 0 ? 0 : 1);
    }
    (void)close(ready[1]);
    (void)close(release[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    *release_fd = release[1];
    return pid;
}

static void let_go(pid_t pid, int release_fd)
{
    int exit_status = -1;

    (void)close(release_fd);
    assert_int_equal(waitpid(pid, &exit_status, 0), pid);
    assert_int_equal(exit_status, 0);
}

static void test_a_lock_that_is_never_let_go(void **state)
{
    int64_t start_ms = host_double.now_ms;
    int release_fd;
    pid_t pid = hold_lock(&release_fd);
    enum status status = set_password("root");

    (void)state;
    let_go(pid, release_fd);
    assert_status(status, STATUS_LOCK_TIMEOUT);
    assert_in_range(host_double.now_ms - start_ms, 15000, 15100);
    assert_untouched(4);
}

static void test_waiting_for_the_lock_ends_at_the_deadline(void **state)
{
    int release_fd;
    pid_t pid = hold_lock(&release_fd);
    enum status status;

    (void)state;
    set_deadline_ms = host_double.now_ms + 2000;
    status = set_password("root");
    let_go(pid, release_fd);
    assert_status(status, STATUS_LOCK_TIMEOUT);
    assert_in_range(host_double.now_ms - set_deadline_ms, 0, 100);
    assert_untouched(4);
}

static void test_stopped_while_waiting_for_the_lock(void **state)
{
    int release_fd;
    pid_t pid = hold_lock(&release_fd);
    enum status status;

    (void)state;
    host_double.stop_at_ms = host_double.now_ms + 700;
    status = set_password("root");
    let_go(pid, release_fd);
    assert_status(status, STATUS_STOPPED);
    assert_int_equal(host_double.now_ms, host_double.stop_at_ms);
    assert_untouched(4);
}

/* The temporary may be of a program at work. */
static void test_tidying_waits_for_the_lock(void **state)
{
    int release_fd;
    pid_t pid = hold_lock(&release_fd);

    (void)state;
    scratch_write_text("etc/.shadow.resetpwd-agent", "root:half");
    assert_status(account_tidy(scratch.path, host_double.now_ms + 2000), STATUS_LOCK_TIMEOUT);
    assert_file("etc/.shadow.resetpwd-agent", "root:half");
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "until the next"));
    let_go(pid, release_fd);
    assert_status(account_tidy(scratch.path, host_double.now_ms + 2000), STATUS_OK);
    assert_false(scratch_exists("etc/.shadow.resetpwd-agent"));
}

/* A lock file that nobody holds, left by a program that was killed. */
static void test_a_stale_lock_file(void **state)
{
    (void)state;
    scratch_write_text("etc/.pwd.lock", "");
    assert_status(set_password("root"), STATUS_OK);
}

/* It is let go: others, and we ourselves, can have it again. */
static void test_the_lock_is_let_go(void **state)
{
    int release_fd;
    pid_t pid;

    (void)state;
    assert_status(set_password("root"), STATUS_OK);
    pid = hold_lock(&release_fd);
    let_go(pid, release_fd);
}

static void test_a_folder_in_the_place_of_the_lock(void **state)
{
    (void)state;
    scratch_mkdir("etc/.pwd.lock");
    assert_int_not_equal(set_password("root"), STATUS_OK);
    assert_untouched(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_system(test_a_lock_that_is_never_let_go),
        with_system(test_waiting_for_the_lock_ends_at_the_deadline),
        with_system(test_stopped_while_waiting_for_the_lock),
        with_system(test_tidying_waits_for_the_lock),
        with_system(test_a_stale_lock_file),
        with_system(test_the_lock_is_let_go),
        with_system(test_a_folder_in_the_place_of_the_lock),
    };

    return cmocka_run_group_tests_name("account_lock", tests, NULL, NULL);
}
