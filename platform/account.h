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

enum { ACCOUNT_NAME_MAX = 64 }; /* bytes, without the NUL; as ResetInstancesPassword allows */

/* Finds the administrator's account of the system. name is untouched on failure. */
enum status account_administrator(const char *root, char name[ACCOUNT_NAME_MAX + 1]);

/* Could this be the name of an account here? It may still not exist. */
bool account_is_name(const char *name);

/*
 * Can the password of this account be set here? OK, ACCOUNT_NAME, ACCOUNT_UNKNOWN (not a local account),
 * ACCOUNT_NOT_SHADOWED, or why that cannot be told. Changes nothing.
 */
enum status account_check(const char *root, const char *name);

/*
 * Sets the password of a local account and verifies it by reading it back. hash_method is the configured
 * method, "auto" to follow the system. OK: it is set, on the disk, and verifies. NOT_DURABLE and
 * NOT_VERIFIED: the password file was replaced. Any other status: the old password stands, and nothing is
 * left behind. Waits up to 15 s, not beyond deadline_ms of host_now_ms(), for other programs that
 * change passwords (LOCK_TIMEOUT; STOPPED).
 */
enum status account_set_password(const char *root, const char *name, const char *hash_method,
                                 const struct secret *password, int64_t deadline_ms);

#endif
