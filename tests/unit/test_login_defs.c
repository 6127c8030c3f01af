// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "platform/linux/login_defs.h"

static void test_every_item(void **state)
{
    static const char TEXT[] = "#\n# a comment\n"
                               "MAIL_DIR\t/var/mail\n"
                               "ENCRYPT_METHOD SHA512\n"
                               "SHA_CRYPT_MIN_ROUNDS 5001\n"
                               "SHA_CRYPT_MAX_ROUNDS\t5002\n"
                               "YESCRYPT_COST_FACTOR   6\n"
                               "BCRYPT_MIN_ROUNDS 11\n"
                               "BCRYPT_MAX_ROUNDS 12\n";
    struct login_defs defs = login_defs_parse(TEXT);

    (void)state;
    assert_string_equal(defs.encrypt_method, "SHA512");
    assert_int_equal(defs.sha_crypt_min_rounds, 5001);
    assert_int_equal(defs.sha_crypt_max_rounds, 5002);
    assert_int_equal(defs.yescrypt_cost_factor, 6);
    assert_int_equal(defs.bcrypt_min_rounds, 11);
    assert_int_equal(defs.bcrypt_max_rounds, 12);
}

static void test_without_items(void **state)
{
    static const char *const rows[] = {"",
                                       "\n\n",
                                       "# ENCRYPT_METHOD SHA512\n#SHA_CRYPT_MIN_ROUNDS 5",
                                       "UMASK 022\n",
                                       "ENCRYPT_METHOD",
                                       "SHA_CRYPT_MIN_ROUNDS\n5\n"};
    const struct login_defs none = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct login_defs defs = login_defs_parse(rows[i]);

        assert_row(rows[i], defs.encrypt_method[0] == '\0');
        assert_row(rows[i], defs.sha_crypt_min_rounds == none.sha_crypt_min_rounds);
    }
}

static void test_methods(void **state)
{
    static const struct {
        const char *text;
        const char *method;
    } rows[] = {
        {"ENCRYPT_METHOD YESCRYPT", "YESCRYPT"},
        {"  \tENCRYPT_METHOD\t \tSHA256  \n", "SHA256"},
        {"ENCRYPT_METHOD \"SHA512\"\n", "SHA512"},
        {"ENCRYPT_METHOD\"SHA512\"\n", "SHA512"},
        {"ENCRYPT_METHOD SHA512\r\n", "SHA512"},
        {"ENCRYPT_METHOD SHA512 # the default\n", "SHA512"},
        {"ENCRYPT_METHOD DES\nENCRYPT_METHOD SHA512\n", "SHA512"}, /* the last one */
        {"ENCRYPT_METHOD SHA512\n#ENCRYPT_METHOD DES\n", "SHA512"},
        {"encrypt_method SHA512\n", ""},
        {"ENCRYPT_METHODS SHA512\n", ""},
        {"ENCRYPT_METHO SHA512\n", ""},
        {"ENCRYPT_METHOD=SHA512\n", ""},
        {"ENCRYPT_METHOD fifteen-letters\n", "fifteen-letters"},
        {"ENCRYPT_METHOD sixteen-letters-\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_row(rows[i].text, strcmp(login_defs_parse(rows[i].text).encrypt_method, rows[i].method) == 0);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        unsigned long number;
    } rows[] = {
        {"SHA_CRYPT_MIN_ROUNDS 1", 1},
        {"SHA_CRYPT_MIN_ROUNDS 999999999", 999999999},
        {"SHA_CRYPT_MIN_ROUNDS \"7000\"", 7000},
        {"SHA_CRYPT_MIN_ROUNDS 5\nSHA_CRYPT_MIN_ROUNDS 6", 6},
        {"SHA_CRYPT_MIN_ROUNDS 0", 0},
        {"SHA_CRYPT_MIN_ROUNDS -5", 0},
        {"SHA_CRYPT_MIN_ROUNDS +5", 0},
        {"SHA_CRYPT_MIN_ROUNDS 5x", 0},
        {"SHA_CRYPT_MIN_ROUNDS many", 0},
        {"SHA_CRYPT_MIN_ROUNDS 99999999999999999999999999", 0},
        {"SHA_CRYPT_MIN_ROUNDS ", 0},
        {"SHA_CRYPT_MIN_ROUNDS\r\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_row(rows[i].text, login_defs_parse(rows[i].text).sha_crypt_min_rounds == rows[i].number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_item),
        cmocka_unit_test(test_without_items),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests_name("login_defs", tests, NULL, NULL);
}
