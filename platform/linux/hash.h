// SPDX-License-Identifier: Apache-2.0
/* Password hashes by the system's libcrypt (crypt(3), crypt(5)), and which of its methods an image can
 * verify. */
#ifndef PLATFORM_LINUX_HASH_H
#define PLATFORM_LINUX_HASH_H

#include <stdbool.h>

#include "agent/secret.h"
#include "agent/status.h"
#include "platform/linux/login_defs.h"

enum { HASH_SIZE = 384, HASH_CHOICES_MAX = 5 };

/* Who chose a method. */
enum hash_source {
    HASH_BY_CONFIGURATION,
    HASH_BY_LOGIN_DEFS,
    HASH_BY_OTHERS, /* the hashes that stand in the shadow file */
    HASH_BY_LIBCRYPT,
    HASH_BY_DEFAULT
};

struct hash_choice {
    const char *prefix;   /* as for crypt_gensalt(3): "$6$" */
    unsigned long rounds; /* likewise; 0 is the method's default */
    enum hash_source source;
};

/* The methods to try, the best one first. */
struct hash_plan {
    struct hash_choice choice[HASH_CHOICES_MAX];
    size_t count; /* at least 1 */
};

/*
 * What an image can verify: the configured method unless "auto"; what its login.defs names; what the
 * account's old hash, or else the first hash of the shadow file, is made by; where the image is the running
 * system, what its libcrypt prefers; SHA-512, which every libcrypt of the last fifteen years knows. Where
 * login.defs names DES or MD5, SHA-512 stands for it: DES would ignore all but eight characters.
 */
struct hash_plan hash_choose(const char *configured, const struct login_defs *defs,
                             const struct secret *shadow, const char *account, bool is_running_system);

/* Hashes a password, which has no NUL, with the first method of the plan that works here. HASH_FAILED,
 * NO_MEMORY. */
enum status hash_make(const struct hash_plan *plan, const struct secret *password, char out[HASH_SIZE]);

/* The name of a method as crypt(5) has it, by its prefix or by a hash of it. Never NULL. */
const char *hash_method_name(const char *prefix_or_hash);

/* Is this one of the names by which hash_choose() knows a method, or would SHA-512 stand for it? */
bool hash_knows_method(const char *name);
bool hash_replaces_method(const char *name);

/* Does the hash verify the password? *matches is set when OK is returned. NO_MEMORY. */
enum status hash_verify(const char *hash, const struct secret *password, bool *matches);

#endif
