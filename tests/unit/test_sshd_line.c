// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "platform/linux/sshd_line.h"

static void test_lines(void **state)
{
    static const struct {
        const char *line;
        const char *words; /* with '|' between them; "" for none */
    } rows[] = {
        {"", ""},
        {"   ", ""},
        {"# PermitRootLogin yes", ""},
        {"  #x", ""},
        {"PermitRootLogin", "PermitRootLogin"},
        {"PermitRootLogin yes", "PermitRootLogin|yes"},
        {" \tPermitRootLogin\t yes \t\r\f", "PermitRootLogin|yes"},
        {"PermitRootLogin=yes", "PermitRootLogin|yes"},
        {"PermitRootLogin = yes", "PermitRootLogin|yes"},
        {"PermitRootLogin ==yes", "PermitRootLogin|=yes"},
        {"\"PermitRootLogin\" yes", "PermitRootLogin|yes"},
        {"PermitRootLogin \"yes\" # no", "PermitRootLogin|yes"},
        {"PermitRootLogin yes#no", "PermitRootLogin|yes#no"},
        {"AllowUsers a  b\tc", "AllowUsers|a|b|c"},
        {"AllowUsers 'a b' \"c'd\" e\\ f", "AllowUsers|a b|c'd|e f"},
        {"AllowUsers a\\\"b a\"b c\"d x\\y", "AllowUsers|a\"b|ab cd|x\\y"},
        {"AllowUsers \"\" a", "AllowUsers||a"},
        {"AllowUsers \"a", ""},
        {"AllowUsers 'a b", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char line[128];
        char joined[128] = "";
        char *words[SSHD_WORDS_MAX];
        size_t count;

        (void)snprintf(line, sizeof line, "%s", rows[i].line);
        count = sshd_line_split(line, words);
        for (size_t j = 0; j < count; j++)
            strcat(strcat(joined, j > 0 ? "|" : ""), words[j]);
        assert_string_equal(joined, rows[i].words);
    }
}

static void test_many_words(void **state)
{
    char line[4 * SSHD_WORDS_MAX + 1];
    char *words[SSHD_WORDS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof line - 1; i++)
        line[i] = i % 2 == 0 ? 'a' : ' ';
    line[sizeof line - 1] = '\0';
    assert_int_equal(sshd_line_split(line, words), SSHD_WORDS_MAX);
}

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } rows[] = {
        {"root", "root", true},    {"root", "roo", false},  {"root", "roots", false},
        {"*", "", true},           {"*", "root", true},     {"r*", "root", true},
        {"*t", "root", true},      {"*o*", "root", true},   {"r??t", "root", true},
        {"r?t", "root", false},    {"?", "", false},        {"", "", true},
        {"", "root", false},       {"*ab", "aab", true},    {"a*b*c", "axbybc", true},
        {"a*b*c", "axbyb", false}, {"Root", "root", false}, {"!root", "root", false},
        {"r[o]*", "root", false},  {"**t", "root", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_row(rows[i].pattern, sshd_pattern_matches(rows[i].pattern, rows[i].text) == rows[i].matches);
}

static void test_pattern_lists(void **state)
{
    static const struct {
        const char *list;
        int matches;
    } rows[] = {
        {"root", 1},   {"alice,root", 1}, {"alice", 0},       {"", 0},
        {",", 0},      {"!root", -1},     {"*,!root", -1},    {"!alice,*", 1},
        {"!alice", 0}, {"!r*,root", -1},  {"alice,,root", 1}, {"root,!root", -1},
    };
    char longest[2048];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_row(rows[i].list, sshd_pattern_list_matches(rows[i].list, "root") == rows[i].matches);
    memset(longest, '*', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(sshd_pattern_list_matches(longest, "root"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_many_words),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_pattern_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
