// SPDX-License-Identifier: Apache-2.0
#include "platform/account.h"

enum status account_administrator(const char *root, char name[ACCOUNT_NAME_MAX + 1])
{
    (void)root;
    (void)name;
    return STATUS_NOT_SUPPORTED;
}

bool account_is_name(const char *name)
{
    return *name != '\0';
}

enum status account_check(const char *root, const char *name, const struct account_settings *settings)
{
    (void)root;
    (void)name;
    (void)settings;
    return STATUS_NOT_SUPPORTED;
}

enum status account_set_password(const char *root, const char *name, const struct account_settings *settings,
                                 const struct secret *password, int64_t deadline_ms)
{
    (void)root;
    (void)name;
    (void)settings;
    (void)password;
    (void)deadline_ms;
    return STATUS_NOT_SUPPORTED;
}
