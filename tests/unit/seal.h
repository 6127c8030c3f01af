// SPDX-License-Identifier: Apache-2.0
/* The service's side of PROTOCOL.md's envelope, made with none of the agent's code. */
#ifndef UNIT_SEAL_H
#define UNIT_SEAL_H

#include <stddef.h>

#include "agent/secret.h"

/* The known answer of PROTOCOL.md. */
#define SEAL_KNOWN_UUID "8ae2549a-7b09-4787-8f25-4487d61be128"
#define SEAL_KNOWN_BLOB "0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM"
#define SEAL_KNOWN_TEXT "Fusion@123123123123123123123123123123123123123"

/* The blob of a password, under a salt of its own; the caller frees it. */
struct secret seal(const char *uuid, const void *password, size_t len);

/* The same for whole blocks, which are taken with whatever padding they have. */
struct secret seal_blocks(const char *uuid, const void *blocks, size_t len);

#endif
