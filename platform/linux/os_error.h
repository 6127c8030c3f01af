// SPDX-License-Identifier: Apache-2.0
/* Where errno ends: it is logged once and becomes a status. */
#ifndef PLATFORM_LINUX_OS_ERROR_H
#define PLATFORM_LINUX_OS_ERROR_H

#include "agent/status.h"

/* What an errno means here; IO_ERROR when nothing more precise. */
enum status os_error_status(int error);

/* Logs that `doing` something to `path` failed, with errno's text, and returns what errno means. */
enum status os_error_log(const char *doing, const char *path);

#endif
