// SPDX-License-Identifier: Apache-2.0
/* platform/windows/account.c: which names Windows takes for the same. */
#include "tests/unit/unit.h"

#include "platform/account.h"

static void test_names_do_not_differ_by_case(void **state)
{
    static const char *const rows[][2] = {
        {"Administrator", "Administrator"},
        {"Administrator", "administrator"},
        {"ADMINISTRATOR", "administrator"},
        {"J\xc3\xbcrgen", "J\xc3\x9cRGEN"},
        {"\xd0\xb0\xd0\xb4\xd0\xbc\xd0\xb8\xd0\xbd", "\xd0\x90\xd0\x94\xd0\x9c\xd0\x98\xd0\x9d"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row(rows[i][0], account_is_same_name(rows[i][0], rows[i][1]));
        assert_row(rows[i][0], account_is_same_name(rows[i][1], rows[i][0]));
    }
}

/* Nor what only people take for the same, or what is no name. */
static void test_names_that_differ(void **state)
{
    static const char *const rows[][2] = {
        {"Administrator", "Administrato"},
        {"Administrator", "Administrator2"},
        {"Jurgen", "J\xc3\xbcrgen"},
        {"strasse", "stra\xc3\x9f\x65"},
        {"k", "\xe2\x84\xaa"}, /* the Kelvin sign */
        {"\xff", "\xff"},
        {"123456789012345678901", "123456789012345678901"}, /* Windows has none of 21 characters */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row(rows[i][0], !account_is_same_name(rows[i][0], rows[i][1]));
        assert_row(rows[i][0], !account_is_same_name(rows[i][1], rows[i][0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_do_not_differ_by_case),
        cmocka_unit_test(test_names_that_differ),
    };

    return cmocka_run_group_tests_name("account_names", tests, NULL, NULL);
}
