// SPDX-License-Identifier: Apache-2.0
/* Loaded before the C library: the time of day is that of 2001, for wine and for what runs in it. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BACK_S = 25 * 365 * 24 * 60 * 60 };

int clock_gettime(clockid_t id, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, id, now);

    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
        now->tv_sec -= BACK_S;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int result = (int)syscall(SYS_gettimeofday, now, zone);

    now->tv_sec -= BACK_S;
    return result;
}
