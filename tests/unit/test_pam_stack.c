// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "platform/linux/probe/pam_stack.h"
#include "tests/unit/scratch.h"

static const char MODULE[] = "pam_x.so";

static int setup(void **state)
{
    (void)scratch_setup(state);
    scratch_mkdir("etc");
    scratch_mkdir("etc/pam.d");
    return 0;
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

static void test_lines(void **state)
{
    static const struct {
        const char *text;
        unsigned number; /* 0: not found */
        const char *arguments;
    } rows[] = {
        {"auth required pam_x.so", 1, ""},
        {"auth required pam_x.so a=1  b", 1, " a=1  b"},
        {"\n# x\n\tauth\t[success=1 default=ignore]\tpam_x.so\tq # y\r\n", 3, "\tq "},
        {"auth required \\\n pam_x.so \\\n z\n", 1, "   z"},
        {"-AUTH sufficient /lib/security/pam_x.so", 1, ""},
        {"auth [unclosed pam_x.so", 0, ""},
        {"auth required pam_x.so.old\nauth required pam_xx.so\nauth required x/pam_x.so/y\n", 0, ""},
        {"account required pam_x.so\npassword required pam_x.so\nsession required pam_x.so\n", 0, ""},
        {"# auth required pam_x.so\nauth required\nauth\n\n@include\nauth include\n", 0, ""},
        {"auth required pam_unix.so pam_x.so", 0, ""},
        {"auth required pam_x.so first\nauth required pam_x.so second\n", 1, " first"},
        {"auth required pam_unix.so \\", 0, ""},
        {"", 0, ""},
    };
    struct pam_line line;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        scratch_write_text("etc/pam.d/s", rows[i].text);
        assert_row(rows[i].text, pam_stack_find(scratch.path, "s", MODULE, &line) == (rows[i].number != 0));
        if (rows[i].number == 0)
            continue;
        assert_row(rows[i].text, line.number == rows[i].number);
        assert_row(rows[i].text, strcmp(line.arguments, rows[i].arguments) == 0);
        assert_string_equal(line.file, "/etc/pam.d/s");
    }
}

static void test_long_lines_are_cut(void **state)
{
    char text[4 * PAM_LINE_SIZE];
    struct pam_line line;

    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    scratch_write_text("etc/pam.d/s", text);
    assert_false(pam_stack_find(scratch.path, "s", MODULE, &line));
    memcpy(text, "auth required pam_x.so ", 23);
    scratch_write_text("etc/pam.d/s", text);
    assert_true(pam_stack_find(scratch.path, "s", MODULE, &line));
    assert_in_range(strlen(line.arguments), 900, PAM_LINE_SIZE - 1);
    memset(text, '\\', sizeof text - 1);
    for (size_t i = 1; i < sizeof text - 1; i += 2)
        text[i] = '\n';
    scratch_write_text("etc/pam.d/s", text);
    assert_false(pam_stack_find(scratch.path, "s", MODULE, &line));
}

static void test_files_that_are_included(void **state)
{
    struct pam_line line;
    char name[32];
    char text[64];

    (void)state;
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof name, "etc/pam.d/s%d", i);
        (void)snprintf(text, sizeof text, "auth include s%d\n@include gone\n", i + 1);
        scratch_write_text(name, i < 9 ? text : "auth required pam_x.so\n");
    }
    assert_false(pam_stack_find(scratch.path, "s0", MODULE, &line)); /* too deep */
    assert_true(pam_stack_find(scratch.path, "s2", MODULE, &line));
    assert_string_equal(line.file, "/etc/pam.d/s9");
}

static void test_the_vendors_files(void **state)
{
    struct pam_line line;

    (void)state;
    scratch_mkdir("usr");
    scratch_mkdir("usr/lib");
    scratch_mkdir("usr/lib/pam.d");
    scratch_write_text("usr/lib/pam.d/s", "auth required pam_x.so\n");
    assert_true(pam_stack_find(scratch.path, "s", MODULE, &line));
    assert_string_equal(line.file, "/usr/lib/pam.d/s");
    scratch_write_text("etc/pam.d/s", "");
    assert_false(pam_stack_find(scratch.path, "s", MODULE, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(test_lines),
        with_folder(test_long_lines_are_cut),
        with_folder(test_files_that_are_included),
        with_folder(test_the_vendors_files),
    };

    return cmocka_run_group_tests_name("pam_stack", tests, NULL, NULL);
}
