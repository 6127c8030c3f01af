// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tests/unit/config_source.h"
#include "tests/unit/scratch.h"

enum { ARGUMENTS_MAX = 16 };

struct config apply_text(const char *text)
{
    char *copy = strdup(text);
    struct config config;

    assert_non_null(copy);
    config_defaults(&config);
    config_apply_text(&config, "conf", copy);
    free(copy);
    return config;
}

void write_config_file(const char *text)
{
    scratch_mkdir(CONFIG_DIR);
    scratch_write_text(CONFIG_FILE, text);
}

struct config load_file(const char *text)
{
    struct config config;

    write_config_file(text);
    assert_status(load_there(&config, "run"), STATUS_OK);
    return config;
}

enum status load_list(struct config *config, const char *const arguments[])
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

void assert_default_settings(const struct config *config)
{
    assert_string_equal(config->metadata_url, DEFAULT_URL);
    assert_string_equal(config->user, "");
    assert_string_equal(config->user_override, "");
    assert_false(config->users.is_limited);
    assert_int_equal(config->policy, POLICY_NONE);
    assert_string_equal(config->account.hash_method, "auto");
    assert_int_equal(config->deadline_ms, 300000);
    assert_true(config->report);
    assert_false(config->require_confinement);
}
