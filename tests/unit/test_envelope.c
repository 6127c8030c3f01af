// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/envelope.h"
#include "tests/unit/seal.h"

#define UUID  SEAL_KNOWN_UUID
#define SALT  "0Rqv2zwGpvA="
#define BLOCK "AAAAAAAAAAAAAAAAAAAAAA==" /* sixteen bytes */

static enum status open_text(const char *blob_text, const char *uuid_text, struct secret *password)
{
    struct secret blob = secret_of_text(blob_text);
    struct secret uuid = secret_of_text(uuid_text);
    enum status status = envelope_open(&blob, &uuid, password);

    secret_free(&blob);
    secret_free(&uuid);
    return status;
}

/* A failure leaves nothing to free. */
static void assert_zeroed(const struct secret *s)
{
    assert_null(s->bytes);
    assert_int_equal(s->len, 0);
    assert_int_equal(s->capacity, 0);
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
    struct secret blob = secret_of(BLOB, sizeof BLOB - 1);
    struct secret uuid = secret_of_text(UUID);
    struct secret password;

    (void)state;
    assert_status(envelope_open(&blob, &uuid, &password), STATUS_BLOB_NOT_BASE64);
    secret_free(&blob);
    secret_free(&uuid);
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

static enum status open_blob(struct secret blob, struct secret *password)
{
    struct secret uuid = secret_of_text(UUID);
    enum status status = envelope_open(&blob, &uuid, password);

    secret_free(&blob);
    secret_free(&uuid);
    return status;
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
        assert_row_status(rows[i].name, open_blob(seal_with_end(rows[i].end, rows[i].len), &password),
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
        assert_status(open_blob(seal_with_end(end, padding), &password), STATUS_OK);
        assert_holds(&password, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32 - padding);
        /* Behind the end stands a NUL: the contract of struct secret. */
        assert_int_equal(password.bytes[password.len], '\0');
        secret_free(&password);
    }
}

struct text_row {
    const char *bytes;
    size_t len; /* 0: of the string */
    enum status status;
};

static void check_texts(const struct text_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = rows[i].len != 0 ? rows[i].len : strlen(rows[i].bytes);
        struct secret password;

        assert_row_status(rows[i].bytes, open_blob(seal(UUID, rows[i].bytes, len), &password),
                          rows[i].status);
        if (rows[i].status == STATUS_OK)
            assert_holds(&password, rows[i].bytes, len);
        else
            assert_zeroed(&password);
        secret_free(&password);
    }
}

static void test_texts_that_are_not_utf8(void **state)
{
    static const struct text_row rows[] = {
        {"\x80", 0, STATUS_PASSWORD_NOT_UTF8},
        {"abc\xff", 0, STATUS_PASSWORD_NOT_UTF8},
        {"abc\xfe", 0, STATUS_PASSWORD_NOT_UTF8},
        {"M\xfcller", 0, STATUS_PASSWORD_NOT_UTF8}, /* Latin-1 */
        {"\xbf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"a\x80"
         "b",
         0, STATUS_PASSWORD_NOT_UTF8},
        /* overlong */
        {"\xc0\x80", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xc0\xaf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xc1\xbf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xe0\x80\xaf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xe0\x9f\xbf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xf0\x80\x80\xaf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xf0\x8f\xbf\xbf", 0, STATUS_PASSWORD_NOT_UTF8},
        /* surrogates */
        {"\xed\xa0\x80", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xed\xbf\xbf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xed\xa0\xbd\xed\xb8\x80", 0, STATUS_PASSWORD_NOT_UTF8},
        /* above U+10FFFF */
        {"\xf4\x90\x80\x80", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xf7\xbf\xbf\xbf", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xf8\x88\x80\x80\x80", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xfc\x84\x80\x80\x80\x80", 0, STATUS_PASSWORD_NOT_UTF8},
        /* truncated */
        {"\xc3", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xe4\xbd", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xf0\x9f\x98", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xc3"
         "a",
         0, STATUS_PASSWORD_NOT_UTF8},
        {"\xe4\xbd"
         "aa",
         0, STATUS_PASSWORD_NOT_UTF8},
        {"\xe4"
         "a\xa0",
         0, STATUS_PASSWORD_NOT_UTF8},
        {"\xf0\x9f\x98\xc3", 0, STATUS_PASSWORD_NOT_UTF8},
        {"\xe4\xbd\xa0\xe4", 0, STATUS_PASSWORD_NOT_UTF8},
        /* both: the wrong key is the likelier cause */
        {"\x01\xff", 0, STATUS_PASSWORD_NOT_UTF8},
    };

    (void)state;
    check_texts(rows, COUNT_OF(rows));
}

static void test_control_characters(void **state)
{
    static const struct text_row rows[] = {
        {"\0", 1, STATUS_PASSWORD_CONTROL},
        {"abc\0", 4, STATUS_PASSWORD_CONTROL},
        {"abc\0def", 7, STATUS_PASSWORD_CONTROL},
        {"abc\n", 0, STATUS_PASSWORD_CONTROL},
        {"abc\r\ndef", 0, STATUS_PASSWORD_CONTROL},
        {"a\tb", 0, STATUS_PASSWORD_CONTROL},
        {"\x01", 0, STATUS_PASSWORD_CONTROL},
        {"\x1b[31m", 0, STATUS_PASSWORD_CONTROL},
        {"\x1f", 0, STATUS_PASSWORD_CONTROL},
        {"a\x7f", 0, STATUS_PASSWORD_CONTROL},
        {"\xc2\x80", 0, STATUS_PASSWORD_CONTROL}, /* U+0080 */
        {"a\xc2\x85"
         "b",
         0, STATUS_PASSWORD_CONTROL}, /* U+0085, NEL */
        {"\xc2\x9b"
         "31m",
         0, STATUS_PASSWORD_CONTROL}, /* U+009B, CSI */
        {"\xc2\x9f", 0, STATUS_PASSWORD_CONTROL},
    };

    (void)state;
    check_texts(rows, COUNT_OF(rows));
}

static void test_texts_that_are_passwords(void **state)
{
    static const struct text_row rows[] = {
        {"a", 0, STATUS_OK},
        {" ", 0, STATUS_OK},
        {"  two blanks at both ends  ", 0, STATUS_OK},
        {"a;touch x", 0, STATUS_OK},
        {"$HOME `id` $(id) | & < > #", 0, STATUS_OK},
        {"root:x:0:0", 0, STATUS_OK},
        {"\"double\" and 'single' \\ back", 0, STATUS_OK},
        {"~", 0, STATUS_OK},
        {"sixteen bytes ok", 0, STATUS_OK},
        {"null", 0, STATUS_OK},
        {"\xc2\xa0", 0, STATUS_OK}, /* U+00A0, the first behind C1 */
        {"\xc3\xa9\xc3\xa8", 0, STATUS_OK},
        {"\xdf\xbf", 0, STATUS_OK},         /* U+07FF */
        {"\xe0\xa0\x80", 0, STATUS_OK},     /* U+0800 */
        {"\xed\x9f\xbf", 0, STATUS_OK},     /* U+D7FF */
        {"\xee\x80\x80", 0, STATUS_OK},     /* U+E000 */
        {"\xef\xbf\xbf", 0, STATUS_OK},     /* U+FFFF */
        {"\xf0\x90\x80\x80", 0, STATUS_OK}, /* U+10000 */
        {"\xf4\x8f\xbf\xbf", 0, STATUS_OK}, /* U+10FFFF */
        {"\xe5\xaf\x86\xe7\xa0\x81\xe6\x98\xaf", 0, STATUS_OK},
        {"\xf0\x9f\x94\x91\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", 0, STATUS_OK},
    };

    (void)state;
    check_texts(rows, COUNT_OF(rows));
}

static void test_lengths(void **state)
{
    char text[ENVELOPE_PASSWORD_MAX + 60];
    struct secret password;

    (void)state;
    memset(text, 'p', sizeof text);
    assert_status(open_blob(seal(UUID, text, 0), &password), STATUS_PASSWORD_EMPTY);
    assert_zeroed(&password);
    assert_status(open_blob(seal(UUID, text, 511), &password), STATUS_OK);
    assert_holds(&password, text, 511);
    secret_free(&password);
    assert_status(open_blob(seal(UUID, text, 512), &password), STATUS_PASSWORD_TOO_LONG);
    assert_zeroed(&password);
    assert_status(open_blob(seal(UUID, text, sizeof text), &password), STATUS_PASSWORD_TOO_LONG);
    assert_zeroed(&password);
}

/* The limit is of bytes: 170 characters and one byte fit, 171 characters do not. */
static void test_lengths_of_multibyte_text(void **state)
{
    char text[513];
    struct secret password;

    (void)state;
    for (size_t i = 0; i < 171; i++)
        memcpy(text + 3 * i, "\xe5\xaf\x86", 3);
    assert_status(open_blob(seal(UUID, text, 510), &password), STATUS_OK);
    secret_free(&password);
    assert_status(open_blob(seal(UUID, text, 513), &password), STATUS_PASSWORD_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answer),
        cmocka_unit_test(test_white_space_is_tolerated),
        cmocka_unit_test(test_malformed_blobs),
        cmocka_unit_test(test_a_nul_in_the_blob_is_not_base64),
        cmocka_unit_test(test_a_cut_blob),
        cmocka_unit_test(test_wrong_uuid),
        cmocka_unit_test(test_bad_padding),
        cmocka_unit_test(test_every_good_padding),
        cmocka_unit_test(test_texts_that_are_not_utf8),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_texts_that_are_passwords),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_lengths_of_multibyte_text),
    };

    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
