// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "platform/linux/host_stop.h"
#include "tests/unit/linux/host_clock.h"

enum { DESCRIPTORS_MAX = 1024 };

static int stop_fd = -1;

int host_stop_fd(void)
{
    return stop_fd;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int host_clock_setup(void **state)
{
    (void)host_double_reset(state);
    host_double.clock = monotonic_ms;
    stop_fd = eventfd(0, EFD_CLOEXEC);
    return stop_fd < 0;
}

int host_clock_teardown(void **state)
{
    (void)state;
    return close(stop_fd);
}

void ask_for_stop(void)
{
    assert_int_equal(eventfd_write(stop_fd, 1), 0);
    host_double.stop_at_ms = host_now_ms();
}

int64_t ms_from_now(int64_t ms)
{
    return host_now_ms() + ms;
}

int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}
