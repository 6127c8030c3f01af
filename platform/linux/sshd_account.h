// SPDX-License-Identifier: Apache-2.0
/* What sshd asks of an account: its name and its groups, as the files of the system under root tell. */
#ifndef PLATFORM_LINUX_SSHD_ACCOUNT_H
#define PLATFORM_LINUX_SSHD_ACCOUNT_H

#include <stdbool.h>

#include "agent/secret.h"
#include "platform/account.h"

struct sshd_account {
    char name[ACCOUNT_NAME_MAX + 1];
    bool is_superuser;
    bool has_own_group;   /* its primary one has its name, and nobody else as a member */
    struct secret groups; /* their names, each with a NUL behind it */
};

/* False: its files cannot be read, it is not in there, or it is in too many groups. The caller frees it. */
bool sshd_account_read(const char *root, const char *name, struct sshd_account *account);

void sshd_account_free(struct sshd_account *account);

/* Does the pattern match a group of the account? */
bool sshd_account_in_group(const struct sshd_account *account, const char *pattern);

/* Does the list of patterns match one, and none behind a '!' do? */
bool sshd_account_in_groups(const struct sshd_account *account, const char *list);

#endif
