// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/linux/selinux.h"

static void test_settings(void **state)
{
    static const struct {
        const char *config;
        const char *value;
    } rows[] = {
        {"SELINUX=enforcing\n", "enforcing"},
        {"# SELINUX=disabled\n\n  SELINUX=permissive\r\nSELINUXTYPE=mls", "permissive"},
        {"SELINUXTYPE=targeted\nSELINUX=disabled", "disabled"},
        {"SELINUXTYPE=targeted\n", ""},
        {"SELINUX=\n", ""},
        {"SELINUX=../../etc\n", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char value[SELINUX_WORD_MAX + 1] = "old";

        assert_int_equal(selinux_setting(rows[i].config, "SELINUX", value), rows[i].value[0] != '\0');
        assert_string_equal(value, rows[i].value);
    }
}

static void test_a_value_that_is_too_long(void **state)
{
    char config[200] = "SELINUXTYPE=";
    char value[SELINUX_WORD_MAX + 1];

    (void)state;
    memset(config + strlen(config), 'x', SELINUX_WORD_MAX);
    assert_true(selinux_setting(config, "SELINUXTYPE", value));
    assert_int_equal(strlen(value), SELINUX_WORD_MAX);
    config[strlen(config)] = 'x';
    assert_false(selinux_setting(config, "SELINUXTYPE", value));
}

static void test_types(void **state)
{
    static const char *const rows[][2] = {
        {"system_u:object_r:shadow_t:s0", "shadow_t"},
        {"u:r:t", "t"},
        {"u:r:t:s0-s0:c0.c1023", "t"},
        {"unlabeled", ""},
        {"a:b", ""},
        {"a:b:", ""},
        {"<<none>>", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char type[SELINUX_WORD_MAX + 1] = "old";

        assert_int_equal(selinux_type(rows[i][0], type), rows[i][1][0] != '\0');
        assert_string_equal(type, rows[i][1]);
    }
}

/* How the reference policy puts it. */
#define ETC    "/etc/.*\tsystem_u:object_r:etc_t:s0\n"
#define SHADOW "/etc/shadow.*\t--\tsystem_u:object_r:shadow_t:s0\n"

static void test_what_a_policy_wants(void **state)
{
    static const struct {
        const char *contexts;
        const char *type;
    } rows[] = {
        {ETC SHADOW, "shadow_t"},
        {SHADOW ETC, "etc_t"},
        {SHADOW "/etc/shadow\t--\ta:b:mine_t:s0\n" ETC, "mine_t"},
        {SHADOW "/etc/shadow\ta:b:mine_t:s0\n/etc/shadow\ta:b:last_t:s0", "last_t"},
        {SHADOW "/etc/shadow\t<<none>>\n", ""},
        {SHADOW "/etc/shadow\t-d\ta:b:folder_t:s0\n", "shadow_t"},
        {SHADOW "/etc/shado\t--\ta:b:other_t:s0\n/etc/shadow-\t--\ta:b:other_t:s0\n", "shadow_t"},
        {SHADOW "/etc/shadow\\.old.*\t--\ta:b:other_t:s0\n", "shadow_t"},
        {"/etc/g?shadow\t--\ta:b:group_t:s0\n", "group_t"},
        {"/etc/shadowx?\t--\ta:b:x_t:s0\n", "x_t"},
        {"/etc/(passwd|shadow)\t--\ta:b:either_t:s0\n", "either_t"},
        {"/etc/[^/]+\t--\ta:b:some_t:s0\n", "some_t"},
        {"  /etc/shadow \t -- \t a:b:blanks_t:s0 \r\n", "blanks_t"},
        {"# /etc/shadow\t--\ta:b:no_t:s0\n\n", ""},
        {"/etc/shadow\n", ""},
        {"/etc/(shadow\t--\ta:b:broken_t:s0\n", ""},
        {"/etc/s{1}hadow\t--\ta:b:count_t:s0\n", ""},
        {"/etc/(s)\\1*hadow\t--\ta:b:reference_t:s0\n", ""},
        {"/etc/((s+)+)hadow\t--\ta:b:doubled_t:s0\n", ""},
        {"/etc/(^|s)hadow\t--\ta:b:anchor_t:s0\n", ""},
        {"/etc/s(\\[^|h)adow\t--\ta:b:anchor_t:s0\n", ""},
        {"/etc/shadow($|x)\t--\ta:b:anchor_t:s0\n", ""},
        {"/etc/shadow(\\b|\\>)\t--\ta:b:anchor_t:s0\n", ""},
        {"/usr/.*\t--\ta:b:usr_t:s0\n", ""},
        {"/.*\t--\ta:b:root_t:s0\n", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char type[SELINUX_WORD_MAX + 1] = "old";

        assert_row(rows[i].contexts,
                   selinux_wanted_type(rows[i].contexts, "/etc/shadow", type) == (rows[i].type[0] != '\0'));
        assert_string_equal(type, rows[i].type);
    }
}

static void test_a_long_pattern(void **state)
{
    char contexts[400] = "/etc/shadow";
    char type[SELINUX_WORD_MAX + 1];

    (void)state;
    for (int i = 0; i < 40; i++)
        strcat(contexts, "(x)?");
    strcat(contexts, " a:b:long_t:s0");
    assert_false(selinux_wanted_type(contexts, "/etc/shadow", type));
    contexts[strlen("/etc/shadow")] = '\0';
    strcat(contexts, "(x)? a:b:short_t:s0");
    assert_true(selinux_wanted_type(contexts, "/etc/shadow", type));
}

/* A file of megabytes that is made to take long. */
static void test_many_patterns(void **state)
{
    static const char LINE[] = "/etc/(s|h|a|d|o|w)*\ta:b:many_t:s0\n";
    enum { LINES = 200000 };
    char *contexts = malloc(LINES * (sizeof LINE - 1) + sizeof SHADOW);
    char type[SELINUX_WORD_MAX + 1];

    (void)state;
    assert_non_null(contexts);
    for (size_t i = 0; i < LINES; i++)
        memcpy(contexts + i * (sizeof LINE - 1), LINE, sizeof LINE);
    strcat(contexts + (LINES - 1) * (sizeof LINE - 1), SHADOW);
    assert_true(selinux_wanted_type(contexts, "/etc/shadow", type));
    assert_string_equal(type, "many_t");
    free(contexts);
}

/* glibc would take minutes and gigabytes. */
static void test_a_pattern_that_takes_long(void **state)
{
    char contexts[400] = "/etc/s";
    char type[SELINUX_WORD_MAX + 1];

    (void)state;
    for (int i = 0; i < 19; i++)
        strcat(contexts, "(^|a)*");
    strcat(contexts, " a:b:long_t:s0");
    assert_false(selinux_wanted_type(contexts, "/etc/shadow", type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_a_value_that_is_too_long),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_what_a_policy_wants),
        cmocka_unit_test(test_a_long_pattern),
        cmocka_unit_test(test_many_patterns),
        cmocka_unit_test(test_a_pattern_that_takes_long),
    };

    return cmocka_run_group_tests_name("selinux", tests, NULL, NULL);
}
