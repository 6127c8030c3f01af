// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "platform/account.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

#define PASSWORD "pass: word'\"\\ \xe5\xaf\x86 "

#define PASSWD                                                                                               \
    "root:x:0:0:root:/root:/bin/sh\n"                                                                        \
    "ubuntu:x:1000:1000::/home/ubuntu:/bin/sh\n"                                                             \
    "open::1001:1001::/:/bin/sh\n"                                                                           \
    "old:$6$a$b:1002:1002::/:/bin/sh\n"                                                                      \
    "starred:*:1003:1003::/:/bin/sh\n"                                                                       \
    "unshadowed:x:1004:1004::/:/bin/sh\n"                                                                    \
    "broken:x:1005:1005::/:/bin/sh\n"                                                                        \
    "expired:x:1006:1006::/:/bin/sh\n"                                                                       \
    "short:x\n"                                                                                              \
    "nothing\n"                                                                                              \
    "+nis:x::::::\n"

#define SHADOW_HEAD "root:"
#define SHADOW_TAIL                                                                                          \
    ":0:99999:7:::\n"                                                                                        \
    "daemon:*:19000:0:99999:7:::\n"                                                                          \
    "ubuntu:!:19000:0:99999:7:::\n"                                                                          \
    "broken:x:yesterday::::::\n"                                                                             \
    "expired:x:19000:0:99999:7::1:\n"                                                                        \
    "+::::::::\n"                                                                                            \
    "\xff garbage without an end"
#define SHADOW SHADOW_HEAD "$y$j9T$old$old:19000" SHADOW_TAIL

static struct scratch scratch;
static int64_t deadline_ms; /* of setting a password */

/* A system with few rounds, or the tests would take long. */
static int setup(void **state)
{
    (void)host_double_reset(state);
    deadline_ms = host_double.now_ms + 60000;
    scratch_make(&scratch);
    scratch_mkdir(&scratch, "etc");
    scratch_write_text(&scratch, "etc/passwd", PASSWD);
    scratch_write_text(&scratch, "etc/shadow", SHADOW);
    scratch_write_text(&scratch, "etc/login.defs", "ENCRYPT_METHOD SHA512\nSHA_CRYPT_MAX_ROUNDS 1000\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

static enum status set_with_method(const char *name, const char *method)
{
    struct secret password = secret_of_text(PASSWORD);
    enum status status = account_set_password(scratch.path, name, method, &password, deadline_ms);

    secret_free(&password);
    return status;
}

static enum status set(const char *name)
{
    return set_with_method(name, "auto");
}

static void remove_file(const char *name)
{
    assert_int_equal(unlinkat(scratch.fd, name, 0), 0);
}

static void assert_file(const char *name, const char *text)
{
    struct secret is = scratch_read(&scratch, name);

    assert_holds_text(&is, text);
    secret_free(&is);
}

/* As it was, and nothing beside it but what a run may leave. */
static void assert_untouched(size_t names_in_etc)
{
    assert_file("etc/shadow", SHADOW);
    assert_int_equal(scratch_count(&scratch, "etc"), names_in_etc);
}

/* --- Which account
 * ------------------------------------------------------------------------------------------------*/

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

        scratch_write_text(&scratch, "etc/os-release", rows[i].text);
        assert_row_status(rows[i].text, account_administrator(scratch.path, name), STATUS_OK);
        assert_row(rows[i].text, strcmp(name, rows[i].name) == 0);
    }
}

static void test_administrator_without_os_release(void **state)
{
    (void)state;
    assert_administrator("root");
}

/* As it mostly is: a link, which is not followed, since it may be an absolute one. */
static void test_administrator_by_the_os_release_of_usr(void **state)
{
    (void)state;
    scratch_mkdir(&scratch, "usr");
    scratch_mkdir(&scratch, "usr/lib");
    scratch_write_text(&scratch, "usr/lib/os-release", "ID=ubuntu\n");
    assert_administrator("ubuntu");
    assert_int_equal(symlinkat("/usr/lib/os-release", scratch.fd, "etc/os-release"), 0);
    assert_administrator("ubuntu");
    remove_file("etc/os-release");
    scratch_write_text(&scratch, "etc/os-release", "ID=debian\n");
    assert_administrator("root");
}

static void test_ubuntu_without_that_account(void **state)
{
    (void)state;
    scratch_write_text(&scratch, "etc/os-release", "ID=ubuntu\n");
    scratch_write_text(&scratch, "etc/shadow", "root:x:1::::::\nubuntu2:x:1::::::\n");
    assert_administrator("root");
    /* It is there, though broken: that will be said, instead of another account being reset. */
    scratch_write_text(&scratch, "etc/shadow", "root:x:1::::::\nubuntu:x\n");
    assert_administrator("ubuntu");
}

static void test_administrator_that_cannot_be_told(void **state)
{
    char name[ACCOUNT_NAME_MAX + 1] = "as before";

    (void)state;
    scratch_write_text(&scratch, "etc/os-release", "ID=ubuntu\n");
    remove_file("etc/shadow");
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
        assert_row_status(rows[i].name, account_check(scratch.path, rows[i].name), rows[i].status);
        assert_row_status(rows[i].name, set(rows[i].name), rows[i].status);
    }
    assert_untouched(3);
}

static void test_accounts_that_can_be_reset(void **state)
{
    static const char *const names[] = {"root", "ubuntu", "expired"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_row_status(names[i], account_check(scratch.path, names[i]), STATUS_OK);
    assert_untouched(3);
}

static void test_names_of_64_bytes_and_beyond_ascii(void **state)
{
    static const char *const names[] = {"1234567890123456789012345678901234567890123456789012345678901234",
                                        "\xe7\x94\xa8\xe6\x88\xb7", "a.b-c_d$", "DOMAIN+user"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char line[128];

        (void)snprintf(line, sizeof line, "%s:x:0:0:::\n", names[i]);
        scratch_write_text(&scratch, "etc/passwd", line);
        (void)snprintf(line, sizeof line, "%s:x:1::::::\n", names[i]);
        scratch_write_text(&scratch, "etc/shadow", line);
        assert_row_status(names[i], account_check(scratch.path, names[i]), STATUS_OK);
    }
}

static void test_without_passwd(void **state)
{
    (void)state;
    remove_file("etc/passwd");
    assert_status(set("root"), STATUS_ACCOUNT_UNKNOWN);
    scratch_mkdir(&scratch, "etc/passwd");
    assert_status(set("root"), STATUS_NOT_REGULAR);
}

/* --- Setting a password
 * -------------------------------------------------------------------------------------------*/

/* Takes the hash of root out of a shadow file that must be SHADOW but for it and today's date. */
static void take_hash(const char *name, char *hash, size_t size)
{
    static const char EDITED_TAIL[] = ":18518" SHADOW_TAIL; /* 1600000000 s */
    const size_t tail_len = sizeof EDITED_TAIL - 1;
    struct secret text = scratch_read(&scratch, name);
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
    assert_status(set("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(strncmp(hash, "$6$rounds=1000$", 15), 0);
    assert_true(verifies(hash, PASSWORD));
    assert_false(verifies(hash, PASSWORD "x"));
    assert_file("etc/shadow-", SHADOW);
    assert_file("etc/passwd", PASSWD);
    /* passwd, shadow, shadow-, login.defs, .pwd.lock: no temporary */
    assert_int_equal(scratch_count(&scratch, "etc"), 5);
    assert_true(scratch_exists(&scratch, "etc/.pwd.lock"));
    assert_string_equal(host_double.log, "");
}

static void test_set_twice(void **state)
{
    struct secret first;
    struct secret backup;
    char hash[512];

    (void)state;
    assert_status(set("root"), STATUS_OK);
    first = scratch_read(&scratch, "etc/shadow");
    assert_status(set("root"), STATUS_OK);
    backup = scratch_read(&scratch, "etc/shadow-");
    assert_holds(&backup, first.bytes, first.len);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_true(verifies(hash, PASSWORD));
    assert_int_equal(scratch_count(&scratch, "etc"), 5);
    secret_free(&first);
    secret_free(&backup);
}

static void test_a_locked_account_is_unlocked(void **state)
{
    struct secret text;

    (void)state;
    assert_status(set("ubuntu"), STATUS_OK);
    text = scratch_read(&scratch, "etc/shadow");
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
    scratch_write_text(&scratch, "etc/login.defs", "YESCRYPT_COST_FACTOR 1\n");
    assert_status(set("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(strncmp(hash, "$y$j75$", 7), 0);
    assert_true(verifies(hash, PASSWORD));
}

static void test_the_login_defs_of_usr(void **state)
{
    char hash[512];

    (void)state;
    remove_file("etc/login.defs");
    scratch_mkdir(&scratch, "usr");
    scratch_mkdir(&scratch, "usr/etc");
    scratch_write_text(&scratch, "usr/etc/login.defs", "ENCRYPT_METHOD SHA256\nSHA_CRYPT_MIN_ROUNDS 1100\n");
    assert_status(set("root"), STATUS_OK);
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
    assert_status(set("root"), STATUS_OK);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat is = scratch_stat(&scratch, names[i]);
        char value[8];

        assert_int_equal(is.st_mode, S_IFREG | 0640);
        assert_int_equal(is.st_gid, is_root ? 42 : getegid());
        if (has_attributes) {
            assert_int_equal(getxattr(scratch_path(&scratch, names[i]), "user.label", value, sizeof value),
                             4);
            assert_memory_equal(value, "kept", 4);
        }
    }
}

static void test_an_expired_account_is_reported(void **state)
{
    (void)state;
    assert_status(set("expired"), STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "expired has expired"));
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
}

static void test_leftovers_of_an_interrupted_run(void **state)
{
    char hash[512];

    (void)state;
    scratch_write_text(&scratch, "etc/.shadow.resetpwd-agent", "root:half");
    scratch_write_text(&scratch, "etc/.shadow-.resetpwd-agent", "ro");
    assert_status(set("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_int_equal(scratch_count(&scratch, "etc"), 5);
}

/* --- What stands in the way: a status of its own, the old file, no temporary
 * ---------------------------------------*/

static void test_shadow_missing(void **state)
{
    (void)state;
    remove_file("etc/shadow");
    assert_status(account_check(scratch.path, "root"), STATUS_SHADOW_MISSING);
    assert_status(set("root"), STATUS_SHADOW_MISSING);
    assert_int_equal(scratch_count(&scratch, "etc"), 2);
}

static void test_etc_missing(void **state)
{
    (void)state;
    assert_int_equal(renameat(scratch.fd, "etc", scratch.fd, "other"), 0);
    assert_status(set("root"), STATUS_SHADOW_MISSING);
    /* a link must not lead out of the image */
    assert_int_equal(symlinkat("other", scratch.fd, "etc"), 0);
    assert_int_not_equal(set("root"), STATUS_OK);
    assert_file("other/shadow", SHADOW);
}

static void test_a_link(void **state)
{
    (void)state;
    assert_int_equal(renameat(scratch.fd, "etc/shadow", scratch.fd, "real"), 0);
    assert_int_equal(symlinkat("../real", scratch.fd, "etc/shadow"), 0);
    assert_status(account_check(scratch.path, "root"), STATUS_NOT_REGULAR);
    assert_status(set("root"), STATUS_NOT_REGULAR);
    assert_true(S_ISLNK(scratch_stat(&scratch, "etc/shadow").st_mode));
    assert_file("real", SHADOW);
    assert_int_equal(scratch_count(&scratch, "etc"), 3);
}

static void test_a_folder(void **state)
{
    (void)state;
    remove_file("etc/shadow");
    scratch_mkdir(&scratch, "etc/shadow");
    assert_status(set("root"), STATUS_NOT_REGULAR);
    assert_int_equal(scratch_count(&scratch, "etc"), 3);
}

static void test_a_pipe(void **state)
{
    (void)state;
    remove_file("etc/shadow");
    assert_int_equal(mkfifoat(scratch.fd, "etc/shadow", 0600), 0);
    assert_status(set("root"), STATUS_NOT_REGULAR);
    assert_int_equal(scratch_count(&scratch, "etc"), 3);
}

/* Like chattr(1), which does not work on every file system, nor for everybody. */
static bool change_flag(const char *name, int flag, bool on)
{
    int fd = openat(scratch.fd, name, O_RDONLY | O_CLOEXEC);
    int flags = 0;
    bool changed;

    assert_true(fd >= 0);
    changed = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
    flags = on ? flags | flag : flags & ~flag;
    changed = changed && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
    (void)close(fd);
    return changed;
}

/* All assertions come after the flag is off again, or the folder could not be removed. */
static enum status set_with_flag(const char *name, int flag)
{
    enum status status;

    if (!change_flag(name, flag, true))
        skip();
    status = set("root");
    assert_true(change_flag(name, flag, false));
    return status;
}

static void test_an_immutable_file(void **state)
{
    (void)state;
    assert_status(set_with_flag("etc/shadow", FS_IMMUTABLE_FL), STATUS_SHADOW_IMMUTABLE);
    assert_untouched(4); /* and the lock file */
}

static void test_an_append_only_file(void **state)
{
    (void)state;
    assert_status(set_with_flag("etc/shadow", FS_APPEND_FL), STATUS_SHADOW_IMMUTABLE);
    assert_untouched(4);
}

static void test_an_immutable_folder(void **state)
{
    (void)state;
    assert_status(set_with_flag("etc", FS_IMMUTABLE_FL), STATUS_SHADOW_IMMUTABLE);
    assert_untouched(3);
}

/* A courtesy: the one chance does not hang on it. */
static void test_a_backup_that_cannot_be_made(void **state)
{
    char hash[512];

    (void)state;
    scratch_mkdir(&scratch, "etc/shadow-");
    assert_status(set("root"), STATUS_OK);
    take_hash("etc/shadow", hash, sizeof hash);
    assert_true(verifies(hash, PASSWORD));
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "no backup"));
}

static void test_a_password_that_cannot_be_hashed(void **state)
{
    char text[512];
    struct secret password;

    (void)state;
    memset(text, 'x', sizeof text);
    password = secret_of(text, sizeof text);
    assert_status(account_set_password(scratch.path, "root", "auto", &password, deadline_ms),
                  STATUS_HASH_FAILED);
    secret_free(&password);
    assert_untouched(4);
}

/* --- The lock of lckpwdf(3). The clock is a double, so that 15 s pass at once.
 * --------------------------------------*/

/* Another process that holds the lock as the C library takes it, until the pipe closes. */
static pid_t hold_lock(int *release_fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int ready[2];
    int release[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(release), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = openat(scratch.fd, "etc/.pwd.lock", O_WRONLY | O_CREAT, 0600);
        bool held = fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0;

        (void)close(release[1]);
        _exit(held && write(ready[1], "", 1) == 1 && read(release[0], &byte, 1) == 0 ? 0 : 1);
    }
    (void)close(ready[1]);
    (void)close(release[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    *release_fd = release[1];
    return pid;
}

static void let_go(pid_t pid, int release_fd)
{
    int exit_status = -1;

    (void)close(release_fd);
    assert_int_equal(waitpid(pid, &exit_status, 0), pid);
    assert_int_equal(exit_status, 0);
}

static void test_a_lock_that_is_never_let_go(void **state)
{
    int64_t start_ms = host_double.now_ms;
    int release_fd;
    pid_t pid = hold_lock(&release_fd);
    enum status status = set("root");

    (void)state;
    let_go(pid, release_fd);
    assert_status(status, STATUS_LOCK_TIMEOUT);
    assert_in_range(host_double.now_ms - start_ms, 15000, 15100);
    assert_untouched(4);
}

static void test_waiting_for_the_lock_ends_at_the_deadline(void **state)
{
    int release_fd;
    pid_t pid = hold_lock(&release_fd);
    enum status status;

    (void)state;
    deadline_ms = host_double.now_ms + 2000;
    status = set("root");
    let_go(pid, release_fd);
    assert_status(status, STATUS_LOCK_TIMEOUT);
    assert_in_range(host_double.now_ms - deadline_ms, 0, 100);
    assert_untouched(4);
}

static void test_stopped_while_waiting_for_the_lock(void **state)
{
    int release_fd;
    pid_t pid = hold_lock(&release_fd);
    enum status status;

    (void)state;
    host_double.stop_at_ms = host_double.now_ms + 700;
    status = set("root");
    let_go(pid, release_fd);
    assert_status(status, STATUS_STOPPED);
    assert_int_equal(host_double.now_ms, host_double.stop_at_ms);
    assert_untouched(4);
}

/* A lock file that nobody holds, left by a program that was killed. */
static void test_a_stale_lock_file(void **state)
{
    (void)state;
    scratch_write_text(&scratch, "etc/.pwd.lock", "");
    assert_status(set("root"), STATUS_OK);
}

/* It is let go: others, and we ourselves, can have it again. */
static void test_the_lock_is_let_go(void **state)
{
    int release_fd;
    pid_t pid;

    (void)state;
    assert_status(set("root"), STATUS_OK);
    pid = hold_lock(&release_fd);
    let_go(pid, release_fd);
}

static void test_a_folder_in_the_place_of_the_lock(void **state)
{
    (void)state;
    scratch_mkdir(&scratch, "etc/.pwd.lock");
    assert_int_not_equal(set("root"), STATUS_OK);
    assert_untouched(4);
}

static void test_no_descriptor_is_left(void **state)
{
    int before = dup(scratch.fd);
    int after;

    (void)state;
    (void)close(before);
    assert_status(set("root"), STATUS_OK);
    assert_status(set("nobody"), STATUS_ACCOUNT_UNKNOWN);
    remove_file("etc/shadow");
    assert_status(set("root"), STATUS_SHADOW_MISSING);
    after = dup(scratch.fd);
    (void)close(after);
    assert_int_equal(after, before);
}

#define with_system(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

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
        with_system(test_names_of_64_bytes_and_beyond_ascii),
        with_system(test_without_passwd),
        with_system(test_set_password),
        with_system(test_set_twice),
        with_system(test_a_locked_account_is_unlocked),
        with_system(test_the_configured_method),
        with_system(test_the_method_of_the_file),
        with_system(test_the_login_defs_of_usr),
        with_system(test_mode_owner_and_attributes_stay),
        with_system(test_an_expired_account_is_reported),
        with_system(test_leftovers_of_an_interrupted_run),
        with_system(test_shadow_missing),
        with_system(test_etc_missing),
        with_system(test_a_link),
        with_system(test_a_folder),
        with_system(test_a_pipe),
        with_system(test_an_immutable_file),
        with_system(test_an_append_only_file),
        with_system(test_an_immutable_folder),
        with_system(test_a_backup_that_cannot_be_made),
        with_system(test_a_password_that_cannot_be_hashed),
        with_system(test_a_lock_that_is_never_let_go),
        with_system(test_waiting_for_the_lock_ends_at_the_deadline),
        with_system(test_stopped_while_waiting_for_the_lock),
        with_system(test_a_stale_lock_file),
        with_system(test_the_lock_is_let_go),
        with_system(test_a_folder_in_the_place_of_the_lock),
        with_system(test_no_descriptor_is_left),
    };

    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
