// SPDX-License-Identifier: Apache-2.0
/*
 * The envelope in which the service keeps a password: base64 of an 8-byte salt, base64 of AES-128-CBC
 * ciphertext. The key, which is the IV too, is PBKDF2-HMAC-SHA1 of the instance uuid's text. Pure: depends on
 * its arguments only.
 */
#ifndef AGENT_ENVELOPE_H
#define AGENT_ENVELOPE_H

#include "agent/secret.h"
#include "agent/status.h"

enum {
    ENVELOPE_BLOB_MAX = 4096,    /* characters, white space included */
    ENVELOPE_PASSWORD_MAX = 511, /* bytes: what crypt(3) takes */
};

/*
 * Opens an envelope. OK: password, which the caller frees, holds 1 to ENVELOPE_PASSWORD_MAX bytes of UTF-8
 * without control characters. On failure password is a zeroed struct, and the status is one of
 * BLOB_TOO_SHORT, BLOB_NOT_BASE64, BLOB_EMPTY, BLOB_LENGTH, BLOB_PADDING, PASSWORD_NOT_UTF8,
 * PASSWORD_CONTROL, PASSWORD_EMPTY, PASSWORD_TOO_LONG, CRYPTO_FAILED, NO_MEMORY. A wrong uuid shows as
 * BLOB_PADDING, rarely as another of these: the envelope has no authentication, which is why every check here
 * is strict.
 */
enum status envelope_open(const struct secret *blob, const struct secret *uuid, struct secret *password);

#endif
