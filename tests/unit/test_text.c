// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/text.h"

static void test_control_characters(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
        {"", 0},         {"a\n", 0},  {" ", 0},        {"~", 0},        {"\x01", 1},     {"\n\n", 1},
        {"\x1f", 1},     {"\x7f", 1}, {"\xc2\x80", 2}, {"\xc2\x9f", 2}, {"\xc2\xa0", 0}, {"\xc2", 0},
        {"\xc3\x80", 0}, {"\x80", 0}, {"\xff", 0},     {"\xc2\x7f", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_row(rows[i].text, text_control_len(rows[i].text) == rows[i].len);
}

static void test_printable(void **state)
{
    static const char *const good[] = {"", "a b", "\xe5\xaf\x86", "\xc2\xa0", "\xff", "#:\"'\\"};
    static const char *const bad[] = {"\n", "a\n", "a\tb", "a\x7f", "\xe5\xaf\x86\xc2\x85", "\x1b[2J"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_row(good[i], text_is_printable(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_row(bad[i], !text_is_printable(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_printable),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
