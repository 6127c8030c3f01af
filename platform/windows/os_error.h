// SPDX-License-Identifier: Apache-2.0
/* What GetLastError(), a NET_API_STATUS or an LSTATUS says, as a status, logged where it is fresh. */
#ifndef PLATFORM_WINDOWS_OS_ERROR_H
#define PLATFORM_WINDOWS_OS_ERROR_H

#include "agent/log.h"
#include "agent/status.h"

/* The status of an error code of Windows; IO_ERROR for what has none of its own. */
enum status os_error_status(unsigned long code);

/* Logs "what: the system's own words (code)", as an error or a warning, and returns the status. */
enum status os_error_log(enum log_level level, const char *what, unsigned long code);

#endif
