// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/unit/config_source.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

static void test_every_option_by_command_line(void **state)
{
    struct config config;

    (void)state;
    scratch_write_text("my.conf", "report = no\n");
    assert_status(load(&config, "run", "--config", scratch_path("my.conf"), "--root", scratch.path,
                       "--metadata-url", "http://h/x", "--user", "me", "--deadline", "7", "--dry-run",
                       "--verbose", "--json"),
                  STATUS_OK);
    assert_int_equal(config.command, CONFIG_RUN);
    assert_string_equal(config.file, scratch_path("my.conf"));
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
    scratch_write_text("my.conf", "user = other\n");
    (void)snprintf(config_option, sizeof config_option, "--config=%s", scratch_path("my.conf"));
    (void)snprintf(root_option, sizeof root_option, "--root=%s", scratch.path);
    assert_status(load(&config, config_option, root_option, "--metadata-url=http://h/x=y", "--user=a-b",
                       "--deadline=9", "run"),
                  STATUS_OK);
    assert_string_equal(config.user, "other");
    assert_string_equal(config.root, scratch.path);
    assert_string_equal(config.metadata_url, "http://h/x=y");
    assert_string_equal(config.user_override, "a-b");
    assert_int_equal(config.deadline_ms, 9000);
}

static void test_root_where_there_can_be_none(void **state)
{
    struct config config;

    (void)state;
    host_double.takes_no_root = true;
    assert_status(load(&config, "run", "--root", scratch.path), STATUS_NOT_SUPPORTED);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "--root"));
    assert_status(load(&config, "run"), STATUS_OK);
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
    assert_status(load_there(&config, "run"), STATUS_OK);
    assert_false(config.verbose);
    assert_status(load_there(&config, "run", "--verbose"), STATUS_OK);
    log_debug("seen");
    assert_string_equal(host_double.log, "<7>seen\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_every_option_by_command_line),
        with_scratch(test_options_with_an_equals_sign),
        with_scratch(test_root_where_there_can_be_none),
        with_scratch(test_commands),
        with_scratch(test_status_reads_no_file),
        with_scratch(test_usage_errors),
        with_scratch(test_roots),
        with_scratch(test_verbose_only_where_it_was_asked_for),
    };

    return cmocka_run_group_tests_name("config_arguments", tests, NULL, NULL);
}
