// SPDX-License-Identifier: Apache-2.0
/* Cryptography API: Next Generation. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "platform/crypto.h"
#include "platform/windows/winapi.h"

#include <bcrypt.h>

void crypto_wipe(void *bytes, size_t len)
{
    if (len > 0)
        SecureZeroMemory(bytes, len);
}

enum status crypto_random(void *out, size_t len)
{
    if (len > ULONG_MAX ||
        !BCRYPT_SUCCESS(BCryptGenRandom(NULL, out, (ULONG)len, BCRYPT_USE_SYSTEM_PREFERRED_RNG)))
        return STATUS_CRYPTO_FAILED;
    return STATUS_OK;
}

enum status crypto_sha256(const void *bytes, size_t len, unsigned char digest[CRYPTO_SHA256_SIZE])
{
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
    enum status status = STATUS_CRYPTO_FAILED;

    if (len > ULONG_MAX ||
        !BCRYPT_SUCCESS(BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0)))
        return status;
    if (BCRYPT_SUCCESS(BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0))) {
        /* CNG's prototypes have no const; it only reads. */
        if (BCRYPT_SUCCESS(BCryptHashData(hash, (PUCHAR)(uintptr_t)bytes, (ULONG)len, 0)) &&
            BCRYPT_SUCCESS(BCryptFinishHash(hash, digest, CRYPTO_SHA256_SIZE, 0)))
            status = STATUS_OK;
        (void)BCryptDestroyHash(hash);
    }
    (void)BCryptCloseAlgorithmProvider(algorithm, 0);
    return status;
}

enum status crypto_pbkdf2_sha1(const char *password, size_t password_len, const unsigned char *salt,
                               size_t salt_len, unsigned iterations, unsigned char *key, size_t key_len)
{
    BCRYPT_ALG_HANDLE hmac;
    enum status status = STATUS_CRYPTO_FAILED;

    if (password_len > ULONG_MAX || salt_len > ULONG_MAX || key_len > ULONG_MAX ||
        !BCRYPT_SUCCESS(
            BCryptOpenAlgorithmProvider(&hmac, BCRYPT_SHA1_ALGORITHM, NULL, BCRYPT_ALG_HANDLE_HMAC_FLAG)))
        return status;
    if (BCRYPT_SUCCESS(BCryptDeriveKeyPBKDF2(hmac, (PUCHAR)(uintptr_t)password, (ULONG)password_len,
                                             (PUCHAR)(uintptr_t)salt, (ULONG)salt_len, iterations, key,
                                             (ULONG)key_len, 0)))
        status = STATUS_OK;
    (void)BCryptCloseAlgorithmProvider(hmac, 0);
    return status;
}

/* One key object, from its making to its end. */
static bool decrypt(BCRYPT_ALG_HANDLE aes, const unsigned char key[CRYPTO_AES128_KEY],
                    unsigned char iv[CRYPTO_AES_BLOCK], const unsigned char *in, size_t len,
                    unsigned char *out)
{
    BCRYPT_KEY_HANDLE handle;
    ULONG written = 0;
    bool done;

    if (!BCRYPT_SUCCESS(
            BCryptGenerateSymmetricKey(aes, &handle, NULL, 0, (PUCHAR)(uintptr_t)key, CRYPTO_AES128_KEY, 0)))
        return false;
    done = BCRYPT_SUCCESS(BCryptDecrypt(handle, (PUCHAR)(uintptr_t)in, (ULONG)len, NULL, iv, CRYPTO_AES_BLOCK,
                                        out, (ULONG)len, &written, 0)) &&
           written == len;
    (void)BCryptDestroyKey(handle);
    return done;
}

enum status crypto_aes128_cbc_decrypt(const unsigned char key[CRYPTO_AES128_KEY],
                                      const unsigned char iv[CRYPTO_AES_BLOCK], const unsigned char *in,
                                      size_t len, unsigned char *out)
{
    BCRYPT_ALG_HANDLE aes;
    unsigned char running_iv[CRYPTO_AES_BLOCK]; /* CNG moves it on */
    enum status status = STATUS_CRYPTO_FAILED;

    if (len % CRYPTO_AES_BLOCK != 0 || len > ULONG_MAX ||
        !BCRYPT_SUCCESS(BCryptOpenAlgorithmProvider(&aes, BCRYPT_AES_ALGORITHM, NULL, 0)))
        return status;
    memcpy(running_iv, iv, sizeof running_iv);
    if (BCRYPT_SUCCESS(BCryptSetProperty(aes, BCRYPT_CHAINING_MODE, (PUCHAR)(uintptr_t)BCRYPT_CHAIN_MODE_CBC,
                                         sizeof BCRYPT_CHAIN_MODE_CBC, 0)) &&
        decrypt(aes, key, running_iv, in, len, out))
        status = STATUS_OK;
    crypto_wipe(running_iv, sizeof running_iv); /* the key again, in this protocol */
    (void)BCryptCloseAlgorithmProvider(aes, 0);
    return status;
}
