// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/reset.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

static void test_choice_of_account(void **state)
{
    static const struct {
        const char *option;
        const char *requested;
        const char *configured;
        const char *expected;
    } rows[] = {
        {"", "", "", "admin"},      {"", "", "conf", "conf"}, {"", "req", "", "req"},
        {"", "req", "conf", "req"}, {"opt", "", "", "opt"},   {"opt", "req", "conf", "opt"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start_again();
        ask_for_reset();
        (void)strcpy(config.user_override, rows[i].option);
        (void)strcpy(config.user, rows[i].configured);
        cloud.user_name = rows[i].requested;
        assert_row_status(rows[i].expected, reset_run(&config), STATUS_APPLIED);
        assert_string_equal(last_record().applied_user, rows[i].expected);
        assert_reported(true, "applied", rows[i].expected);
    }
}

static void test_accounts_that_cannot_be_reset(void **state)
{
    static const enum status failures[] = {STATUS_ACCOUNT_NAME,         STATUS_ACCOUNT_UNKNOWN,
                                           STATUS_ACCOUNT_NOT_SHADOWED, STATUS_SHADOW_MISSING,
                                           STATUS_NOT_REGULAR,          STATUS_SHADOW_MALFORMED};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        start_again();
        ask_for_reset();
        cloud.user_name = "someone";
        cloud.check_status = failures[i];
        assert_status(reset_run(&config), failures[i]);
        assert_nothing_done();
        assert_recorded(failures[i]);
        assert_reported(false, status_name(failures[i]), "someone");
        assert_true(cloud.pending.len > 0);
    }
}

static void test_a_requested_name_that_is_too_long(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.user_name = "12345678901234567890123456789012345678901234567890123456789012345";
    assert_status(reset_run(&config), STATUS_ACCOUNT_NAME);
    assert_nothing_done();
}

/* The record says how the run ended, whatever the name that the service sent. */
static void test_a_requested_name_cannot_forge_the_record(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.user_name = "x\noutcome = applied";
    cloud.check_status = STATUS_ACCOUNT_NAME;
    assert_status(reset_run(&config), STATUS_ACCOUNT_NAME);
    assert_recorded(STATUS_ACCOUNT_NAME);
}

static void test_no_administrator(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.administrator_status = STATUS_SHADOW_MISSING;
    assert_status(reset_run(&config), STATUS_SHADOW_MISSING);
    assert_nothing_done();
    assert_reported(false, "shadow-missing", "");
}

/* Whoever chooses the account, but for the command line. */
static void test_accounts_that_are_not_allowed(void **state)
{
    static const struct {
        const char *option;
        const char *requested;
        const char *configured;
        const char *users;
        const char *chosen;
        bool is_allowed;
    } rows[] = {
        {"", "", "", "admin, x", "admin", true},     {"", "", "", "x, administrator", "admin", false},
        {"", "req", "", "req", "req", true},         {"", "req", "", "admin", "req", false},
        {"", "", "conf", "conf", "conf", true},      {"", "", "conf", "admin, req", "conf", false},
        {"", "req", "conf", "conf", "req", false},   {"opt", "", "", "admin", "opt", true},
        {"opt", "req", "conf", "req", "opt", true},  {"", "req", "", ",", "req", false},
        {"", "Req", "", "req, admin", "Req", false}, {"", "", "", "", "admin", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start_again();
        ask_for_reset();
        (void)strcpy(config.user_override, rows[i].option);
        (void)strcpy(config.user, rows[i].configured);
        (void)users_parse(&config.users, rows[i].users);
        cloud.user_name = rows[i].requested;
        assert_row_status(rows[i].users, reset_run(&config),
                          rows[i].is_allowed ? STATUS_APPLIED : STATUS_ACCOUNT_NOT_ALLOWED);
        assert_string_equal(last_record().outcome_user, rows[i].chosen);
        if (!rows[i].is_allowed) {
            assert_nothing_done();
            assert_recorded(STATUS_ACCOUNT_NOT_ALLOWED);
            assert_reported(false, "account-not-allowed", rows[i].chosen);
            assert_true(cloud.pending.len > 0);
        }
    }
}

/* What is no name is refused as that, and not told. */
static void test_no_name_and_a_list(void **state)
{
    (void)state;
    ask_for_reset();
    (void)users_parse(&config.users, "admin");
    cloud.user_name = "x\ny";
    assert_status(reset_run(&config), STATUS_ACCOUNT_NAME);
    assert_reported(false, "account-name", "");
}

static void test_passwords_that_the_policy_refuses(void **state)
{
    static const struct {
        enum policy policy;
        bool is_windows;
        const char *password;
        enum status status;
    } rows[] = {
        {POLICY_NONE, false, "\\ \"", STATUS_APPLIED},
        {POLICY_HUAWEI, false, "Fusion@123", STATUS_APPLIED},
        {POLICY_HUAWEI, false, "Fusion@", STATUS_POLICY_LENGTH},
        {POLICY_HUAWEI, false, "Fusion 123", STATUS_POLICY_CHARACTER},
        {POLICY_HUAWEI, false, "fusion@fusion", STATUS_POLICY_MIX},
        {POLICY_HUAWEI, false, "Fusion@Admin1", STATUS_POLICY_USER_NAME},
        {POLICY_HUAWEI, false, "Fusion@min123", STATUS_APPLIED},
        {POLICY_HUAWEI, true, "Fusion@min123", STATUS_POLICY_USER_NAME_PART},
        {POLICY_TENCENT, false, "/Fusion@123", STATUS_POLICY_FIRST_CHARACTER},
        {POLICY_TENCENT, false, "Fusion@1234", STATUS_APPLIED},
        {POLICY_TENCENT, true, "Fusion@1234", STATUS_POLICY_LENGTH},
        {POLICY_TENCENT_2018, false, "fusion12", STATUS_APPLIED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start_again();
        replace_pending(seal(UUID, rows[i].password, strlen(rows[i].password)));
        config.policy = rows[i].policy;
        host_double.is_windows = rows[i].is_windows;
        assert_row_status(rows[i].password, reset_run(&config), rows[i].status);
        assert_null(strstr(host_double.log, rows[i].password));
        assert_recorded(rows[i].status);
        if (rows[i].status != STATUS_APPLIED) {
            assert_nothing_done();
            assert_reported(false, status_name(rows[i].status), "admin");
            assert_true(cloud.pending.len > 0);
        }
    }
}

/* The account that is reset, not the administrator; and no policy is asked about one that is not allowed. */
static void test_the_policy_knows_the_account(void **state)
{
    (void)state;
    replace_pending(seal(UUID, "Alice@123", 9));
    config.policy = POLICY_HUAWEI;
    cloud.user_name = "alice";
    assert_status(reset_run(&config), STATUS_POLICY_USER_NAME);
    (void)users_parse(&config.users, "admin");
    assert_status(reset_run(&config), STATUS_ACCOUNT_NOT_ALLOWED);
    cloud.user_name = "";
    assert_status(reset_run(&config), STATUS_APPLIED);
}

static void test_a_dry_run_asks_both(void **state)
{
    (void)state;
    ask_for_reset();
    config.dry_run = true;
    config.policy = POLICY_HUAWEI;
    assert_status(reset_run(&config), STATUS_POLICY_CHARACTER);
    (void)users_parse(&config.users, "root");
    assert_status(reset_run(&config), STATUS_ACCOUNT_NOT_ALLOWED);
    assert_string_equal(cloud.record, "");
}

static void test_a_wrong_uuid(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.uuid = "00000000-0000-0000-0000-000000000000";
    assert_status(reset_run(&config), STATUS_BLOB_PADDING);
    assert_trace("flag? reset? uuid? report record");
    assert_nothing_done();
    assert_recorded(STATUS_BLOB_PADDING);
    assert_reported(false, "blob-padding", "");
    assert_true(cloud.pending.len > 0);
    assert_true(host_double_log_count(LOG_LEVEL_ERROR) == 1);
}

static void test_blobs_that_cannot_be_opened(void **state)
{
    static const struct {
        const char *blob;
        enum status status;
    } rows[] = {
        {"short", STATUS_BLOB_TOO_SHORT},
        {"0Rqv2zwGpvA=", STATUS_BLOB_EMPTY},
        {"0Rqv2zwGpvA=!!!!", STATUS_BLOB_NOT_BASE64},
        {"0Rqv2zwGpvA=AAAA", STATUS_BLOB_LENGTH},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start_again();
        replace_pending(secret_of_text(rows[i].blob));
        assert_row_status(rows[i].blob, reset_run(&config), rows[i].status);
        assert_nothing_done();
        assert_recorded(rows[i].status);
        assert_reported(false, status_name(rows[i].status), "");
    }
}

static void test_passwords_that_cannot_be_set(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum status status;
    } rows[] = {
        {"", 0, STATUS_PASSWORD_EMPTY},
        {"a\nb", 3, STATUS_PASSWORD_CONTROL},
        {"a\0b", 3, STATUS_PASSWORD_CONTROL},
        {"\xff", 1, STATUS_PASSWORD_NOT_UTF8},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start_again();
        replace_pending(seal(UUID, rows[i].bytes, rows[i].len));
        assert_status(reset_run(&config), rows[i].status);
        assert_nothing_done();
    }
}

static void test_a_system_that_refuses(void **state)
{
    static const enum status failures[] = {STATUS_READ_ONLY,    STATUS_DISK_FULL,   STATUS_DENIED,
                                           STATUS_LOCK_TIMEOUT, STATUS_HASH_FAILED, STATUS_SHADOW_IMMUTABLE,
                                           STATUS_NOT_VERIFIED};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        start_again();
        ask_for_reset_when_announced();
        fail_always(SET, failures[i]);
        assert_status(reset_run(&config), failures[i]);
        assert_trace("flag? reset? uuid? set:admin report record");
        assert_recorded(failures[i]);
        assert_string_equal(last_record().applied_request, "");
        assert_reported(false, status_name(failures[i]), "admin");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_choice_of_account),
        with_cloud(test_accounts_that_cannot_be_reset),
        with_cloud(test_a_requested_name_that_is_too_long),
        with_cloud(test_a_requested_name_cannot_forge_the_record),
        with_cloud(test_no_administrator),
        with_cloud(test_accounts_that_are_not_allowed),
        with_cloud(test_no_name_and_a_list),
        with_cloud(test_passwords_that_the_policy_refuses),
        with_cloud(test_the_policy_knows_the_account),
        with_cloud(test_a_dry_run_asks_both),
        with_cloud(test_a_wrong_uuid),
        with_cloud(test_blobs_that_cannot_be_opened),
        with_cloud(test_passwords_that_cannot_be_set),
        with_cloud(test_a_system_that_refuses),
    };

    return cmocka_run_group_tests_name("reset_apply", tests, NULL, NULL);
}
