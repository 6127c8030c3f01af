// SPDX-License-Identifier: Apache-2.0
/* What check and selftest say where libcrypt, or a reset, does not do what it should. */
#include "tests/unit/unit.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/probe.h"
#include "tests/unit/account_system.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

/* The linker puts these in the place of the real ones. */
char *__real_crypt_rn(const char *phrase, const char *setting, void *data, int size);
char *__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size);
enum status __real_account_set_password(const char *root, const char *name,
                                        const struct account_settings *settings,
                                        const struct secret *password, int64_t deadline_ms);
enum status __wrap_account_set_password(const char *root, const char *name,
                                        const struct account_settings *settings,
                                        const struct secret *password, int64_t deadline_ms);

char *__real_mkdtemp(char *path);
char *__wrap_mkdtemp(char *path);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);

static unsigned no_folders; /* so many cannot be made */
static bool makes_no_etc;
static const char *refused;     /* the method that libcrypt does not make */
static bool makes_others;       /* another hash at each call */
static bool makes_one;          /* the same for every password */
static int64_t takes_ms;        /* for a hash */
static void (*tamper)(int etc); /* after a reset */

static int setup(void **state)
{
    refused = "";
    makes_others = makes_one = makes_no_etc = false;
    no_folders = 0;
    takes_ms = 0;
    tamper = NULL;
    return account_system_setup(state);
}

#define with_libcrypt(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

char *__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
    static unsigned calls;
    char other[16];

    host_double.now_ms += takes_ms;
    if (refused == NULL || (*refused != '\0' && strncmp(setting, refused, strlen(refused)) == 0))
        return NULL;
    (void)snprintf(other, sizeof other, "%u", calls++);
    return __real_crypt_rn(makes_others ? other : makes_one ? "one" : phrase, setting, data, size);
}

enum status __wrap_account_set_password(const char *root, const char *name,
                                        const struct account_settings *settings,
                                        const struct secret *password, int64_t deadline_ms)
{
    enum status status = __real_account_set_password(root, name, settings, password, deadline_ms);
    char path[128];
    int etc;

    if (tamper == NULL)
        return status;
    (void)snprintf(path, sizeof path, "%s/etc", root);
    etc = open(path, O_RDONLY | O_DIRECTORY);
    assert_true(etc >= 0);
    tamper(etc);
    (void)close(etc);
    return status;
}

char *__wrap_mkdtemp(char *path)
{
    errno = EROFS;
    return no_folders > 0 && no_folders-- > 0 ? NULL : __real_mkdtemp(path);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    errno = ENOSPC;
    return makes_no_etc ? -1 : __real_mkdir(path, mode);
}

static struct finding probe_with(probe *function, const char *method)
{
    struct account_settings settings = {0};
    const struct probe_subject subject = {
        .root = scratch.path, .user = "root", .account = &settings, .deadline_ms = set_deadline_ms};
    struct finding finding = {0};

    (void)strcpy(settings.hash_method, method);
    function(&subject, &finding);
    assert_file("etc/shadow", SHADOW);
    return finding;
}

static void assert_says(const struct finding *finding, enum finding_level level, const char *text)
{
    if (finding->level != level || strstr(finding->found, text) == NULL)
        fail_msg("%d: %s", (int)finding->level, finding->found);
}

static void test_all_is_well(void **state)
{
    const struct finding found = probe_with(probe_hash, "auto");
    const struct finding rehearsed = probe_with(probe_rehearsal, "auto");

    (void)state;
    assert_says(&found, FINDING_OK, "sha512, as /etc/login.defs:1 says");
    assert_says(&rehearsed, FINDING_OK, "with sha512, in");
}

static void test_no_hash_can_be_made(void **state)
{
    struct finding finding;

    (void)state;
    refused = NULL;
    finding = probe_with(probe_hash, "auto");
    assert_says(&finding, FINDING_FAIL, "a trial of sha512: the system's libcrypt could not");
    finding = probe_with(probe_rehearsal, "auto");
    assert_says(&finding, FINDING_FAIL, "cannot be set in /tmp: the system's libcrypt could not");
}

static void test_a_hash_that_does_not_verify(void **state)
{
    struct finding finding;

    (void)state;
    makes_others = true;
    finding = probe_with(probe_hash, "auto");
    assert_says(&finding, FINDING_FAIL, "could not be verified");
    finding = probe_with(probe_rehearsal, "auto");
    assert_says(&finding, FINDING_FAIL, "could not be verified");
}

static void test_any_password_verifies(void **state)
{
    struct finding finding;

    (void)state;
    makes_one = true;
    finding = probe_with(probe_rehearsal, "auto");
    assert_says(&finding, FINDING_FAIL, "in /tmp a wrong password is verified, too");
}

static void test_a_method_that_libcrypt_does_not_make(void **state)
{
    struct finding finding;

    (void)state;
    refused = "$gy$";
    finding = probe_with(probe_hash, "gost-yescrypt");
    assert_says(&finding, FINDING_WARN, "libcrypt cannot make gost-yescrypt: sha512 is used");
    assert_string_equal(finding.mend, "");
    refused = "$y$";
    scratch_write_text("etc/login.defs", "\nENCRYPT_METHOD yescrypt\n");
    finding = probe_with(probe_hash, "auto");
    assert_says(&finding, FINDING_WARN, "libcrypt cannot make yescrypt: sha512 is used");
    assert_non_null(strstr(finding.mend, "sed -i"));
    assert_non_null(strstr(finding.mend, "2s/.*/ENCRYPT_METHOD SHA512/"));
}

static void test_a_slow_method(void **state)
{
    struct finding finding;

    (void)state;
    takes_ms = 2000;
    finding = probe_with(probe_hash, "auto");
    assert_says(&finding, FINDING_WARN, "slow: a trial took 2000 ms");
    takes_ms = 1999;
    finding = probe_with(probe_hash, "auto");
    assert_says(&finding, FINDING_OK, "took 1999 ms");
}

static void test_no_etc(void **state)
{
    const struct probe_subject subject = {.root = "/nonexistent", .account = &AUTO};
    struct finding finding = {0};

    (void)state;
    probe_hash(&subject, &finding);
    assert_says(&finding, FINDING_SKIP, "/etc cannot be read");
}

static void test_places(void **state)
{
    struct finding finding;

    (void)state;
    no_folders = 1;
    finding = probe_with(probe_rehearsal, "auto");
    assert_says(&finding, FINDING_OK, "in /var/tmp, with");
    no_folders = 3;
    finding = probe_with(probe_rehearsal, "auto");
    assert_says(&finding, FINDING_SKIP, "/tmp, /var/tmp or /run: Read-only file system");
    makes_no_etc = true;
    finding = probe_with(probe_rehearsal, "auto");
    makes_no_etc = false;
    /* Where only root may make a folder. */
    assert_says(&finding, FINDING_SKIP,
                geteuid() == 0 ? "/run: No space left on device" : "/run: Permission denied");
}

static void leave_something(int etc)
{
    assert_int_equal(close(openat(etc, ".shadow.tmp", O_WRONLY | O_CREAT, 0600)), 0);
}

static void remove_shadow(int etc)
{
    assert_int_equal(unlinkat(etc, "shadow", 0), 0);
}

static void append_a_line(int etc)
{
    int fd = openat(etc, "shadow", O_WRONLY | O_APPEND);

    assert_int_equal(write(fd, "x", 1), 1);
    (void)close(fd);
}

static void test_a_reset_that_does_something_else(void **state)
{
    static const struct {
        void (*tamper)(int etc);
        const char *text;
    } rows[] = {{leave_something, "something is left beside the shadow file"},
                {remove_shadow, "the shadow file cannot be read back"},
                {append_a_line, "more of the shadow file has changed than the password"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct finding finding;

        tamper = rows[i].tamper;
        finding = probe_with(probe_rehearsal, "auto");
        assert_says(&finding, FINDING_FAIL, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_libcrypt(test_all_is_well),
        with_libcrypt(test_no_hash_can_be_made),
        with_libcrypt(test_a_hash_that_does_not_verify),
        with_libcrypt(test_any_password_verifies),
        with_libcrypt(test_a_method_that_libcrypt_does_not_make),
        with_libcrypt(test_a_slow_method),
        with_libcrypt(test_no_etc),
        with_libcrypt(test_places),
        with_libcrypt(test_a_reset_that_does_something_else),
    };

    return cmocka_run_group_tests_name("probe_hash", tests, NULL, NULL);
}
