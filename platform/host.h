// SPDX-License-Identifier: Apache-2.0
/* The process in its system: hardening, waiting, being stopped, where lines are logged, where files live. */
#ifndef PLATFORM_HOST_H
#define PLATFORM_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/log.h"
#include "agent/status.h"

enum { HOST_PATH_MAX = 4096 };

/*
 * Prepares the process for handling secrets, as far as the system has it: no core dump, no debugger of the
 * same user, locked pages, an empty environment; from now on a request to stop is held back until it is asked
 * for. Call it once, before any secret exists. INTERNAL when requests to stop cannot be caught.
 */
enum status host_start(void);

/* What a program does with its command line, in UTF-8; returns the exit code. */
typedef int host_program(int argc, char *argv[]);

/*
 * Runs the program the way this process was started: with its command line, or, on Windows as a service, with
 * the one command "run". argv is main()'s. Returns the process's exit code.
 */
int host_main(int argc, char *argv[], host_program *program);

/* Has somebody asked this process to stop (SIGTERM, SIGINT)? Stays true. */
bool host_stopping(void);

enum host_wake { HOST_TIMEOUT, HOST_NETWORK, HOST_STOP };

/*
 * Waits timeout_ms, or until a stop is asked for, or, with wake_on_network, until an address or a route has
 * been added since the last such wait.
 */
enum host_wake host_wait(int64_t timeout_ms, bool wake_on_network);

/* Milliseconds of a clock that nobody sets. */
int64_t host_now_ms(void);

/* Seconds since 1970-01-01 UTC, as far as this machine knows. */
int64_t host_time_s(void);

/* Writes one line, without its end, to wherever this process logs. */
void host_log(enum log_level level, const char *line);

/*
 * Shows one line, without its end, on the machine's console, if there is one, without waiting for it. Not
 * when this process was started from a terminal, where host_log() has shown it.
 */
void host_console(const char *line);

/* May stdout have colours: is it a terminal that knows them, and has nobody set NO_COLOR (no-color.org)? Ask
 * before host_start(). */
bool host_shows_colour(void);

/* The first variable of the environment that names a proxy for HTTP; NULL. Ask before host_start(), which
 * empties the environment. */
const char *host_proxy_variable(void);

/* Can a system in a folder be worked on (--root), or only the one that runs? */
bool host_takes_root(void);

/* Is this Windows? Clouds have rules of their own for its passwords. */
bool host_is_windows(void);

/* Where the configuration file of a system is. */
const char *host_config_path(void);

/* The folder where the state of a system is. */
const char *host_state_dir(void);

#endif
