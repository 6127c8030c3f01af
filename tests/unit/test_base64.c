// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/base64.h"
#include "tests/unit/service_crypto.h"

static void test_vectors_of_the_rfc(void **state)
{
    static const struct {
        const char *text;
        const char *bytes;
    } rows[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"++//", "\xfb\xef\xff"},
    };
    unsigned char out[16];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t len = 99;

        assert_row(rows[i].text, base64_decode(rows[i].text, strlen(rows[i].text), out, &len));
        assert_row(rows[i].text, len == strlen(rows[i].bytes));
        assert_row(rows[i].text, memcmp(out, rows[i].bytes, len) == 0);
    }
}

static void test_what_is_refused(void **state)
{
    static const char *const rows[] = {
        "Z",        "Zg",       "Zg=",      "Zm8",   "Zm9vY", "====",    "Z===",    "=Zg=",
        "Zg=g",     "Zg==Zg==", "Zm8=Zm8=", "Zh==",  "Zn==",  "Zm9=",    "Zm-v",    "Zm_v",
        "Zm 9v",    "Zm9v\n",   "Zm9v    ", "Zm\n9", "Zm9v.", "Zm9\x80", "Zm9\xff", "Zm9!",
        "Zm9v====", "Zm9vY===", "Zm9vY=E=", "A@AA",  "A[AA",  "A`AA",    "A{AA",    "A:AA",
    };
    unsigned char out[16];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t len = 99;

        assert_row(rows[i], !base64_decode(rows[i], strlen(rows[i]), out, &len));
        assert_row(rows[i], len == 99);
    }
}

static void test_a_nul_is_refused(void **state)
{
    unsigned char out[3];
    size_t len;

    (void)state;
    assert_false(base64_decode("Zm\0v", 4, out, &len));
}

static void test_only_len_characters_are_read(void **state)
{
    unsigned char out[3];
    size_t len;

    (void)state;
    assert_true(base64_decode("Zm9v!!!!", 4, out, &len));
    assert_int_equal(len, 3);
}

/* Against another implementation, for each length and byte value; into a buffer of just the size promised. */
static void test_round_trip(void **state)
{
    (void)state;
    for (size_t size = 0; size < 300; size++) {
        unsigned char bytes[300] = {0};
        char text[404];
        struct secret out;
        size_t text_len;
        size_t len;

        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)(i * 7 + size);
        text_len = service_encode_base64(bytes, size, text, sizeof text);
        assert_status(secret_alloc(&out, BASE64_DECODED_MAX(text_len)), STATUS_OK);
        assert_true(base64_decode(text, text_len, out.bytes, &len));
        out.len = len;
        assert_holds(&out, bytes, size);
        secret_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_the_rfc), cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_nul_is_refused),   cmocka_unit_test(test_only_len_characters_are_read),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
