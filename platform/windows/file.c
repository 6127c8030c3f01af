// SPDX-License-Identifier: Apache-2.0
#include "platform/file.h"

enum status file_read(const char *root, const char *path, size_t limit, struct secret *out)
{
    (void)root;
    (void)path;
    (void)limit;
    *out = (struct secret){0};
    return STATUS_NOT_FOUND;
}

enum status file_replace(const char *root, const char *dir, const char *name, const void *bytes, size_t len)
{
    (void)root;
    (void)dir;
    (void)name;
    (void)bytes;
    (void)len;
    return STATUS_NOT_SUPPORTED;
}

enum status file_lock(const char *root, const char *dir, const char *name, int64_t end_ms)
{
    (void)root;
    (void)dir;
    (void)name;
    (void)end_ms;
    return STATUS_NOT_SUPPORTED;
}

enum status file_clear(const char *root, const char *dir, const char *lock)
{
    (void)root;
    (void)dir;
    (void)lock;
    return STATUS_NOT_SUPPORTED;
}
