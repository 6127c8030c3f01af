// SPDX-License-Identifier: Apache-2.0
/* The service's cryptography: the system's own library, and none of the agent's code. Failures end the test.
 */
#ifndef UNIT_SERVICE_CRYPTO_H
#define UNIT_SERVICE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVICE_KEY_SIZE = 16, SERVICE_BLOCK_SIZE = 16 };

/* PBKDF2 with HMAC-SHA1, 5000 rounds. */
void service_derive_key(const char *uuid, const unsigned char *salt, size_t salt_len,
                        unsigned char key[SERVICE_KEY_SIZE]);

/* AES-128 in CBC mode, the key being the first block, too. Returns how many bytes out was given. */
size_t service_encrypt(const unsigned char key[SERVICE_KEY_SIZE], const void *in, size_t len, bool padding,
                       unsigned char *out);

/* Writes base64 and a NUL to text, and returns its length. */
size_t service_encode_base64(const unsigned char *bytes, size_t len, char *text, size_t size);

#endif
