// SPDX-License-Identifier: Apache-2.0
/* For what waits in the kernel: the host double with the real clock, and a stop that can be polled for. */
#ifndef UNIT_LINUX_HOST_CLOCK_H
#define UNIT_LINUX_HOST_CLOCK_H

#include "tests/unit/host_double.h"

enum {
    AMPLE_MS = 120000, /* for what must come */
    SHORT_MS = 100     /* for what must not */
};

/* For cmocka. */
int host_clock_setup(void **state);
int host_clock_teardown(void **state);

#define with_clock(test) cmocka_unit_test_setup_teardown(test, host_clock_setup, host_clock_teardown)

/* From now on somebody wants this process to stop. */
void ask_for_stop(void);

int64_t ms_from_now(int64_t ms);

/* How many descriptors this process has. */
int open_descriptors(void);

#endif
