// SPDX-License-Identifier: Apache-2.0
/*
 * gcov's counters in a file that all runs of a program share, linked into each program of a build with
 * COVERAGE. By itself a process writes its counters when it exits: a worker, which may write nothing and is
 * killed, never would. With COVERAGE_DUMP in its environment a program hands what was counted to gcov, and
 * does nothing else.
 */
#include <fcntl.h>
#include <gcov.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* By counters.ld: whole pages. */
extern char counters_begin[];
extern char counters_end[];

/* What would write them at the exit. */
void __wrap___gcov_exit(void);

void __wrap___gcov_exit(void)
{
}

__attribute__((constructor)) static void share_counters(void)
{
    const size_t size = (size_t)(counters_end - counters_begin);
    const int is_dump = getenv("COVERAGE_DUMP") != NULL;
    const int fd = open(COUNTERS, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

    /* Also for a plain user's runs, whatever the umask of the first. */
    (void)fchmod(fd, 0666);
    if (ftruncate(fd, (off_t)size) != 0 ||
        mmap(counters_begin, size, PROT_READ | PROT_WRITE, MAP_FIXED | (is_dump ? MAP_PRIVATE : MAP_SHARED),
             fd, 0) == MAP_FAILED)
        abort();
    (void)close(fd);
    if (!is_dump)
        return;
    __gcov_dump();
    _exit(0);
}
