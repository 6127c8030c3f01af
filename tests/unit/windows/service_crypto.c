// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "platform/windows/winapi.h"

#include <bcrypt.h>
#include <wincrypt.h>

#include "tests/unit/service_crypto.h"

static BCRYPT_ALG_HANDLE open_algorithm(const wchar_t *name, ULONG flags)
{
    BCRYPT_ALG_HANDLE algorithm = NULL;

    assert_int_equal(BCryptOpenAlgorithmProvider(&algorithm, name, NULL, flags), 0);
    return algorithm;
}

void service_derive_key(const char *uuid, const unsigned char *salt, size_t salt_len,
                        unsigned char key[SERVICE_KEY_SIZE])
{
    BCRYPT_ALG_HANDLE sha1 = open_algorithm(BCRYPT_SHA1_ALGORITHM, BCRYPT_ALG_HANDLE_HMAC_FLAG);

    assert_int_equal(BCryptDeriveKeyPBKDF2(sha1, (UCHAR *)uuid, (ULONG)strlen(uuid), (UCHAR *)salt,
                                           (ULONG)salt_len, 5000, key, SERVICE_KEY_SIZE, 0),
                     0);
    assert_int_equal(BCryptCloseAlgorithmProvider(sha1, 0), 0);
}

size_t service_encrypt(const unsigned char key[SERVICE_KEY_SIZE], const void *in, size_t len, bool padding,
                       unsigned char *out)
{
    BCRYPT_ALG_HANDLE aes = open_algorithm(BCRYPT_AES_ALGORITHM, 0);
    const ULONG room = (ULONG)(len + SERVICE_BLOCK_SIZE);
    unsigned char iv[SERVICE_BLOCK_SIZE];
    BCRYPT_KEY_HANDLE handle = NULL;
    ULONG written = 0;

    memcpy(iv, key, sizeof iv);
    assert_int_equal(BCryptSetProperty(aes, BCRYPT_CHAINING_MODE, (UCHAR *)BCRYPT_CHAIN_MODE_CBC,
                                       sizeof BCRYPT_CHAIN_MODE_CBC, 0),
                     0);
    assert_int_equal(BCryptGenerateSymmetricKey(aes, &handle, NULL, 0, (UCHAR *)key, SERVICE_KEY_SIZE, 0), 0);
    assert_int_equal(BCryptEncrypt(handle, (UCHAR *)in, (ULONG)len, NULL, iv, sizeof iv, out, room, &written,
                                   padding ? BCRYPT_BLOCK_PADDING : 0),
                     0);
    assert_int_equal(BCryptDestroyKey(handle), 0);
    assert_int_equal(BCryptCloseAlgorithmProvider(aes, 0), 0);
    return written;
}

size_t service_encode_base64(const unsigned char *bytes, size_t len, char *text, size_t size)
{
    DWORD count = (DWORD)size;

    text[0] = '\0';
    /* Of nothing it makes an error. */
    assert_true(len == 0 || CryptBinaryToStringA(bytes, (DWORD)len, CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF,
                                                 text, &count));
    return strlen(text);
}
