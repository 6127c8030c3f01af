// SPDX-License-Identifier: Apache-2.0
/* Windows' own installation, which sysprep's image goes through again on each new machine. */
#ifndef PLATFORM_WINDOWS_SETUP_H
#define PLATFORM_WINDOWS_SETUP_H

#include "agent/status.h"

/*
 * Waits for as long as Windows is being set up: it gives the administrator a password, perhaps after us. OK;
 * STOPPED; else why that cannot be told, logged.
 */
enum status setup_wait(void);

#endif
