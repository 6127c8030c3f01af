// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "platform/account.h"
#include "tests/unit/account_system.h"
#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

/* Takes the hash of root out of a shadow file that must be SHADOW but for it and today's date. */
static void take_hash(const char *name, char *hash, size_t size)
{
    static const char EDITED_TAIL[] = ":18518" SHADOW_TAIL; /* 1600000000 s */
    const size_t tail_len = sizeof EDITED_TAIL - 1;
    struct secret text = scratch_read(name);
    size_t len;

    assert_true(text.len > strlen(SHADOW_HEAD) + tail_len);
    len = text.len - strlen(SHADOW_HEAD) - tail_len;
    assert_true(len < size);
    assert_memory_equal(text.bytes, SHADOW_HEAD, strlen(SHADOW_HEAD));
    assert_memory_equal(text.bytes + text.len - tail_len, EDITED_TAIL, tail_len);
    memcpy(hash, text.bytes + strlen(SHADOW_HEAD), len);
    hash[len] = '\0';
    secret_free(&text);
}

/* By libcrypt, not by our own code. */
static bool verifies(const char *hash, const char *password)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *again;
    bool same;

    assert_non_null(data);
    again = crypt_r(password, hash, data);
    same = again != NULL && strcmp(again, hash) == 0;
    free(data);
    return same;
}

static void test_set_password(void **state)
{
    char hash[512];

    (void)state;
    assert_status(set_password("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(strncmp(hash, "$6$rounds=1000$", 15), 0);
    assert_true(verifies(hash, PASSWORD));
    assert_false(verifies(hash, PASSWORD "x"));
    assert_file("etc/shadow-", SHADOW);
    assert_file("etc/passwd", PASSWD);
    /* passwd, shadow, shadow-, login.defs, .pwd.lock: no temporary */
    assert_int_equal(scratch_count("etc"), 5);
    assert_true(scratch_exists("etc/.pwd.lock"));
    assert_string_equal(host_double.log, "");
}

static void test_set_twice(void **state)
{
    struct secret first;
    struct secret backup;
    char hash[512];

    (void)state;
    assert_status(set_password("root"), STATUS_OK);
    first = scratch_read("etc/shadow");
    assert_status(set_password("root"), STATUS_OK);
    backup = scratch_read("etc/shadow-");
    assert_holds(&backup, first.bytes, first.len);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_true(verifies(hash, PASSWORD));
    assert_int_equal(scratch_count("etc"), 5);
    secret_free(&first);
    secret_free(&backup);
}

static void test_a_locked_account_is_unlocked(void **state)
{
    struct secret text;

    (void)state;
    assert_status(set_password("ubuntu"), STATUS_OK);
    text = scratch_read("etc/shadow");
    assert_non_null(strstr(secret_text(&text), "\nubuntu:$6$rounds=1000$"));
    assert_non_null(strstr(secret_text(&text), ":18518:0:99999:7:::\nbroken:"));
    secret_free(&text);
}

static void test_the_configured_method(void **state)
{
    char hash[512];

    (void)state;
    assert_status(set_with_method("root", "sha256"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(strncmp(hash, "$5$rounds=1000$", 15), 0);
    assert_true(verifies(hash, PASSWORD));
}

static void test_the_method_of_the_file(void **state)
{
    char hash[512];

    (void)state;
    scratch_write_text("etc/login.defs", "YESCRYPT_COST_FACTOR 1\n");
    assert_status(set_password("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(strncmp(hash, "$y$j75$", 7), 0);
    assert_true(verifies(hash, PASSWORD));
}

static void test_the_login_defs_of_usr(void **state)
{
    char hash[512];

    (void)state;
    scratch_unlink("etc/login.defs");
    scratch_mkdir("usr");
    scratch_mkdir("usr/etc");
    scratch_write_text("usr/etc/login.defs", "ENCRYPT_METHOD SHA256\nSHA_CRYPT_MIN_ROUNDS 1100\n");
    assert_status(set_password("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(strncmp(hash, "$5$rounds=1100$", 15), 0);
}

static void test_mode_owner_and_attributes_stay(void **state)
{
    static const char *const names[] = {"etc/shadow", "etc/shadow-"};
    const bool is_root = geteuid() == 0;
    bool has_attributes;
    int fd = openat(scratch.fd, "etc/shadow", O_RDWR | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    if (is_root)
        assert_int_equal(fchown(fd, 0, 42), 0);
    assert_int_equal(fchmod(fd, 0640), 0);
    has_attributes = fsetxattr(fd, "user.label", "kept", 4, 0) == 0;
    assert_true(has_attributes || errno == ENOTSUP);
    (void)close(fd);
    assert_status(set_password("root"), STATUS_OK);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat is = scratch_stat(names[i]);
        char value[8];

        assert_int_equal(is.st_mode, S_IFREG | 0640);
        assert_int_equal(is.st_gid, is_root ? 42 : getegid());
        if (has_attributes) {
            assert_int_equal(getxattr(scratch_path(names[i]), "user.label", value, sizeof value), 4);
            assert_memory_equal(value, "kept", 4);
        }
    }
}

static void test_an_expired_account_is_reported(void **state)
{
    (void)state;
    assert_status(set_password("expired"), STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "expired has expired"));
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
}

static void test_leftovers_of_an_interrupted_run(void **state)
{
    char hash[512];

    (void)state;
    scratch_write_text("etc/.shadow.resetpwd-agent", "root:half");
    scratch_write_text("etc/.shadow-.resetpwd-agent", "ro");
    assert_status(set_password("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(scratch_count("etc"), 5);
}

/* Without setting anything; and what looks like it is another's. */
static void test_tidying(void **state)
{
    static const char *const others[] = {"etc/.shadow.other", "etc/nshadow", "etc/shadow.lock",
                                         "etc/.resetpwd-agent", "etc/shadow.resetpwd-agent"};

    (void)state;
    scratch_write_text("etc/.shadow.resetpwd-agent", "root:half");
    scratch_write_text("etc/.shadow-.resetpwd-agent", "ro");
    for (size_t i = 0; i < COUNT_OF(others); i++)
        scratch_write_text(others[i], "another's");
    assert_status(account_tidy(scratch.path, set_deadline_ms), STATUS_OK);
    assert_false(scratch_exists("etc/.shadow.resetpwd-agent"));
    assert_false(scratch_exists("etc/.shadow-.resetpwd-agent"));
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_file(others[i], "another's");
    assert_file("etc/shadow", SHADOW);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 2);
}

static void test_tidying_what_stays(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(scratch.fd, "etc/.shadow.resetpwd-agent", 0700), 0); /* not to be unlinked */
    scratch_write_text("etc/.shadow-.resetpwd-agent", "ro");
    assert_status(account_tidy(scratch.path, set_deadline_ms), STATUS_IO_ERROR);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "removing .shadow.resetpwd-agent"));
    assert_false(scratch_exists("etc/.shadow-.resetpwd-agent"));
}

static void test_tidying_where_nothing_is_left(void **state)
{
    (void)state;
    assert_status(account_tidy(scratch.path, set_deadline_ms), STATUS_OK);
    assert_untouched(3);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 0);
}

/* A courtesy: the one chance does not hang on it. */
static void test_a_backup_that_cannot_be_made(void **state)
{
    char hash[512];

    (void)state;
    scratch_mkdir("etc/shadow-");
    assert_status(set_password("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_true(verifies(hash, PASSWORD));
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "no backup"));
}

static void test_no_descriptor_is_left(void **state)
{
    int before = scratch_free_descriptor();

    (void)state;
    assert_status(set_password("root"), STATUS_OK);
    assert_status(set_password("nobody"), STATUS_ACCOUNT_UNKNOWN);
    scratch_unlink("etc/shadow");
    assert_status(set_password("root"), STATUS_SHADOW_MISSING);
    assert_int_equal(scratch_free_descriptor(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_system(test_set_password),
        with_system(test_set_twice),
        with_system(test_a_locked_account_is_unlocked),
        with_system(test_the_configured_method),
        with_system(test_the_method_of_the_file),
        with_system(test_the_login_defs_of_usr),
        with_system(test_mode_owner_and_attributes_stay),
        with_system(test_an_expired_account_is_reported),
        with_system(test_leftovers_of_an_interrupted_run),
        with_system(test_tidying),
        with_system(test_tidying_what_stays),
        with_system(test_tidying_where_nothing_is_left),
        with_system(test_a_backup_that_cannot_be_made),
        with_system(test_no_descriptor_is_left),
    };

    return cmocka_run_group_tests_name("account_set", tests, NULL, NULL);
}
