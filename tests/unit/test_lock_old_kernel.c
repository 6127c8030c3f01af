// SPDX-License-Identifier: Apache-2.0
/* platform/linux/lock.c on Linux before 3.15, which knows no locks of open file descriptions. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/linux/lock.h"
#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

/* Takes the place of libc's. */
int fcntl(int fd, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (command == F_OFD_SETLK) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

/* What another process gets that wants the lock. */
static enum status status_of_another(void)
{
    int fd = -1;
    int ended = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit((int)lock_take(scratch.fd, "lock", host_now_ms(), &fd));
    assert_int_equal(waitpid(pid, &ended, 0), pid);
    assert_true(WIFEXITED(ended));
    return (enum status)WEXITSTATUS(ended);
}

static void test_it_still_locks(void **state)
{
    int fd = -1;

    (void)state;
    assert_status(status_of_another(), STATUS_OK);
    assert_status(lock_take(scratch.fd, "lock", host_now_ms(), &fd), STATUS_OK);
    assert_status(status_of_another(), STATUS_LOCK_TIMEOUT);
    assert_int_equal(close(fd), 0);
    assert_status(status_of_another(), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_scratch(test_it_still_locks)};

    return cmocka_run_group_tests_name("lock_old_kernel", tests, NULL, NULL);
}
