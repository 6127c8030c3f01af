// SPDX-License-Identifier: Apache-2.0
/* Takes the place of platform/linux/resolve.c: what a name means comes from the test. */
#ifndef UNIT_LINUX_NAME_SERVICE_H
#define UNIT_LINUX_NAME_SERVICE_H

#include "platform/linux/resolve.h"
#include "tests/unit/linux/host_clock.h"

extern struct name_service {
    enum status status;
    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
    size_t count;
    struct resolve_query query; /* the last one */
    int64_t end_ms;
    int calls;
} name_service;

/* For cmocka. */
int name_service_setup(void **state);

#define with_names(test) cmocka_unit_test_setup_teardown(test, name_service_setup, host_clock_teardown)

#endif
