// SPDX-License-Identifier: Apache-2.0
/* How much is read. tests/integration/test_check_login.py compares what is read with what sshd says. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/host.h"
#include "platform/linux/sshd_config.h"
#include "tests/unit/scratch.h"

/* Is all read of a file that has this line so many times? */
static bool reads_all(const char *line, size_t times, int64_t end_ms)
{
    static const struct sshd_account account = {.name = "root"};
    const size_t len = strlen(line);
    struct secret text;
    struct sshd_config *config;
    bool result;

    assert_status(secret_alloc(&text, times * (len + 1)), STATUS_OK);
    for (size_t i = 0; i < times; i++)
        assert_true(secret_append(&text, line, len) && secret_append(&text, "\n", 1));
    scratch_write("sshd_config", text.bytes, text.len);
    secret_free(&text);
    config = sshd_config_read(scratch.path, "/sshd_config", &account, end_ms);
    assert_non_null(config);
    result = !config->is_partial;
    sshd_config_free(config);
    return result;
}

/* Each may have a folder listed: a file of them would take hours. */
static void test_includes_without_end(void **state)
{
    (void)state;
    assert_true(reads_all("Include none-*", SSHD_INCLUDES_MAX, INT64_MAX));
    assert_false(reads_all("Include none-*", SSHD_INCLUDES_MAX + 1, INT64_MAX));
}

static void test_what_is_not_read_is_said(void **state)
{
    (void)state;
    assert_false(reads_all("Include /sshd_config", 1, INT64_MAX));
    assert_false(reads_all("Include /e*/sshd_config.d/*.conf", 1, INT64_MAX));
    assert_true(reads_all("UsePAM yes", SSHD_ITEMS_MAX, INT64_MAX));
    assert_false(reads_all("UsePAM yes", SSHD_ITEMS_MAX + 1, INT64_MAX));
}

/* Else a list would be judged by some of them. */
static void test_all_groups_of_an_account_or_none(void **state)
{
    static const char LINE[] = "staff:x:0:\n";
    char text[1000 * (sizeof LINE - 1) + 1] = "";
    struct sshd_account account;

    (void)state;
    scratch_mkdir("etc");
    scratch_write_text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    scratch_write_text("etc/group", LINE);
    assert_true(sshd_account_read(scratch.path, "root", &account));
    assert_true(sshd_account_in_group(&account, "staff"));
    sshd_account_free(&account);
    for (size_t at = 0; at < sizeof text - 1; at += sizeof LINE - 1)
        memcpy(text + at, LINE, sizeof LINE);
    scratch_write_text("etc/group", text);
    assert_false(sshd_account_read(scratch.path, "root", &account));
    sshd_account_free(&account);
}

/* A few MiB of blocks for groups, of which an account may have many, would take half an hour. */
static void test_reading_ends_in_time(void **state)
{
    (void)state;
    assert_false(reads_all("UsePAM yes", 1, host_now_ms()));
}

static void test_a_list_of_groups_without_end(void **state)
{
    static const struct sshd_account account = {.name = "root"};
    char text[8192] = "Match Group ";
    struct sshd_config *config;

    (void)state;
    memset(text + strlen(text), ',', 5000);
    scratch_write_text("sshd_config", text);
    config = sshd_config_read(scratch.path, "/sshd_config", &account, INT64_MAX);
    assert_true(config != NULL && config->is_partial);
    sshd_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_includes_without_end), with_scratch(test_what_is_not_read_is_said),
        with_scratch(test_all_groups_of_an_account_or_none), with_scratch(test_reading_ends_in_time),
        with_scratch(test_a_list_of_groups_without_end)};

    return cmocka_run_group_tests_name("sshd_config", tests, NULL, NULL);
}
