// SPDX-License-Identifier: Apache-2.0
/*
 * The cryptography that a reset needs, by the system's own library. Nothing here logs. A failure, NO_MEMORY
 * or CRYPTO_FAILED, leaves undefined what would have been filled.
 */
#ifndef PLATFORM_CRYPTO_H
#define PLATFORM_CRYPTO_H

#include <stddef.h>

#include "agent/status.h"

enum { CRYPTO_SHA256_SIZE = 32, CRYPTO_AES_BLOCK = 16, CRYPTO_AES128_KEY = 16 };

/* Overwrites len bytes in a way that no optimiser removes. */
void crypto_wipe(void *bytes, size_t len);

/* Fills out with len unpredictable bytes. */
enum status crypto_random(void *out, size_t len);

/* SHA-256 (FIPS 180-4). */
enum status crypto_sha256(const void *bytes, size_t len, unsigned char digest[CRYPTO_SHA256_SIZE]);

/* PBKDF2 with HMAC-SHA1 (RFC 8018, 5.2). */
enum status crypto_pbkdf2_sha1(const char *password, size_t password_len, const unsigned char *salt,
                               size_t salt_len, unsigned iterations, unsigned char *key, size_t key_len);

/*
 * AES-128 in CBC mode (NIST SP 800-38A), padding left in place: unpadding is the caller's. len is a multiple
 * of CRYPTO_AES_BLOCK, and out has room for len bytes.
 */
enum status crypto_aes128_cbc_decrypt(const unsigned char key[CRYPTO_AES128_KEY],
                                      const unsigned char iv[CRYPTO_AES_BLOCK], const unsigned char *in,
                                      size_t len, unsigned char *out);

#endif
