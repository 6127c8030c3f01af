// SPDX-License-Identifier: Apache-2.0
/* Paths: this program has UTF-8 with either slash, Windows wants UTF-16, and a prefix when it is a long one.
 */
#ifndef PLATFORM_WINDOWS_PATH_H
#define PLATFORM_WINDOWS_PATH_H

#include <wchar.h>

#include "agent/status.h"
#include "platform/host.h"

enum { PATH_WIDE_SIZE = HOST_PATH_MAX + 4 };

/*
 * The full path for functions of Windows, of any length up to HOST_PATH_MAX. IO_ERROR, logged, when it is
 * longer or not UTF-8.
 */
enum status path_wide(const char *path, wchar_t out[PATH_WIDE_SIZE]);

/* dir\name. IO_ERROR, logged, when that is too long. */
enum status path_join(const char *dir, const char *name, char out[HOST_PATH_MAX]);

/* The length of the folder's part of a path, without the slash behind it; 0 when there is none. */
size_t path_folder_len(const char *path);

#endif
