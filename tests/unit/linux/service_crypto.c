// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <openssl/evp.h>

#include "tests/unit/service_crypto.h"

void service_derive_key(const char *uuid, const unsigned char *salt, size_t salt_len,
                        unsigned char key[SERVICE_KEY_SIZE])
{
    assert_int_equal(PKCS5_PBKDF2_HMAC(uuid, (int)strlen(uuid), salt, (int)salt_len, 5000, EVP_sha1(),
                                       SERVICE_KEY_SIZE, key),
                     1);
}

size_t service_encrypt(const unsigned char key[SERVICE_KEY_SIZE], const void *in, size_t len, bool padding,
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

size_t service_encode_base64(const unsigned char *bytes, size_t len, char *text, size_t size)
{
    assert_true(size > (len + 2) / 3 * 4);
    return (size_t)EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
}
