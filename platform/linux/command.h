// SPDX-License-Identifier: Apache-2.0
/* Another program, run without a shell. */
#ifndef PLATFORM_LINUX_COMMAND_H
#define PLATFORM_LINUX_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/secret.h"

enum { COMMAND_OUTPUT_MAX = 256 * 1024 };

/*
 * Runs argv[0], a path, with nothing to read and next to no environment, until end_ms of host_now_ms(); then
 * its process group is killed. *code is its exit code, and out what it said on both streams, which the caller
 * frees. False: it did not run (which some systems tell by 127 only), did not end by itself, or said more
 * than COMMAND_OUTPUT_MAX bytes; out is then a zeroed struct. Logs nothing.
 */
bool command_run(const char *const argv[], int64_t end_ms, struct secret *out, int *code);

#endif
