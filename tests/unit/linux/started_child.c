// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/linux/host_clock.h"
#include "tests/unit/linux/started_child.h"

char message[MESSAGE_MAX];
struct child child;

void wait_for_ever(int channel, const void *context)
{
    (void)channel;
    (void)context;
    for (;;)
        (void)pause();
}

void say(int channel, const void *context)
{
    memset(message, 'm', sizeof message);
    (void)send(channel, message, *(const size_t *)context, 0);
    wait_for_ever(channel, context);
}

void start_child(child_program *program, const void *context)
{
    assert_status(child_start(program, context, &child), STATUS_OK);
    assert_true(child.pid > 0);
}

enum status receive(size_t *len)
{
    return child_receive(&child, message, sizeof message, ms_from_now(AMPLE_MS), len);
}

int end_child(void)
{
    const pid_t pid = child.pid;
    const int how = child_end(&child);

    assert_int_equal(child.pid, 0);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return how;
}
