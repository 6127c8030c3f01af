// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "tests/unit/open_blob.h"
#include "tests/unit/seal.h"

#define UUID  SEAL_KNOWN_UUID
#define SALT  "0Rqv2zwGpvA="
#define BLOCK "AAAAAAAAAAAAAAAAAAAAAA==" /* sixteen bytes */

static enum status open_text(const char *blob_text, const char *uuid_text, struct secret *password)
{
    return open_blob(secret_of_text(blob_text), uuid_text, password);
}

static void test_known_answer(void **state)
{
    struct secret password;

    (void)state;
    assert_status(open_text(SEAL_KNOWN_BLOB, SEAL_KNOWN_UUID, &password), STATUS_OK);
    assert_holds_text(&password, SEAL_KNOWN_TEXT);
    assert_string_equal(secret_text(&password), SEAL_KNOWN_TEXT);
    secret_free(&password);
}

static void test_white_space_is_tolerated(void **state)
{
    static const char *const rows[] = {
        " " SEAL_KNOWN_BLOB,
        SEAL_KNOWN_BLOB "\n",
        "0Rqv2zwGpvA=\nbrvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM\r\n",
        "0Rq v2z\twG\vpv\fA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPC\r\nlZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQT M",
    };
    struct secret password;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row_status(rows[i], open_text(rows[i], UUID, &password), STATUS_OK);
        assert_holds_text(&password, SEAL_KNOWN_TEXT);
        secret_free(&password);
    }
}

static void test_malformed_blobs(void **state)
{
    static const struct {
        const char *blob;
        enum status status;
    } rows[] = {
        {"", STATUS_BLOB_TOO_SHORT},
        {"0Rqv2zwGpvA", STATUS_BLOB_TOO_SHORT},
        {"   0Rqv2zwGpvA \n\t", STATUS_BLOB_TOO_SHORT},
        {"null", STATUS_BLOB_TOO_SHORT},
        {SALT, STATUS_BLOB_EMPTY},
        {SALT " \n ", STATUS_BLOB_EMPTY},
        /* the salt */
        {"0Rqv2zwGpvA!" BLOCK, STATUS_BLOB_NOT_BASE64},
        {"0Rqv2-wGpvA=" BLOCK, STATUS_BLOB_NOT_BASE64},
        {"=Rqv2zwGpvA=" BLOCK, STATUS_BLOB_NOT_BASE64},
        {"0Rqv2zwGpvB=" BLOCK, STATUS_BLOB_NOT_BASE64}, /* a stray bit */
        {"0Rqv2zwGpvA1" BLOCK, STATUS_BLOB_NOT_BASE64}, /* nine bytes */
        {"0Rqv2zwGpg==" BLOCK, STATUS_BLOB_NOT_BASE64}, /* seven bytes */
        {"0Rqv2zwGpvA1", STATUS_BLOB_NOT_BASE64},
        /* the ciphertext */
        {SALT "A", STATUS_BLOB_NOT_BASE64},
        {SALT "====", STATUS_BLOB_NOT_BASE64},
        {SALT "AAAAAAAAAAAAAAAAAAAAAA", STATUS_BLOB_NOT_BASE64},
        {SALT "AAAAAAAAAAAAAAAAAAAAAB==", STATUS_BLOB_NOT_BASE64},
        {SALT "AAAAAAAAAAA*AAAAAAAAAA==", STATUS_BLOB_NOT_BASE64},
        {SALT "AAAAAAAAAAA_AAAAAAAAAA==", STATUS_BLOB_NOT_BASE64},
        {SALT BLOCK BLOCK, STATUS_BLOB_NOT_BASE64}, /* padding in the middle */
        {SALT "\xc3\xa4"
              "AAAAAAAAAAAAAAAAAAAA==",
         STATUS_BLOB_NOT_BASE64},
        /* not of whole blocks */
        {SALT "AA==", STATUS_BLOB_LENGTH},
        {SALT "AAAAAAAAAAAAAAAAAAAA", STATUS_BLOB_LENGTH},     /* 15 */
        {SALT "AAAAAAAAAAAAAAAAAAAAAAA=", STATUS_BLOB_LENGTH}, /* 17 */
        {SALT "AAAAAAAAAAAAAAAAAAAAAAAA", STATUS_BLOB_LENGTH}, /* 18 */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secret password = {.len = 7};

        assert_row_status(rows[i].blob, open_text(rows[i].blob, UUID, &password), rows[i].status);
        assert_zeroed(&password);
    }
}

static void test_a_nul_in_the_blob_is_not_base64(void **state)
{
    static const char BLOB[] = SALT "AAAA\0AAAAAAAAAAAAAAAAA==";
    struct secret password;

    (void)state;
    assert_status(open_blob(secret_of(BLOB, sizeof BLOB - 1), UUID, &password), STATUS_BLOB_NOT_BASE64);
}

static void test_a_cut_blob(void **state)
{
    char text[sizeof SEAL_KNOWN_BLOB];
    struct secret password;

    (void)state;
    /* One block less: what was inside the text stands where the padding must be. */
    (void)strcpy(text, "0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpQ=");
    assert_status(open_text(text, UUID, &password), STATUS_BLOB_PADDING);
    for (size_t len = 0; len < strlen(SEAL_KNOWN_BLOB); len++) {
        memcpy(text, SEAL_KNOWN_BLOB, len);
        text[len] = '\0';
        assert_row(text, open_text(text, UUID, &password) != STATUS_OK);
        assert_zeroed(&password);
    }
}

static void test_wrong_uuid(void **state)
{
    static const char *const rows[] = {
        "8AE2549A-7B09-4787-8F25-4487D61BE128",
        "8ae2549a-7b09-4787-8f25-4487d61be129",
        "8ae2549a7b0947878f254487d61be128",
        "x",
    };
    struct secret password;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row_status(rows[i], open_text(SEAL_KNOWN_BLOB, rows[i], &password), STATUS_BLOB_PADDING);
        assert_zeroed(&password);
    }
}

/* Two blocks of letters that end in the bytes of a row. */
static struct secret seal_with_end(const char *end, size_t end_len)
{
    char blocks[32];

    memset(blocks, 'a', sizeof blocks);
    memcpy(blocks + sizeof blocks - end_len, end, end_len);
    return seal_blocks(UUID, blocks, sizeof blocks);
}

static void test_bad_padding(void **state)
{
    static const struct {
        const char *name;
        const char *end;
        size_t len;
    } rows[] = {
        {"0", "\0", 1},
        {"17", "\x11", 1},
        {"17 of 17", "\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11", 17},
        {"255", "\xff", 1},
        {"a letter", "a", 1},
        {"mixed, 2", "\x01\x02", 2},
        {"mixed, 3", "\x03\x02\x03", 3},
        {"mixed, first of 3", "\x04\x03\x03", 3},
        {"too few", "\x04\x04\x04", 3},
        {"ANSI X9.23", "\0\0\0\x04", 4},
        {"ISO 7816-4", "\x80\0\0\0", 4},
        {"mixed, 16", "\x0f\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10", 16},
    };
    struct secret password;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row_status(rows[i].name, open_blob(seal_with_end(rows[i].end, rows[i].len), UUID, &password),
                          STATUS_BLOB_PADDING);
        assert_zeroed(&password);
    }
}

static void test_every_good_padding(void **state)
{
    (void)state;
    for (unsigned padding = 1; padding <= 16; padding++) {
        struct secret password;
        char end[16];

        memset(end, (int)padding, sizeof end);
        assert_status(open_blob(seal_with_end(end, padding), UUID, &password), STATUS_OK);
        assert_holds(&password, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32 - padding);
        /* Behind the end stands a NUL: the contract of struct secret. */
        assert_int_equal(password.bytes[password.len], '\0');
        secret_free(&password);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answer),    cmocka_unit_test(test_white_space_is_tolerated),
        cmocka_unit_test(test_malformed_blobs), cmocka_unit_test(test_a_nul_in_the_blob_is_not_base64),
        cmocka_unit_test(test_a_cut_blob),      cmocka_unit_test(test_wrong_uuid),
        cmocka_unit_test(test_bad_padding),     cmocka_unit_test(test_every_good_padding),
    };

    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
