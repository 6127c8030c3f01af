// SPDX-License-Identifier: Apache-2.0
// Loaded into the agent, makes it what it must not be: nothing is flushed, and files are written in place, in
// pieces.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int fsync(int fd)
{
    (void)fd;
    return 0;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    char piece[1024];
    ssize_t size;
    int in = openat(from_dir, from, O_RDONLY);
    int out = openat(to_dir, to, O_WRONLY | O_CREAT | O_TRUNC | O_SYNC, 0600);

    while ((size = read(in, piece, sizeof piece)) > 0)
        if (write(out, piece, (size_t)size) != size)
            return -1;
    return close(in) | close(out) | unlinkat(from_dir, from, 0);
}
