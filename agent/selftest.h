// SPDX-License-Identifier: Apache-2.0
/* `selftest`: does this program work with the libraries of this system? For the last step of an image's
 * build. */
#ifndef AGENT_SELFTEST_H
#define AGENT_SELFTEST_H

#include <stdio.h>

#include "agent/config.h"
#include "agent/status.h"

/* Does on data of its own what a reset does, and prints what it finds. Returns what check_run() does. */
enum status selftest_run(const struct config *config, FILE *out);

#endif
