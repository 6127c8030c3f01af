// SPDX-License-Identifier: Apache-2.0
#include "agent/finding.h"

#include <string.h>

#include "tests/unit/unit.h"

static void test_levels(void **state)
{
    struct finding finding = {0};

    (void)state;
    finding_ok(&finding, "%s is %d", "it", 1);
    assert_int_equal(finding.level, FINDING_OK);
    assert_string_equal(finding.found, "it is 1");
    finding_warn(&finding, "a");
    assert_int_equal(finding.level, FINDING_WARN);
    finding_fail(&finding, "b");
    assert_int_equal(finding.level, FINDING_FAIL);
    finding_skip(&finding, "c");
    assert_int_equal(finding.level, FINDING_SKIP);
    assert_string_equal(finding.found, "c");
}

static void test_a_new_finding_has_no_mend(void **state)
{
    struct finding finding = {0};

    (void)state;
    finding_fail(&finding, "a");
    finding_mend(&finding, "", "true");
    finding_fail(&finding, "b");
    assert_string_equal(finding.mend, "");
}

static void test_no_line_is_forged(void **state)
{
    struct finding finding = {0};

    (void)state;
    finding_ok(&finding, "%s", "one\nOK two\033[2J\xff");
    assert_string_equal(finding.found, "one?OK two?[2J?");
}

static void test_what_is_too_long_is_cut(void **state)
{
    struct finding finding = {0};
    char text[2 * FINDING_FOUND_MAX];

    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    finding_ok(&finding, "%s", text);
    assert_int_equal(strlen(finding.found), FINDING_FOUND_MAX);
}

static void test_words(void **state)
{
    static const struct {
        const char *text;
        const char *word;
    } rows[] = {
        {"root", "root"},
        {"/etc/ssh/sshd_config.d/50-cloud.conf", "/etc/ssh/sshd_config.d/50-cloud.conf"},
        {"", "''"},
        {"a b", "'a b'"},
        {"$(reboot)", "'$(reboot)'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"a\nb", "'a\nb'"},
        {"~", "'~'"},
        {"m\xc3\xbcller", "'m\xc3\xbcller'"},
    };
    char word[FINDING_WORD_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(finding_word(rows[i].text, word), rows[i].word);
}

static void test_long_words(void **state)
{
    char text[2 * FINDING_WORD_SIZE];
    char word[FINDING_WORD_SIZE];

    (void)state;
    for (size_t len = FINDING_WORD_SIZE - 10; len < sizeof text; len++) {
        memset(text, 'a', len);
        text[len] = '\0';
        assert_int_equal(strcmp(finding_word(text, word), len < FINDING_WORD_SIZE ? text : "''"), 0);
        memset(text, ' ', len);
        (void)finding_word(text, word);
        assert_true(strcmp(word, "''") == 0 || strlen(word) == len + 2);
        memset(text, '\'', len);
        assert_string_equal(finding_word(text, word), "''");
    }
}

static void test_mends(void **state)
{
    static const struct {
        const char *root;
        const char *command;
        const char *mend;
    } rows[] = {
        {"", "chattr -i /etc/shadow", "chattr -i /etc/shadow"},
        {"", "a > b && c", "a > b && c"},
        {"/mnt", "chattr -i /etc/shadow", "chroot /mnt chattr -i /etc/shadow"},
        {"/my image", "true", "chroot '/my image' true"},
        {"/mnt", "echo a > b", "chroot /mnt sh -c 'echo a > b'"},
        {"/mnt", "echo 'a' > b", "chroot /mnt sh -c 'echo '\\''a'\\'' > b'"},
        {"", "a\nreboot", ""},
        {"/a\nb", "true", ""},
    };
    struct finding finding = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        finding_fail(&finding, "a");
        finding_mend(&finding, rows[i].root, "%s", rows[i].command);
        assert_string_equal(finding.mend, rows[i].mend);
    }
}

/* Half of a command does harm. */
static void test_a_mend_is_whole_or_none(void **state)
{
    struct finding finding = {0};
    char text[2 * FINDING_MEND_MAX];

    (void)state;
    for (size_t len = FINDING_MEND_MAX - 30; len < sizeof text; len++) {
        for (int with_root = 0; with_root < 2; with_root++) {
            memset(text, 'a', len);
            text[len - 1] = '>';
            text[len] = '\0';
            finding_mend(&finding, with_root ? "/mnt" : "", "%s", text);
            assert_true(finding.mend[0] == '\0' || strstr(finding.mend, text) != NULL);
            assert_int_equal(finding.mend[0] == '\0',
                             len + (with_root ? strlen("chroot /mnt sh -c ''") : 0) > FINDING_MEND_MAX);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_a_new_finding_has_no_mend),
        cmocka_unit_test(test_no_line_is_forged),
        cmocka_unit_test(test_what_is_too_long_is_cut),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_mends),
        cmocka_unit_test(test_a_mend_is_whole_or_none),
    };

    return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
