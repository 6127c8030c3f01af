// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "agent/text.h"

static void test_what_cannot_be_shown(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } rows[] = {
        {"", ""},
        {"a\n", "a?"},
        {" ~", " ~"},
        {"\x01\x1f\x7f", "???"},
        {"\xc2\x80", "??"},
        {"\xc2\x9f", "??"},
        {"\xc2\xa0", "\xc2\xa0"},
        {"\xc2", "?"},
        {"\xff!", "?!"},
        {"\xe5\xaf\x86\xe5\xaf", "\xe5\xaf\x86??"},
        {"\xc2\x7f", "??"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[16];

        (void)snprintf(text, sizeof text, "%s", rows[i].text);
        text_make_printable(text);
        assert_string_equal(text, rows[i].shown);
    }
}

static void test_printable(void **state)
{
    static const char *const good[] = {"", "a b", "\xe5\xaf\x86", "\xc2\xa0", "#:\"'\\"};
    static const char *const bad[] = {"\n",      "a\n",  "a\tb",   "a\x7f",   "\xe5\xaf\x86\xc2\x85",
                                      "\x1b[2J", "\xff", "ab\xff", "\xc0\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_row(good[i], text_is_printable(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_row(bad[i], !text_is_printable(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_shown),
        cmocka_unit_test(test_printable),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
