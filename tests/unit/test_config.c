// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/config.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

#define URL       "http://169.254.169.254/openstack/latest"
#define FILE_NAME "etc/resetpwd-agent.conf"

enum { ARGUMENTS_MAX = 16 };

static struct scratch scratch;

static int setup(void **state)
{
    scratch_make(&scratch);
    return host_double_reset(state);
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

/* Makes the default configuration file of the system under the temporary folder. */
static void write_file(const char *text)
{
    scratch_mkdir(&scratch, "etc");
    scratch_write_text(&scratch, FILE_NAME, text);
}

/* config_load() for arguments up to a NULL, without the program's name. */
static enum status load_list(struct config *config, const char *const arguments[])
{
    char *argv[ARGUMENTS_MAX + 2] = {strdup("resetpwd-agent")};
    enum status status;
    int argc = 1;

    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++)
        argv[argc++] = strdup(arguments[i]);
    status = config_load(config, argc, argv);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return status;
}

#define load(config, ...) load_list((config), (const char *const[]){__VA_ARGS__, NULL})

/* `run` on the temporary system, whose file has this text. */
static struct config load_file(const char *text)
{
    struct config config;

    write_file(text);
    assert_status(load(&config, "run", "--root", scratch.path), STATUS_OK);
    return config;
}

/* The same without a file: only what its text changes. */
static struct config apply_text(const char *text)
{
    char *copy = strdup(text);
    struct config config;

    assert_non_null(copy);
    config_defaults(&config);
    config_apply_text(&config, "conf", copy);
    free(copy);
    return config;
}

static void assert_default_settings(const struct config *config)
{
    assert_string_equal(config->metadata_url, URL);
    assert_string_equal(config->user, "");
    assert_string_equal(config->user_override, "");
    assert_string_equal(config->hash_method, "auto");
    assert_int_equal(config->deadline_ms, 300000);
    assert_true(config->report);
}

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

static void test_every_setting_by_file(void **state)
{
    struct config config = load_file("metadata_url = http://10.0.0.1:8080/md\n"
                                     "user = admin\n"
                                     "deadline_s = 42\n"
                                     "hash_method = sha256\n"
                                     "report = no\n");

    (void)state;
    assert_string_equal(config.metadata_url, "http://10.0.0.1:8080/md");
    assert_string_equal(config.user, "admin");
    assert_string_equal(config.user_override, "");
    assert_int_equal(config.deadline_ms, 42000);
    assert_string_equal(config.hash_method, "sha256");
    assert_false(config.report);
    assert_string_equal(config.file, scratch_path(&scratch, FILE_NAME));
    assert_string_equal(host_double.log, "");
}

static void test_every_option_by_command_line(void **state)
{
    struct config config;

    (void)state;
    scratch_write_text(&scratch, "my.conf", "report = no\n");
    assert_status(load(&config, "run", "--config", scratch_path(&scratch, "my.conf"), "--root", scratch.path,
                       "--metadata-url", "http://h/x", "--user", "me", "--deadline", "7", "--dry-run",
                       "--verbose", "--json"),
                  STATUS_OK);
    assert_int_equal(config.command, CONFIG_RUN);
    assert_string_equal(config.file, scratch_path(&scratch, "my.conf"));
    assert_false(config.report);
    assert_string_equal(config.root, scratch.path);
    assert_string_equal(config.metadata_url, "http://h/x");
    assert_string_equal(config.user_override, "me");
    assert_string_equal(config.user, "");
    assert_int_equal(config.deadline_ms, 7000);
    assert_true(config.dry_run);
    assert_true(config.verbose);
    assert_true(config.json);
    assert_string_equal(host_double.log, "");
}

static void test_options_with_an_equals_sign(void **state)
{
    char config_option[SCRATCH_PATH_MAX];
    char root_option[SCRATCH_PATH_MAX];
    struct config config;

    (void)state;
    scratch_write_text(&scratch, "my.conf", "user = other\n");
    (void)snprintf(config_option, sizeof config_option, "--config=%s", scratch_path(&scratch, "my.conf"));
    (void)snprintf(root_option, sizeof root_option, "--root=%s", scratch.path);
    assert_status(load(&config, config_option, root_option, "--metadata-url=http://h/x=y", "--user=a=b",
                       "--deadline=9", "run"),
                  STATUS_OK);
    assert_string_equal(config.user, "other");
    assert_string_equal(config.root, scratch.path);
    assert_string_equal(config.metadata_url, "http://h/x=y");
    assert_string_equal(config.user_override, "a=b");
    assert_int_equal(config.deadline_ms, 9000);
}

static void test_the_command_line_wins(void **state)
{
    struct config config;

    (void)state;
    write_file("metadata_url = http://file/\nuser = file\ndeadline_s = 11\n");
    assert_status(load(&config, "--metadata-url", "http://line/", "--user", "line", "--deadline", "22",
                       "--root", scratch.path, "run"),
                  STATUS_OK);
    assert_string_equal(config.metadata_url, "http://line");
    assert_string_equal(config.user_override, "line");
    assert_string_equal(config.user, "file");
    assert_int_equal(config.deadline_ms, 22000);
}

/* Also over a bad value in the file, whose fallback is the default. */
static void test_the_command_line_wins_over_a_bad_file(void **state)
{
    struct config config;

    (void)state;
    write_file("deadline_s = never\n");
    assert_status(load(&config, "run", "--deadline", "22", "--root", scratch.path), STATUS_OK);
    assert_int_equal(config.deadline_ms, 22000);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
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
        "metadata_url = http",
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
        "report =",
        "report = true",
        "report = 1",
        "report = y",
        "report = yes!",
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
            "%s\n",
            rows[i]);
        config = apply_text(text);
        (void)snprintf(place, sizeof place, "conf:6: %.*s ", (int)strcspn(rows[i], " "), rows[i]);
        assert_row(rows[i], host_double_logged(LOG_LEVEL_WARNING, place));
        assert_row(rows[i], host_double_log_count(LOG_LEVEL_WARNING) == 1);
        /* That key, and only that, has its default. */
        assert_row(rows[i], (strcmp(config.metadata_url, URL) == 0) == (rows[i][0] == 'm'));
        assert_row(rows[i], (config.user[0] == '\0') == (rows[i][0] == 'u'));
        assert_row(rows[i], (config.deadline_ms == 300000) == (rows[i][0] == 'd'));
        assert_row(rows[i], (strcmp(config.hash_method, "auto") == 0) == (rows[i][0] == 'h'));
        assert_row(rows[i], config.report == (rows[i][0] == 'r'));
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
    assert_string_equal(config.metadata_url, URL);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
}

static void test_good_values_at_their_limits(void **state)
{
    struct config config;

    (void)state;
    assert_int_equal(apply_text("deadline_s = 1").deadline_ms, 1000);
    assert_int_equal(apply_text("deadline_s = 86400").deadline_ms, 86400000);
    assert_int_equal(apply_text("deadline_s = 0060").deadline_ms, 60000);
    assert_string_equal(apply_text("metadata_url = http://h").metadata_url, "http://h");
    assert_string_equal(apply_text("metadata_url = http://h///").metadata_url, "http://h");
    assert_string_equal(apply_text("metadata_url = http://[fe80::1]:80/a/").metadata_url,
                        "http://[fe80::1]:80/a");
    assert_string_equal(apply_text("hash_method = YESCRYPT").hash_method, "yescrypt");
    assert_string_equal(apply_text("hash_method = gost-yescrypt").hash_method, "gost-yescrypt");
    assert_string_equal(apply_text("hash_method = bcrypt").hash_method, "bcrypt");
    assert_string_equal(apply_text("hash_method = Sha512").hash_method, "sha512");
    assert_string_equal(apply_text("hash_method = auto").hash_method, "auto");
    assert_false(apply_text("report = NO").report);
    assert_true(apply_text("report = no\nreport = Yes").report);
    assert_string_equal(apply_text("user = a\nuser =").user, "");
    config = apply_text("user = 1234567890123456789012345678901234567890123456789012345678901234");
    assert_int_equal(strlen(config.user), ACCOUNT_NAME_MAX);
    assert_string_equal(host_double.log, "");
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

static void test_an_empty_file(void **state)
{
    struct config config = load_file("");

    (void)state;
    assert_default_settings(&config);
    assert_string_equal(host_double.log, "");
}

/* What stands before it counts; what stands behind it must at least not be lost without a word. */
static void test_a_nul_in_the_file(void **state)
{
    static const char TEXT[] = "user = u\nreport = no\0\ndeadline_s = 5\n";
    struct config config;

    (void)state;
    scratch_mkdir(&scratch, "etc");
    scratch_write(&scratch, FILE_NAME, TEXT, sizeof TEXT - 1);
    assert_status(load(&config, "run", "--root", scratch.path), STATUS_OK);
    assert_string_equal(config.user, "u");
    assert_true(config.deadline_ms == 5000 || host_double_log_count(LOG_LEVEL_WARNING) > 0);
}

static void test_a_missing_default_file(void **state)
{
    struct config config;

    (void)state;
    assert_status(load(&config, "run", "--root", scratch.path), STATUS_OK);
    assert_default_settings(&config);
    assert_string_equal(host_double.log, "");
}

static void test_files_that_cannot_be_read(void **state)
{
    struct config config;

    (void)state;
    assert_status(load(&config, "run", "--root", scratch.path, "--config", scratch_path(&scratch, "none")),
                  STATUS_OK);
    assert_default_settings(&config);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "/none: cannot be read (not-found)"));
    /* a folder where the default file would be */
    (void)host_double_reset(NULL);
    scratch_mkdir(&scratch, "etc");
    scratch_mkdir(&scratch, FILE_NAME);
    assert_status(load(&config, "run", "--root", scratch.path), STATUS_OK);
    assert_default_settings(&config);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "(not-regular)"));
}

static void test_a_file_that_is_too_large(void **state)
{
    static char text[64 * 1024 + 1];
    struct config config;

    (void)state;
    memset(text, '\n', sizeof text - 1);
    memcpy(text, "user = u\n", 9);
    config = load_file(text);
    assert_string_equal(config.user, "u");
    text[sizeof text - 1] = '\n';
    scratch_write(&scratch, FILE_NAME, text, sizeof text);
    assert_status(load(&config, "run", "--root", scratch.path), STATUS_OK);
    assert_string_equal(config.user, "");
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "(file-too-large)"));
}

/* A log line of a bad value cannot forge another one. */
static void test_control_characters_in_a_value(void **state)
{
    (void)state;
    (void)apply_text("deadline_s = \x1b[2J\n");
    assert_null(strchr(host_double.log, '\x1b'));
}

static void test_commands(void **state)
{
    static const struct {
        const char *arguments[4];
        enum config_command command;
    } rows[] = {
        {{"status", NULL}, CONFIG_STATUS},
        {{"status", "--json", NULL}, CONFIG_STATUS},
        {{"--help", NULL}, CONFIG_HELP},
        {{"-h", NULL}, CONFIG_HELP},
        {{"--version", NULL}, CONFIG_VERSION},
        {{"run", "--help", NULL}, CONFIG_HELP},
        {{"--help", "run", NULL}, CONFIG_HELP},
        {{"--version", "status", NULL}, CONFIG_VERSION},
        {{"run", "--help", "status", NULL}, CONFIG_HELP},
    };
    struct config config;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row_status(rows[i].arguments[0], load_list(&config, rows[i].arguments), STATUS_OK);
        assert_row(rows[i].arguments[0], config.command == rows[i].command);
    }
    assert_string_equal(host_double.log, "");
}

/* `status` must work whatever the file is like. */
static void test_status_reads_no_file(void **state)
{
    struct config config;

    (void)state;
    assert_status(load(&config, "status", "--config", "/nowhere/at/all", "--root", "/x/"), STATUS_OK);
    assert_string_equal(config.root, "/x");
    assert_string_equal(host_double.log, "");
}

static void test_usage_errors(void **state)
{
    static const char *const rows[][4] = {
        {NULL},
        {"--dry-run", NULL},
        {"", NULL},
        {"walk", NULL},
        {"run", "run", NULL},
        {"run", "status", NULL},
        {"run", "--wrong", NULL},
        {"run", "--", NULL},
        {"run", "-v", NULL},
        {"run", "--verbos", NULL},
        {"run", "--verbose=yes", NULL},
        {"run", "--dry-run=", NULL},
        {"run=", NULL},
        {"run", "--user", NULL},
        {"run", "--user=", NULL},
        {"run", "--user", "", NULL},
        {"run", "--user", "a\nb", NULL},
        {"run", "--user", "12345678901234567890123456789012345678901234567890123456789012345", NULL},
        {"run", "--use", "a", NULL},
        {"run", "--users", "a", NULL},
        {"run", "--config", NULL},
        {"run", "--config=", NULL},
        {"run", "--root", NULL},
        {"run", "--root=", NULL},
        {"run", "--deadline", NULL},
        {"run", "--deadline", "0", NULL},
        {"run", "--deadline=x", NULL},
        {"run", "--deadline", "run", NULL},
        {"run", "--metadata-url", "https://h/", NULL},
        {"run", "--metadata-url=", NULL},
        {"run", "extra", NULL},
        {"status", "--deadline", "-1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config config;
        char row[32];

        (void)host_double_reset(NULL);
        (void)snprintf(row, sizeof row, "%zu", i);
        assert_row_status(row, load_list(&config, rows[i]), STATUS_USAGE);
        assert_row(row, host_double_log_count(LOG_LEVEL_ERROR) == 1);
    }
}

static void test_roots(void **state)
{
    static char long_root[HOST_PATH_MAX + 1];
    struct config config;

    (void)state;
    assert_status(load(&config, "status", "--root", "/"), STATUS_OK);
    assert_string_equal(config.root, "");
    assert_status(load(&config, "status", "--root", "a/b///"), STATUS_OK);
    assert_string_equal(config.root, "a/b");
    memset(long_root, 'r', HOST_PATH_MAX);
    assert_status(load(&config, "status", "--root", long_root), STATUS_USAGE);
}

/* The last test: being verbose cannot be undone. */
static void test_verbose_only_where_it_was_asked_for(void **state)
{
    struct config config;

    (void)state;
    assert_status(load(&config, "run", "--root", scratch.path), STATUS_OK);
    assert_false(config.verbose);
    assert_status(load(&config, "run", "--root", scratch.path, "--verbose"), STATUS_OK);
    log_debug("seen");
    assert_string_equal(host_double.log, "<7>seen\n");
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_defaults),
        with_scratch(test_every_setting_by_file),
        with_scratch(test_every_option_by_command_line),
        with_scratch(test_options_with_an_equals_sign),
        with_scratch(test_the_command_line_wins),
        with_scratch(test_the_command_line_wins_over_a_bad_file),
        with_scratch(test_bad_values),
        with_scratch(test_a_url_that_is_too_long),
        with_scratch(test_good_values_at_their_limits),
        with_scratch(test_unknown_keys_and_broken_lines),
        with_scratch(test_forms_of_files),
        with_scratch(test_an_empty_file),
        with_scratch(test_a_nul_in_the_file),
        with_scratch(test_a_missing_default_file),
        with_scratch(test_files_that_cannot_be_read),
        with_scratch(test_a_file_that_is_too_large),
        with_scratch(test_control_characters_in_a_value),
        with_scratch(test_commands),
        with_scratch(test_status_reads_no_file),
        with_scratch(test_usage_errors),
        with_scratch(test_roots),
        with_scratch(test_verbose_only_where_it_was_asked_for),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
