// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_SYSTEM_LOG_H
#define PLATFORM_LINUX_SYSTEM_LOG_H

#include "agent/log.h"

/*
 * Sends a line to the system's log, at /dev/log, as syslog(3) does it for LOG_AUTHPRIV and LOG_PID; but that
 * waits for ever where the daemon takes nothing any more, and this gives a line up after 200 ms, later ones
 * at once. Nothing stays open. No errors.
 */
void system_log_send(enum log_level level, const char *line);

#endif
