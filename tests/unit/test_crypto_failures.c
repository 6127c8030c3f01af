// SPDX-License-Identifier: Apache-2.0
/* A cryptographic library, or a source of chance, that fails: what becomes of a reset. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include "agent/persist.h"
#include "agent/reset.h"
#include "platform/crypto.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

static int library_error;      /* errno of OpenSSL, which does not start then; 0: it does */
static int cipher_error;       /* errno of what it has no cipher for; 0: it has one */
static bool has_digest = true; /* and else fails */
static bool has_key = true;
static bool has_chance = true;

/* These take the place of OpenSSL's and libc's; where they work, what they give is of no use. */

int OPENSSL_init_crypto(uint64_t options, const OPENSSL_INIT_SETTINGS *settings)
{
    (void)options;
    (void)settings;
    errno = library_error;
    return library_error == 0;
}

int EVP_DecryptInit_ex(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, ENGINE *engine,
                       const unsigned char *key, const unsigned char *iv)
{
    (void)engine;
    errno = cipher_error;
    return cipher_error == 0 && EVP_CipherInit_ex(context, cipher, NULL, key, iv, 0) == 1;
}

int EVP_Digest(const void *bytes, size_t len, unsigned char *digest, unsigned *size, const EVP_MD *type,
               ENGINE *engine)
{
    (void)bytes;
    (void)len;
    (void)size;
    (void)type;
    (void)engine;
    memset(digest, 0xab, CRYPTO_SHA256_SIZE);
    return has_digest;
}

int PKCS5_PBKDF2_HMAC(const char *password, int password_len, const unsigned char *salt, int salt_len,
                      int iterations, const EVP_MD *digest, int key_len, unsigned char *key)
{
    (void)password;
    (void)password_len;
    (void)salt;
    (void)salt_len;
    (void)iterations;
    (void)digest;
    memset(key, 0, (size_t)key_len);
    return has_key;
}

ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
    assert_int_equal(flags, GRND_NONBLOCK);
    memset(bytes, 0xff, len);
    errno = EAGAIN;
    return has_chance ? (ssize_t)len : -1;
}

static void test_no_digest(void **state)
{
    unsigned char digest[CRYPTO_SHA256_SIZE];

    (void)state;
    ask_for_reset_when_announced();
    has_digest = false;
    assert_status(crypto_sha256("x", 1, digest), STATUS_CRYPTO_FAILED);
    assert_status(reset_run(&config), STATUS_CRYPTO_FAILED);
    has_digest = true;
    assert_nothing_done();
    assert_recorded(STATUS_CRYPTO_FAILED);
}

static void test_no_key(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    has_key = false;
    assert_status(reset_run(&config), STATUS_CRYPTO_FAILED);
    has_key = true;
    assert_nothing_done();
    assert_reported(false, "crypto-failed", "");
}

/* A want of memory passes, other failures stay. */
static void test_no_library(void **state)
{
    static const struct {
        int error;
        enum status expected;
    } rows[] = {{ENOMEM, STATUS_NO_MEMORY}, {EIO, STATUS_CRYPTO_FAILED}};
    unsigned char block[CRYPTO_AES_BLOCK] = {0};
    unsigned char out[CRYPTO_SHA256_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        library_error = rows[i].error;
        assert_status(crypto_sha256("x", 1, out), rows[i].expected);
        assert_status(crypto_pbkdf2_sha1("", 0, block, 1, 1, out, 1), rows[i].expected);
        assert_status(crypto_aes128_cbc_decrypt(block, block, block, sizeof block, out), rows[i].expected);
        library_error = 0;
        cipher_error = rows[i].error;
        assert_status(crypto_aes128_cbc_decrypt(block, block, block, sizeof block, out), rows[i].expected);
        cipher_error = 0;
        assert_status(crypto_aes128_cbc_decrypt(block, block, block, sizeof block, out), STATUS_OK);
    }
}

static void test_numbers_that_are_too_large(void **state)
{
    static const size_t LARGE = (size_t)INT32_MAX + 1;
    unsigned char key[CRYPTO_AES128_KEY];
    unsigned char salt[1] = {0};

    (void)state;
    assert_status(crypto_pbkdf2_sha1("", 0, salt, 1, 1, key, sizeof key), STATUS_OK);
    assert_status(crypto_pbkdf2_sha1("", LARGE, salt, 1, 1, key, sizeof key), STATUS_CRYPTO_FAILED);
    assert_status(crypto_pbkdf2_sha1("", 0, salt, LARGE, 1, key, sizeof key), STATUS_CRYPTO_FAILED);
    assert_status(crypto_pbkdf2_sha1("", 0, salt, 1, UINT32_MAX, key, sizeof key), STATUS_CRYPTO_FAILED);
    assert_status(crypto_pbkdf2_sha1("", 0, salt, 1, 1, key, LARGE), STATUS_CRYPTO_FAILED);
}

/* Early at boot: delays have no jitter, and that is all. */
static void test_no_chance(void **state)
{
    struct persist persist = persist_begin(60000);

    (void)state;
    has_chance = false;
    assert_status(persist_after(&persist, "step", STATUS_UNREACHABLE), STATUS_OK);
    has_chance = true;
    assert_int_equal(elapsed_ms(), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_no_digest),  with_cloud(test_no_key),
        with_cloud(test_no_library), with_cloud(test_numbers_that_are_too_large),
        with_cloud(test_no_chance),
    };

    return cmocka_run_group_tests_name("crypto_failures", tests, NULL, NULL);
}
