// SPDX-License-Identifier: Apache-2.0
/*
 * The accounts of a system: the one under root, which is "" for the running one, or a folder.
 * The boundary is "set this password": how a password is stored is the system's business.
 */
#ifndef PLATFORM_ACCOUNT_H
#define PLATFORM_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/secret.h"
#include "agent/status.h"

enum {
    ACCOUNT_NAME_MAX = 64, /* bytes, without the NUL; as ResetInstancesPassword allows */
    ACCOUNT_METHOD_MAX = 15
};

/* How a password is to be set. A system passes over what means nothing to it. */
struct account_settings {
    char hash_method[ACCOUNT_METHOD_MAX + 1]; /* Linux: of crypt(5), or "auto" to follow the system */
    bool unlock;                              /* Windows: also clear "disabled" and "locked out" */
    bool allow_domain_controller;             /* Windows: also set the password of a domain's account */
};

/* Finds the administrator's account of the system: root or ubuntu; on Windows the one with RID 500. name is
 * untouched on failure. */
enum status account_administrator(const char *root, char name[ACCOUNT_NAME_MAX + 1]);

/* Could this be the name of an account here? It may still not exist. */
bool account_is_name(const char *name);

/* Are these names of the same account here? */
bool account_is_same_name(const char *a, const char *b);

/*
 * Can the password of this account be set here? OK, ACCOUNT_NAME, ACCOUNT_UNKNOWN (not a local account),
 * ACCOUNT_NOT_SHADOWED, DOMAIN_CONTROLLER, or why that cannot be told. Changes nothing.
 */
enum status account_check(const char *root, const char *name, const struct account_settings *settings);

/*
 * Sets the password of a local account and verifies it: on Linux by reading it back, on Windows by logging
 * on. OK: it is set, on the disk, and verifies, as far as the system lets that be seen; where it does not, a
 * warning is logged. NOT_DURABLE and NOT_VERIFIED: the password was changed. Any other status: the old
 * password stands, and nothing is left behind. Waits up to 15 s, not beyond deadline_ms of host_now_ms(), for
 * other programs that change passwords (LOCK_TIMEOUT; STOPPED).
 */
enum status account_set_password(const char *root, const char *name, const struct account_settings *settings,
                                 const struct secret *password, int64_t deadline_ms);

/*
 * Removes what an account_set_password() that was interrupted (SIGKILL, power cut) left behind, and says so
 * in the log. Waits for other programs as that does. OK, also where there was nothing; else why something
 * stays, logged.
 */
enum status account_tidy(const char *root, int64_t deadline_ms);

#endif
