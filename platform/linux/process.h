// SPDX-License-Identifier: Apache-2.0
/* Processes of this system, by proc(5). Nothing logs. */
#ifndef PLATFORM_LINUX_PROCESS_H
#define PLATFORM_LINUX_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { PROCESS_NAME_MAX = 63 };

struct process {
    long pid;
    char name[PROCESS_NAME_MAX + 1]; /* as it calls itself */
    int64_t age_s;
};

/* Takes name and starting time, in ticks since the boot, out of a text like /proc/PID/stat. Pure. */
bool process_parse(const char *stat, struct process *out, uint64_t *started_ticks);

/* Looks at a process; false where there is none of this number. */
bool process_read(long pid, struct process *out);

/* Finds the process that holds a lock, of fcntl(2), of the file with this path's last component. 0: none that
 * can be seen until end_ms of host_now_ms(). */
long process_with_lock(const char *name, const struct stat *file, int64_t end_ms);

#endif
