// SPDX-License-Identifier: Apache-2.0
/* A temporary folder for one test; the names are of files in it. Every failure here ends the test. */
#ifndef UNIT_SCRATCH_H
#define UNIT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/secret.h"

enum { SCRATCH_PATH_MAX = 256 };

struct scratch {
    char path[SCRATCH_PATH_MAX / 2];
    /*
     * The system in it. Linux: root is the folder, place is "". Windows, which works on no system but its
     * own: root is "", and the folder is the place below which host_double has configuration and state.
     */
    const char *root;
    const char *place;
    int fd; /* the folder; Linux only */
};

extern struct scratch scratch;

/* Makes the folder, and a host double as new. For cmocka, as the next one. */
int scratch_setup(void **state);

/* Removes it with all that is in it. */
int scratch_teardown(void **state);

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

/* The path of a name in the folder; valid until the next call. */
const char *scratch_path(const char *name);

void scratch_mkdir(const char *name);
void scratch_write(const char *name, const void *bytes, size_t len);
void scratch_write_text(const char *name, const char *text);
void scratch_unlink(const char *name);

/* The whole file, which the caller frees. */
struct secret scratch_read(const char *name);

/* The whole file is this text. */
void assert_file(const char *name, const char *text);

bool scratch_exists(const char *name);

/* How many names a folder holds. */
size_t scratch_count(const char *name);

#endif
