// SPDX-License-Identifier: Apache-2.0
/* agent/base64.c takes what OpenSSL writes, and of each value no other spelling. */
#include "tests/fuzz/fuzz.h"

#include <openssl/evp.h>
#include <string.h>

#include "agent/base64.h"

enum { TEXT_MAX = 4096 };

/* Exactly as large as may be needed, so that a byte too many is seen. */
static bool decode(const void *text, size_t len, unsigned char **out, size_t *out_len)
{
    *out = malloc(BASE64_DECODED_MAX(len));
    check(*out != NULL || BASE64_DECODED_MAX(len) == 0);
    return base64_decode(text, len, *out, out_len);
}

static void check_text(const uint8_t *text, size_t len)
{
    unsigned char *bytes;
    size_t decoded = 0;

    if (decode(text, len, &bytes, &decoded)) {
        unsigned char again[TEXT_MAX + 1];

        check((size_t)EVP_EncodeBlock(again, bytes, (int)decoded) == len);
        check(len == 0 || memcmp(again, text, len) == 0);
    }
    free(bytes);
}

static void check_bytes(const uint8_t *bytes, size_t len)
{
    char text[(TEXT_MAX + 2) / 3 * 4 + 1];
    unsigned char *again;
    size_t decoded = 0;

    check(decode(text, (size_t)EVP_EncodeBlock((unsigned char *)text, bytes, (int)len), &again, &decoded));
    check(decoded == len && (len == 0 || memcmp(again, bytes, len) == 0));
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len <= TEXT_MAX) {
        check_text(bytes, len);
        check_bytes(bytes, len);
    }
    return 0;
}
