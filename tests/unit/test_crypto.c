// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "platform/crypto.h"

static void test_sha256(void **state)
{
    /* FIPS 180-4: "abc" */
    static const unsigned char ABC[CRYPTO_SHA256_SIZE] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
        0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    };
    unsigned char digest[CRYPTO_SHA256_SIZE];

    (void)state;
    assert_status(crypto_sha256("abc", 3, digest), STATUS_OK);
    assert_memory_equal(digest, ABC, sizeof ABC);
    assert_status(crypto_sha256("", 0, digest), STATUS_OK);
    assert_int_equal(digest[0], 0xe3);
}

static void test_pbkdf2(void **state)
{
    /* RFC 6070, and the key of PROTOCOL.md */
    static const unsigned char RFC[20] = {0x4b, 0x00, 0x79, 0x01, 0xb7, 0x65, 0x48, 0x9a, 0xbe, 0xad,
                                          0x49, 0xd9, 0x26, 0xf7, 0x21, 0xd0, 0x65, 0xa4, 0x29, 0xc1};
    static const unsigned char SALT[8] = {0xd1, 0x1a, 0xaf, 0xdb, 0x3c, 0x06, 0xa6, 0xf0};
    static const unsigned char KEY[16] = {0xdd, 0x56, 0x7e, 0x65, 0x18, 0x05, 0xa9, 0xf9,
                                          0x5b, 0xb1, 0xb2, 0x30, 0x9c, 0x95, 0x76, 0x79};
    unsigned char key[20];

    (void)state;
    assert_status(crypto_pbkdf2_sha1("password", 8, (const unsigned char *)"salt", 4, 4096, key, 20),
                  STATUS_OK);
    assert_memory_equal(key, RFC, sizeof RFC);
    assert_status(crypto_pbkdf2_sha1("8ae2549a-7b09-4787-8f25-4487d61be128", 36, SALT, 8, 5000, key, 16),
                  STATUS_OK);
    assert_memory_equal(key, KEY, sizeof KEY);
}

static void test_aes128_cbc(void **state)
{
    /* NIST SP 800-38A, F.2.2 */
    static const unsigned char KEY[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                          0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
    static const unsigned char IV[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const unsigned char IN[32] = {0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46, 0xce, 0xe9, 0x8e,
                                         0x9b, 0x12, 0xe9, 0x19, 0x7d, 0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72,
                                         0x19, 0xee, 0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2};
    static const unsigned char OUT[32] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e,
                                          0x11, 0x73, 0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03,
                                          0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51};
    unsigned char out[32];

    (void)state;
    assert_status(crypto_aes128_cbc_decrypt(KEY, IV, IN, sizeof IN, out), STATUS_OK);
    assert_memory_equal(out, OUT, sizeof OUT);
    assert_status(crypto_aes128_cbc_decrypt(KEY, IV, IN, 17, out), STATUS_CRYPTO_FAILED);
}

static void test_random_and_wipe(void **state)
{
    static const unsigned char ZEROS[16];
    unsigned char one[16] = {0};
    unsigned char two[16] = {0};

    (void)state;
    assert_status(crypto_random(one, sizeof one), STATUS_OK);
    assert_status(crypto_random(two, sizeof two), STATUS_OK);
    assert_memory_not_equal(one, two, sizeof one);
    crypto_wipe(one, sizeof one);
    assert_memory_equal(one, ZEROS, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_pbkdf2),
        cmocka_unit_test(test_aes128_cbc),
        cmocka_unit_test(test_random_and_wipe),
    };

    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
