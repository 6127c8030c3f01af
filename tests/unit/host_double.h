// SPDX-License-Identifier: Apache-2.0
/* platform/host.h for tests: a clock that only waiting moves, and a log that can be read. */
#ifndef UNIT_HOST_DOUBLE_H
#define UNIT_HOST_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/host.h"

enum {
    HOST_DOUBLE_WAITS_MAX = 1024,
    HOST_DOUBLE_LOG_SIZE = 64 * 1024,
    HOST_DOUBLE_CONSOLE_SIZE = 512,
    HOST_DOUBLE_NEVER = -1
};

/* Where it has them, below scratch.place and a root: the state in the folder of the configuration. */
#define CONFIG_DIR  "agent"
#define CONFIG_FILE CONFIG_DIR "/resetpwd-agent.conf"
#define STATE_DIR   CONFIG_DIR "/state"

struct host_double {
    int64_t now_ms;
    int64_t (*clock)(void); /* takes the place of now_ms; NULL */
    int64_t time_s;
    int64_t stop_at_ms;    /* when somebody asks for a stop; HOST_DOUBLE_NEVER */
    int64_t network_at_ms; /* when the network changes, once; HOST_DOUBLE_NEVER */
    size_t wait_count;
    int64_t waits[HOST_DOUBLE_WAITS_MAX]; /* how long each wait took */
    char log[HOST_DOUBLE_LOG_SIZE];       /* lines as "<level>text\n" */
    size_t log_len;
    char console[HOST_DOUBLE_CONSOLE_SIZE]; /* the last line shown there */
    size_t console_lines;
    bool takes_no_root;
    bool shows_colour;
    enum status start_status;
    const char *proxy_variable;
    bool is_windows;
};

extern struct host_double host_double;

/* Everything as new. A function of this type is a setup for cmocka. */
int host_double_reset(void **state);

#define with_host(test) cmocka_unit_test_setup(test, host_double_reset)

/* Is there a line of that level that has this text in it? */
bool host_double_logged(enum log_level level, const char *text);

/* How many lines of that level are there? */
size_t host_double_log_count(enum log_level level);

#endif
