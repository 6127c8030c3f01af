// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "tests/unit/config_source.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

static void test_every_setting_by_file(void **state)
{
    struct config config = load_file("metadata_url = http://10.0.0.1:8080/md\n"
                                     "user = admin\n"
                                     "users = admin, ubuntu\n"
                                     "policy = huawei\n"
                                     "deadline_s = 42\n"
                                     "hash_method = sha256\n"
                                     "report = no\n"
                                     "require_confinement = yes\n");

    (void)state;
    assert_string_equal(config.metadata_url, "http://10.0.0.1:8080/md");
    assert_string_equal(config.user, "admin");
    assert_string_equal(config.user_override, "");
    assert_true(users_allow(&config.users, "ubuntu"));
    assert_false(users_allow(&config.users, "root"));
    assert_int_equal(config.policy, POLICY_HUAWEI);
    assert_int_equal(config.deadline_ms, 42000);
    assert_string_equal(config.account.hash_method, "sha256");
    assert_false(config.report);
    assert_true(config.require_confinement);
    assert_string_equal(config.file, scratch_path(CONFIG_FILE));
    assert_string_equal(host_double.log, "");
}

static void test_the_command_line_wins(void **state)
{
    struct config config;

    (void)state;
    write_config_file("metadata_url = http://file/\nuser = file\ndeadline_s = 11\n");
    assert_status(
        load_there(&config, "--metadata-url", "http://line/", "--user", "line", "--deadline", "22", "run"),
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
    write_config_file("deadline_s = never\n");
    assert_status(load_there(&config, "run", "--deadline", "22"), STATUS_OK);
    assert_int_equal(config.deadline_ms, 22000);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
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
    scratch_mkdir(CONFIG_DIR);
    scratch_write(CONFIG_FILE, TEXT, sizeof TEXT - 1);
    assert_status(load_there(&config, "run"), STATUS_OK);
    assert_string_equal(config.user, "u");
    assert_true(config.deadline_ms == 5000 || host_double_log_count(LOG_LEVEL_WARNING) > 0);
}

static void test_a_missing_default_file(void **state)
{
    struct config config;

    (void)state;
    assert_status(load_there(&config, "run"), STATUS_OK);
    assert_default_settings(&config);
    assert_string_equal(host_double.log, "");
}

static void test_files_that_cannot_be_read(void **state)
{
    struct config config;

    (void)state;
    assert_status(load_there(&config, "run", "--config", scratch_path("none")), STATUS_OK);
    assert_default_settings(&config);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "/none: cannot be read (not-found)"));
    /* a folder where the default file would be */
    (void)host_double_reset(NULL);
    scratch_mkdir(CONFIG_DIR);
    scratch_mkdir(CONFIG_FILE);
    assert_status(load_there(&config, "run"), STATUS_OK);
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
    scratch_write(CONFIG_FILE, text, sizeof text);
    assert_status(load_there(&config, "run"), STATUS_OK);
    assert_string_equal(config.user, "");
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "(file-too-large)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_every_setting_by_file),
        with_scratch(test_the_command_line_wins),
        with_scratch(test_the_command_line_wins_over_a_bad_file),
        with_scratch(test_an_empty_file),
        with_scratch(test_a_nul_in_the_file),
        with_scratch(test_a_missing_default_file),
        with_scratch(test_files_that_cannot_be_read),
        with_scratch(test_a_file_that_is_too_large),
    };

    return cmocka_run_group_tests_name("config_file", tests, NULL, NULL);
}
