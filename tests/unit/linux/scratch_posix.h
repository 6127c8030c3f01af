// SPDX-License-Identifier: Apache-2.0
/* What only a test for POSIX can ask of the temporary folder. */
#ifndef UNIT_SCRATCH_POSIX_H
#define UNIT_SCRATCH_POSIX_H

#include <sys/stat.h>

#include "tests/unit/scratch.h"

struct stat scratch_stat(const char *name);

/* The next descriptor there will be: the same as before when none was left open. */
int scratch_free_descriptor(void);

#endif
