// SPDX-License-Identifier: Apache-2.0
/* A temporary folder for one test. Every failure here ends the test. */
#ifndef UNIT_SCRATCH_H
#define UNIT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "agent/secret.h"

enum { SCRATCH_PATH_MAX = 256 };

struct scratch {
    char path[64];
    int fd;
};

/* Makes a folder of its own under /tmp. */
void scratch_make(struct scratch *scratch);

/* Removes it with all that is in it. */
void scratch_remove(struct scratch *scratch);

/* The path of a name in the folder; valid until the next call. */
const char *scratch_path(const struct scratch *scratch, const char *name);

void scratch_mkdir(const struct scratch *scratch, const char *name);
void scratch_write(const struct scratch *scratch, const char *name, const void *bytes, size_t len);
void scratch_write_text(const struct scratch *scratch, const char *name, const char *text);

/* The whole file, which the caller frees. */
struct secret scratch_read(const struct scratch *scratch, const char *name);

bool scratch_exists(const struct scratch *scratch, const char *name);
struct stat scratch_stat(const struct scratch *scratch, const char *name);

/* How many names a folder holds. */
size_t scratch_count(const struct scratch *scratch, const char *name);

#endif
