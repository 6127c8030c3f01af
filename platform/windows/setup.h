// SPDX-License-Identifier: Apache-2.0
/* Windows' own installation, which sysprep's image goes through again on each new machine. */
#ifndef PLATFORM_WINDOWS_SETUP_H
#define PLATFORM_WINDOWS_SETUP_H

#include <stdbool.h>

#include "agent/status.h"

/* Is Windows being set up? */
bool setup_is_running(void);

/*
 * Waits for as long as Windows is being set up: it gives the administrator a password, perhaps after us. OK;
 * STOPPED; else why that cannot be told, logged.
 */
enum status setup_wait(void);

#endif
