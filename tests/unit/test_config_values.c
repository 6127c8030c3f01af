// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/unit/config_source.h"
#include "tests/unit/host_double.h"

static void test_defaults(void **state)
{
    struct config config;

    (void)state;
    memset(&config, 0x55, sizeof config);
    config_defaults(&config);
    assert_default_settings(&config);
    assert_int_equal(config.command, CONFIG_NO_COMMAND);
    assert_string_equal(config.file, "");
    assert_string_equal(config.root, "");
    assert_false(config.dry_run);
    assert_false(config.verbose);
    assert_false(config.json);
}

/* Each with that key moved off its default before: the default it must be, not what stood there. */
static void test_bad_values(void **state)
{
    static const char *const rows[] = {
        "metadata_url =",
        "metadata_url = 169.254.169.254",
        "metadata_url = https://169.254.169.254/",
        "metadata_url = HTTP://169.254.169.254/",
        "metadata_url = ftp://h/",
        "metadata_url = http://",
        "metadata_url = http:///path",
        "metadata_url = http://:80/",
        "metadata_url = http://[::1/",
        "metadata_url = http://[::1]x/",
        "metadata_url = http",
        "metadata_url = http://[]/",
        "metadata_url = http://[/",
        "metadata_url = http://user@h/",
        "metadata_url = http://h/?q",
        "metadata_url = http://h/a#f",
        "metadata_url = http://h/a b",
        "metadata_url = http://h/\xc3\xa9",
        "metadata_url = http://h\\x",
        "metadata_url = http://h/\x7f",
        "metadata_url = \"http://h/\"",
        "user = a\x01z",
        "user = a\x7fz",
        "user = 12345678901234567890123456789012345678901234567890123456789012345",
        "deadline_s =",
        "deadline_s = 0",
        "deadline_s = -5",
        "deadline_s = +5",
        "deadline_s = 5s",
        "deadline_s = 5.0",
        "deadline_s = 0x10",
        "deadline_s = 86401",
        "deadline_s = 99999999999999999999999999",
        "deadline_s = ever",
        "deadline_s = \"5\"",
        "hash_method =",
        "hash_method = md5",
        "hash_method = des",
        "hash_method = sha51",
        "hash_method = sha5122",
        "hash_method = $6$",
        "policy =",
        "policy = huwei",
        "policy = tencent-2017",
        "policy = huawei tencent",
        "policy = yes",
        "report =",
        "report = true",
        "report = 1",
        "report = y",
        "report = yes!",
        "require_confinement =",
        "require_confinement = true",
        "require_confinement = yess",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[1024];
        char place[64];
        struct config config;

        (void)host_double_reset(NULL);
        (void)snprintf(
            text, sizeof text,
            "metadata_url = http://h/\nuser = u\ndeadline_s = 5\nhash_method = sha256\nreport = no\n"
            "require_confinement = yes\npolicy = huawei\n%s\n",
            rows[i]);
        config = apply_text(text);
        (void)snprintf(place, sizeof place, "conf:8: %.*s ", (int)strcspn(rows[i], " "), rows[i]);
        assert_row(rows[i], host_double_logged(LOG_LEVEL_WARNING, place));
        assert_row(rows[i], host_double_log_count(LOG_LEVEL_WARNING) == 1);
        /* That key, and only that, has its default. */
        assert_row(rows[i], (strcmp(config.metadata_url, DEFAULT_URL) == 0) == (rows[i][0] == 'm'));
        assert_row(rows[i], (config.user[0] == '\0') == (rows[i][0] == 'u'));
        assert_row(rows[i], (config.deadline_ms == 300000) == (rows[i][0] == 'd'));
        assert_row(rows[i], (strcmp(config.account.hash_method, "auto") == 0) == (rows[i][0] == 'h'));
        assert_row(rows[i], config.report == (strncmp(rows[i], "rep", 3) == 0));
        assert_row(rows[i], config.require_confinement == (strncmp(rows[i], "req", 3) != 0));
        assert_row(rows[i], (config.policy == POLICY_NONE) == (rows[i][0] == 'p'));
    }
}

static void test_a_url_that_is_too_long(void **state)
{
    char text[CONFIG_URL_MAX + 64];
    struct config config;
    int start = snprintf(text, sizeof text, "metadata_url = ");

    (void)state;
    memset(text + start, 'x', CONFIG_URL_MAX + 1);
    memcpy(text + start, "http://", 7);
    text[start + CONFIG_URL_MAX] = '\0';
    config = apply_text(text);
    assert_int_equal(strlen(config.metadata_url), CONFIG_URL_MAX);
    text[start + CONFIG_URL_MAX] = 'x';
    text[start + CONFIG_URL_MAX + 1] = '\0';
    config = apply_text(text);
    assert_string_equal(config.metadata_url, DEFAULT_URL);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
}

/* How long a name may be is the system's business. */
static void test_the_longest_name(void **state)
{
    char text[ACCOUNT_NAME_MAX + 16] = "user = ";
    const size_t start = strlen(text);
    struct config config;
    size_t len = 0;

    (void)state;
    do
        text[start + len++] = 'x';
    while (account_is_name(text + start));
    text[start + --len] = '\0';
    assert_in_range(len, 20, ACCOUNT_NAME_MAX);
    config = apply_text(text);
    assert_int_equal(strlen(config.user), len);
    assert_string_equal(host_double.log, "");
}

static void test_good_values_at_their_limits(void **state)
{
    (void)state;
    assert_int_equal(apply_text("deadline_s = 1").deadline_ms, 1000);
    assert_int_equal(apply_text("deadline_s = 86400").deadline_ms, 86400000);
    assert_int_equal(apply_text("deadline_s = 0060").deadline_ms, 60000);
    assert_string_equal(apply_text("metadata_url = http://h").metadata_url, "http://h");
    assert_string_equal(apply_text("metadata_url = http://h///").metadata_url, "http://h");
    assert_string_equal(apply_text("metadata_url = http://[fe80::1]:80/a/").metadata_url,
                        "http://[fe80::1]:80/a");
    assert_string_equal(apply_text("hash_method = YESCRYPT").account.hash_method, "yescrypt");
    assert_string_equal(apply_text("hash_method = gost-yescrypt").account.hash_method, "gost-yescrypt");
    assert_string_equal(apply_text("hash_method = bcrypt").account.hash_method, "bcrypt");
    assert_string_equal(apply_text("hash_method = Sha512").account.hash_method, "sha512");
    assert_string_equal(apply_text("hash_method = auto").account.hash_method, "auto");
    assert_false(apply_text("report = NO").report);
    assert_true(apply_text("report = no\nreport = Yes").report);
    assert_true(apply_text("require_confinement = Yes").require_confinement);
    assert_false(apply_text("require_confinement = yes\nrequire_confinement = no").require_confinement);
    assert_string_equal(apply_text("user = a\nuser =").user, "");
    assert_int_equal(apply_text("policy = Huawei").policy, POLICY_HUAWEI);
    assert_int_equal(apply_text("policy = tencent").policy, POLICY_TENCENT);
    assert_int_equal(apply_text("policy = TENCENT-2018").policy, POLICY_TENCENT_2018);
    assert_int_equal(apply_text("policy = huawei\npolicy = none").policy, POLICY_NONE);
    assert_string_equal(host_double.log, "");
}

static bool allows(const char *text, const char *name)
{
    const struct config config = apply_text(text);

    return users_allow(&config.users, name);
}

static void test_who_may_be_reset(void **state)
{
    (void)state;
    assert_true(allows("", "anybody"));
    assert_true(allows("users =", "anybody"));
    assert_true(allows("users = # root", "anybody"));
    assert_true(allows("users = root, alice # and nobody else", "alice"));
    assert_false(allows("users = root, alice", "bob"));
    assert_false(allows("users = bob\nusers = root", "bob"));
    assert_true(allows("users = bob\nusers =", "anybody"));
    assert_false(allows("user = bob\nusers = root", "bob"));
    assert_string_equal(host_double.log, "");
}

/* Any other setting has its default then; a limit must not be one. */
static void test_a_bad_list_limits_all_the_same(void **state)
{
    static const char *const rows[] = {"users = ,", "users = ro:ot", "users = ro:ot, alice",
                                       "users = a:b:c:d"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)host_double_reset(NULL);
        assert_row(rows[i], !allows(rows[i], "root"));
        assert_row(rows[i], host_double_logged(LOG_LEVEL_WARNING, "conf:1: not every name in "));
        assert_row(rows[i], host_double_log_count(LOG_LEVEL_WARNING) == 1);
        assert_row(rows[i], allows(rows[i], "alice") == (strstr(rows[i], "alice") != NULL));
    }
}

static void test_unknown_keys_and_broken_lines(void **state)
{
    struct config config =
        apply_text("# comment\nDeadline_s = 5\n\ncolour = red\nno equals sign\n= 5\nuser = u\n");

    (void)state;
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "conf:2: "));
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "conf:4: "));
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "colour"));
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "conf:5: "));
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "conf:6: "));
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 4);
    assert_string_equal(config.user, "u");
    assert_int_equal(config.deadline_ms, 300000);
}

static void test_forms_of_files(void **state)
{
    static const char *const rows[] = {
        "user = u\ndeadline_s = 5\n",
        "user = u\ndeadline_s = 5",               /* no final newline */
        "user = u\r\ndeadline_s = 5\r\n",         /* CRLF */
        "\xef\xbb\xbfuser = u\ndeadline_s = 5\n", /* byte order mark */
        "\xef\xbb\xbfuser = u\r\ndeadline_s = 5",
        "# c\n\n  user=u # c\n\tdeadline_s\t=\t5\t# c\n#report = no\n",
        "user = x\nuser = u\ndeadline_s = 7\ndeadline_s = 5\n", /* the last one */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config config = apply_text(rows[i]);

        assert_row(rows[i], strcmp(config.user, "u") == 0);
        assert_row(rows[i], config.deadline_ms == 5000);
        assert_row(rows[i], config.report);
    }
    assert_string_equal(host_double.log, "");
}

/* A log line of a bad value cannot forge another one. */
static void test_control_characters_in_a_value(void **state)
{
    (void)state;
    (void)apply_text("deadline_s = \x1b[2J\n");
    assert_null(strchr(host_double.log, '\x1b'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_host(test_defaults),
        with_host(test_bad_values),
        with_host(test_a_url_that_is_too_long),
        with_host(test_the_longest_name),
        with_host(test_good_values_at_their_limits),
        with_host(test_who_may_be_reset),
        with_host(test_a_bad_list_limits_all_the_same),
        with_host(test_unknown_keys_and_broken_lines),
        with_host(test_forms_of_files),
        with_host(test_control_characters_in_a_value),
    };

    return cmocka_run_group_tests_name("config_values", tests, NULL, NULL);
}
