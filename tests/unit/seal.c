// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <openssl/evp.h>

#include "tests/unit/seal.h"

enum { SALT_SIZE = 8, SALT_TEXT_LEN = 12, KEY_SIZE = 16, BLOCK_SIZE = 16, PLAIN_MAX = 2048 };

static void make_salt(unsigned char salt[SALT_SIZE])
{
    static unsigned char count;
    const unsigned char fresh[SALT_SIZE] = {0xd1, 0x1a, 0xaf, 0xdb, 0x3c, 0x06, 0xa6, ++count};

    memcpy(salt, fresh, SALT_SIZE);
}

static size_t encrypt(const unsigned char key[KEY_SIZE], const void *in, size_t len, int padding,
                      unsigned char *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    int rest = 0;

    assert_non_null(context);
    assert_int_equal(EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, key), 1);
    assert_int_equal(EVP_CIPHER_CTX_set_padding(context, padding), 1);
    assert_int_equal(EVP_EncryptUpdate(context, out, &written, in, (int)len), 1);
    assert_int_equal(EVP_EncryptFinal_ex(context, out + written, &rest), 1);
    EVP_CIPHER_CTX_free(context);
    return (size_t)(written + rest);
}

static struct secret make_blob(const char *uuid, const void *bytes, size_t len, int padding)
{
    unsigned char salt[SALT_SIZE];
    unsigned char key[KEY_SIZE];
    unsigned char ciphertext[PLAIN_MAX + BLOCK_SIZE];
    unsigned char text[SALT_TEXT_LEN + (sizeof ciphertext + 2) / 3 * 4 + 1];
    size_t size;
    int text_len;

    assert_true(len <= PLAIN_MAX);
    make_salt(salt);
    assert_int_equal(
        PKCS5_PBKDF2_HMAC(uuid, (int)strlen(uuid), salt, SALT_SIZE, 5000, EVP_sha1(), KEY_SIZE, key), 1);
    size = encrypt(key, bytes, len, padding, ciphertext);
    assert_int_equal(EVP_EncodeBlock(text, salt, SALT_SIZE), SALT_TEXT_LEN);
    text_len = EVP_EncodeBlock(text + SALT_TEXT_LEN, ciphertext, (int)size);
    return secret_of(text, SALT_TEXT_LEN + (size_t)text_len);
}

struct secret seal(const char *uuid, const void *password, size_t len)
{
    return make_blob(uuid, password, len, 1);
}

struct secret seal_blocks(const char *uuid, const void *blocks, size_t len)
{
    return make_blob(uuid, blocks, len, 0);
}
