// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "platform/account.h"
#include "tests/unit/account_system.h"
#include "tests/unit/scratch.h"

static void assert_administrator(const char *expected)
{
    char name[ACCOUNT_NAME_MAX + 1] = "as before";

    assert_status(account_administrator(scratch.path, name), STATUS_OK);
    assert_string_equal(name, expected);
}

static void test_administrator_by_os_release(void **state)
{
    static const struct {
        const char *text;
        const char *name;
    } rows[] = {
        {"NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\n", "ubuntu"},
        {"ID=\"ubuntu\"\n", "ubuntu"},
        {"ID='ubuntu'", "ubuntu"},
        {"ID=debian\r\nX=y\r\n", "root"},
        {"NAME=x\r\nID=ubuntu\r\n", "ubuntu"},
        {"ID=debian\n", "root"},
        {"ID_LIKE=ubuntu\nID=linuxmint\n", "root"},
        {"VERSION_ID=ubuntu\nXID=ubuntu\n", "root"},
        {"#ID=ubuntu\n", "root"},
        {"ID=ubuntu-core\n", "root"},
        {"ID=Ubuntu\n", "root"},
        {"", "root"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char name[ACCOUNT_NAME_MAX + 1];

        scratch_write_text("etc/os-release", rows[i].text);
        assert_row_status(rows[i].text, account_administrator(scratch.path, name), STATUS_OK);
        assert_row(rows[i].text, strcmp(name, rows[i].name) == 0);
    }
}

static void test_administrator_without_os_release(void **state)
{
    (void)state;
    assert_administrator("root");
}

/* As it mostly is: a link, perhaps an absolute one, of the system in the folder. */
static void test_administrator_by_the_os_release_of_usr(void **state)
{
    (void)state;
    scratch_mkdir("usr");
    scratch_mkdir("usr/lib");
    scratch_write_text("usr/lib/os-release", "ID=ubuntu\n");
    assert_administrator("ubuntu");
    assert_int_equal(symlinkat("/usr/lib/os-release", scratch.fd, "etc/os-release"), 0);
    assert_administrator("ubuntu");
    scratch_write_text("usr/lib/release", "ID=ubuntu\n");
    scratch_unlink("usr/lib/os-release");
    assert_int_equal(symlinkat("release", scratch.fd, "usr/lib/os-release"), 0);
    assert_administrator("ubuntu");
    scratch_unlink("etc/os-release");
    assert_administrator("ubuntu");
    scratch_unlink("usr/lib/release");
    assert_administrator("root");
    scratch_write_text("etc/os-release", "ID=debian\n");
    assert_administrator("root");
}

static void test_ubuntu_without_that_account(void **state)
{
    (void)state;
    scratch_write_text("etc/os-release", "ID=ubuntu\n");
    scratch_write_text("etc/shadow", "root:x:1::::::\nubuntu2:x:1::::::\n");
    assert_administrator("root");
    /* It is there, though broken: that will be said, instead of another account being reset. */
    scratch_write_text("etc/shadow", "root:x:1::::::\nubuntu:x\n");
    assert_administrator("ubuntu");
}

static void test_administrator_that_cannot_be_told(void **state)
{
    char name[ACCOUNT_NAME_MAX + 1] = "as before";

    (void)state;
    scratch_write_text("etc/os-release", "ID=ubuntu\n");
    assert_int_equal(truncate(scratch_path("etc/os-release"), 2 * 1024 * 1024), 0);
    assert_status(account_administrator(scratch.path, name), STATUS_FILE_TOO_LARGE);
    assert_string_equal(name, "as before");
    scratch_write_text("etc/os-release", "ID=ubuntu\n");
    scratch_unlink("etc/shadow");
    assert_status(account_administrator(scratch.path, name), STATUS_SHADOW_MISSING);
    assert_string_equal(name, "as before");
    assert_int_not_equal(account_administrator("/nowhere/at/all", name), STATUS_OK);
    assert_string_equal(name, "as before");
}

/* Each also for account_set_password(), which changes nothing then. */
static void test_accounts_that_cannot_be_reset(void **state)
{
    static const struct {
        const char *name;
        enum status status;
    } rows[] = {
        {"nobody", STATUS_ACCOUNT_UNKNOWN},
        {"daemon", STATUS_ACCOUNT_UNKNOWN}, /* in the shadow file only */
        {"roo", STATUS_ACCOUNT_UNKNOWN},
        {"Root", STATUS_ACCOUNT_UNKNOWN},
        {"nis", STATUS_ACCOUNT_UNKNOWN},
        {"open", STATUS_ACCOUNT_NOT_SHADOWED},
        {"old", STATUS_ACCOUNT_NOT_SHADOWED},
        {"starred", STATUS_ACCOUNT_NOT_SHADOWED},
        {"nothing", STATUS_ACCOUNT_NOT_SHADOWED},
        {"unshadowed", STATUS_ACCOUNT_UNKNOWN}, /* in passwd only */
        {"short", STATUS_ACCOUNT_UNKNOWN},
        {"broken", STATUS_SHADOW_MALFORMED},
        {"", STATUS_ACCOUNT_NAME},
        {"#admin", STATUS_ACCOUNT_NAME},
        {"+", STATUS_ACCOUNT_NAME},
        {"+nis", STATUS_ACCOUNT_NAME},
        {"-root", STATUS_ACCOUNT_NAME},
        {"root:x", STATUS_ACCOUNT_NAME},
        {"root\n", STATUS_ACCOUNT_NAME},
        {"ro ot", STATUS_ACCOUNT_NAME},
        {"\troot", STATUS_ACCOUNT_NAME},
        {"../root", STATUS_ACCOUNT_NAME},
        {"a\\b", STATUS_ACCOUNT_NAME},
        {"a\"b", STATUS_ACCOUNT_NAME},
        {"a'b", STATUS_ACCOUNT_NAME},
        {"a\x7f", STATUS_ACCOUNT_NAME},
        {"a\x01", STATUS_ACCOUNT_NAME},
        {"12345678901234567890123456789012345678901234567890123456789012345", STATUS_ACCOUNT_NAME},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row_status(rows[i].name, account_check(scratch.path, rows[i].name, &AUTO), rows[i].status);
        assert_row_status(rows[i].name, set_password(rows[i].name), rows[i].status);
    }
    assert_untouched(3);
}

static void test_accounts_that_can_be_reset(void **state)
{
    static const char *const names[] = {"root", "ubuntu", "expired"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_row_status(names[i], account_check(scratch.path, names[i], &AUTO), STATUS_OK);
    assert_untouched(3);
}

static void test_names_differ_by_case(void **state)
{
    (void)state;
    assert_true(account_is_same_name("root", "root"));
    assert_false(account_is_same_name("root", "Root"));
    assert_false(account_is_same_name("root", "roo"));
    assert_false(account_is_same_name("roo", "root"));
}

static void test_names_of_64_bytes_and_beyond_ascii(void **state)
{
    static const char *const names[] = {"1234567890123456789012345678901234567890123456789012345678901234",
                                        "\xe7\x94\xa8\xe6\x88\xb7", "a.b-c_d$", "DOMAIN+user"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char line[128];

        (void)snprintf(line, sizeof line, "%s:x:0:0:::\n", names[i]);
        scratch_write_text("etc/passwd", line);
        (void)snprintf(line, sizeof line, "%s:x:1::::::\n", names[i]);
        scratch_write_text("etc/shadow", line);
        assert_row_status(names[i], account_check(scratch.path, names[i], &AUTO), STATUS_OK);
    }
}

static void test_without_passwd(void **state)
{
    (void)state;
    scratch_unlink("etc/passwd");
    assert_status(set_password("root"), STATUS_ACCOUNT_UNKNOWN);
    scratch_mkdir("etc/passwd");
    assert_status(set_password("root"), STATUS_NOT_REGULAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_system(test_administrator_by_os_release),
        with_system(test_administrator_without_os_release),
        with_system(test_administrator_by_the_os_release_of_usr),
        with_system(test_ubuntu_without_that_account),
        with_system(test_administrator_that_cannot_be_told),
        with_system(test_accounts_that_cannot_be_reset),
        with_system(test_accounts_that_can_be_reset),
        with_system(test_names_differ_by_case),
        with_system(test_names_of_64_bytes_and_beyond_ascii),
        with_system(test_without_passwd),
    };

    return cmocka_run_group_tests_name("account_choice", tests, NULL, NULL);
}
