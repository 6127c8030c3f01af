// SPDX-License-Identifier: Apache-2.0
/* What a reset would do, to be tried with a password that nobody uses. */
#ifndef PLATFORM_LINUX_PROBE_HASH_TRIAL_H
#define PLATFORM_LINUX_PROBE_HASH_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/secret.h"
#include "agent/status.h"
#include "platform/linux/hash.h"
#include "platform/linux/login_defs.h"

struct hash_trial {
    struct login_defs defs;
    struct hash_plan plan;
    char hash[HASH_SIZE]; /* of the trial's password */
    int64_t ms;           /* how long it took to make */
};

/* Is this process's libcrypt that of the system under root? */
bool hash_trial_is_own(const char *root);

/* Plans as a reset of this account would; a shadow file that cannot be read is an empty one. */
enum status hash_trial_plan(const char *root, const char *user, const char *hash_method,
                            struct hash_trial *trial);

/* A password by chance, which the caller frees. NO_MEMORY, CRYPTO_FAILED. */
enum status hash_trial_password(struct secret *password);

#endif
