// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/probe/command.h"

#include <string.h>

#include "tests/unit/unit.h"

static void test_as_it_is(void **state)
{
    static const char *const WORDS[] = {"Administrator", "a.b-c_d", "C:\\ProgramData\\x"};
    char out[COMMAND_WORD_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        assert_true(command_word(WORDS[i], out));
        assert_string_equal(out, WORDS[i]);
    }
}

static void test_in_quotes(void **state)
{
    char out[COMMAND_WORD_SIZE];

    (void)state;
    assert_true(command_word("a b", out));
    assert_string_equal(out, "\"a b\"");
    assert_true(command_word("x & y ^ (z)", out));
    assert_string_equal(out, "\"x & y ^ (z)\"");
    assert_true(command_word("\xe7\xae\xa1", out));
    assert_string_equal(out, "\"\xe7\xae\xa1\"");
}

static void test_none(void **state)
{
    /* The last three: a typographic quote, a character that turns the direction of writing, no UTF-8. */
    static const char *const WORDS[] = {"",      "a\"b", "%PATH%",       "a!",           "$x",  "`",
                                        "a b\\", "a\nb", "\xe2\x80\x9c", "\xe2\x80\xae", "\xff"};
    char out[COMMAND_WORD_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        assert_false(command_word(WORDS[i], out));
}

static void test_too_long(void **state)
{
    char text[COMMAND_WORD_SIZE + 1] = "";
    char out[COMMAND_WORD_SIZE];

    (void)state;
    memset(text, 'a', COMMAND_WORD_SIZE - 1);
    assert_true(command_word(text, out));
    text[0] = ' ';
    assert_false(command_word(text, out));
    text[COMMAND_WORD_SIZE - 3] = '\0';
    assert_true(command_word(text, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_is),
        cmocka_unit_test(test_in_quotes),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
