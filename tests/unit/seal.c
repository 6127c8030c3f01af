// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "tests/unit/seal.h"
#include "tests/unit/service_crypto.h"

enum { SALT_SIZE = 8, SALT_TEXT_LEN = 12, PLAIN_MAX = 2048 };

static void make_salt(unsigned char salt[SALT_SIZE])
{
    static unsigned char count;
    const unsigned char fresh[SALT_SIZE] = {0xd1, 0x1a, 0xaf, 0xdb, 0x3c, 0x06, 0xa6, ++count};

    memcpy(salt, fresh, SALT_SIZE);
}

static struct secret make_blob(const char *uuid, const void *bytes, size_t len, bool padding)
{
    unsigned char salt[SALT_SIZE];
    unsigned char key[SERVICE_KEY_SIZE];
    unsigned char ciphertext[PLAIN_MAX + SERVICE_BLOCK_SIZE];
    char text[SALT_TEXT_LEN + (sizeof ciphertext + 2) / 3 * 4 + 1];
    size_t size;
    size_t text_len;

    assert_true(len <= PLAIN_MAX);
    make_salt(salt);
    service_derive_key(uuid, salt, SALT_SIZE, key);
    size = service_encrypt(key, bytes, len, padding, ciphertext);
    text_len = service_encode_base64(salt, SALT_SIZE, text, sizeof text);
    assert_int_equal(text_len, SALT_TEXT_LEN);
    text_len += service_encode_base64(ciphertext, size, text + text_len, sizeof text - text_len);
    return secret_of(text, text_len);
}

struct secret seal(const char *uuid, const void *password, size_t len)
{
    return make_blob(uuid, password, len, true);
}

struct secret seal_blocks(const char *uuid, const void *blocks, size_t len)
{
    return make_blob(uuid, blocks, len, false);
}
