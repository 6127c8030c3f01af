// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "tests/unit/open_blob.h"
#include "tests/unit/seal.h"

#define UUID SEAL_KNOWN_UUID

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

        assert_row_status(rows[i].bytes, open_blob(seal(UUID, rows[i].bytes, len), UUID, &password),
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
    assert_status(open_blob(seal(UUID, text, 0), UUID, &password), STATUS_PASSWORD_EMPTY);
    assert_zeroed(&password);
    assert_status(open_blob(seal(UUID, text, 511), UUID, &password), STATUS_OK);
    assert_holds(&password, text, 511);
    secret_free(&password);
    assert_status(open_blob(seal(UUID, text, 512), UUID, &password), STATUS_PASSWORD_TOO_LONG);
    assert_zeroed(&password);
    assert_status(open_blob(seal(UUID, text, sizeof text), UUID, &password), STATUS_PASSWORD_TOO_LONG);
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
    assert_status(open_blob(seal(UUID, text, 510), UUID, &password), STATUS_OK);
    secret_free(&password);
    assert_status(open_blob(seal(UUID, text, 513), UUID, &password), STATUS_PASSWORD_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_that_are_not_utf8),   cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_texts_that_are_passwords),  cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_lengths_of_multibyte_text),
    };

    return cmocka_run_group_tests_name("envelope_text", tests, NULL, NULL);
}
