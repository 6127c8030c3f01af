// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <sys/random.h>

#include "platform/crypto.h"
#include "platform/linux/openssl_start.h"
#include "platform/linux/registers.h"

/* Where memory was short when it was made, there is none, and the functions that use it crash. */
static bool has_context(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    return OSSL_LIB_CTX_get0_global_default() != NULL;
#else
    return true;
#endif
}

bool openssl_start(void)
{
    return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
                                   OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
                               NULL) == 1 &&
           has_context();
}

void crypto_wipe(void *bytes, size_t len)
{
    OPENSSL_cleanse(bytes, len);
    registers_wipe(); /* through which memcpy(3) has moved them */
}

enum status crypto_random(void *out, size_t len)
{
    /* GRND_NONBLOCK: early at boot the kernel may not have gathered its entropy yet. */
    return getrandom(out, len, GRND_NONBLOCK) == (ssize_t)len ? STATUS_OK : STATUS_CRYPTO_FAILED;
}

/* Why OpenSSL failed, with errno 0 before it: what memory was too short for may be tried again. */
static enum status failure(void)
{
    return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_CRYPTO_FAILED;
}

enum status crypto_sha256(const void *bytes, size_t len, unsigned char digest[CRYPTO_SHA256_SIZE])
{
    errno = 0;
    if (!openssl_start() || EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL) != 1)
        return failure();
    return STATUS_OK;
}

enum status crypto_pbkdf2_sha1(const char *password, size_t password_len, const unsigned char *salt,
                               size_t salt_len, unsigned iterations, unsigned char *key, size_t key_len)
{
    if (password_len > INT_MAX || salt_len > INT_MAX || iterations > INT_MAX || key_len > INT_MAX)
        return STATUS_CRYPTO_FAILED;
    errno = 0;
    if (!openssl_start() || PKCS5_PBKDF2_HMAC(password, (int)password_len, salt, (int)salt_len,
                                              (int)iterations, EVP_sha1(), (int)key_len, key) != 1)
        return failure();
    return STATUS_OK;
}

enum status crypto_aes128_cbc_decrypt(const unsigned char key[CRYPTO_AES128_KEY],
                                      const unsigned char iv[CRYPTO_AES_BLOCK], const unsigned char *in,
                                      size_t len, unsigned char *out)
{
    EVP_CIPHER_CTX *context;
    enum status status = STATUS_OK;
    int written;

    if (len % CRYPTO_AES_BLOCK != 0 || len > INT_MAX)
        return STATUS_CRYPTO_FAILED;
    errno = 0;
    if (!openssl_start())
        return failure();
    context = EVP_CIPHER_CTX_new();
    if (context == NULL || EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv) != 1 ||
        EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
        EVP_DecryptUpdate(context, out, &written, in, (int)len) != 1 || written != (int)len)
        status = failure();
    EVP_CIPHER_CTX_free(context); /* which wipes the key schedule */
    return status;
}
