// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "platform/host.h"
#include "platform/linux/command.h"
#include "tests/unit/linux/host_clock.h"

static bool run(const char *script, int64_t limit_ms, struct secret *out, int *code)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};

    return command_run(argv, host_now_ms() + limit_ms, out, code);
}

static void test_says_and_ends(void **state)
{
    struct secret out;
    int code = -1;

    (void)state;
    assert_true(run("echo one; echo two >&2; exit 3", AMPLE_MS, &out, &code));
    assert_holds_text(&out, "one\ntwo\n");
    assert_int_equal(code, 3);
    secret_free(&out);
}

static void test_what_it_has(void **state)
{
    struct secret out;
    int code = -1;

    (void)state;
    assert_int_equal(setenv("SECRET", "secret", 1), 0);
    (void)signal(SIGPIPE, SIG_IGN);
    assert_true(run("echo \"$PATH$SECRET\"; cat; kill -PIPE $$", AMPLE_MS, &out, &code) == false);
    assert_zeroed(&out);
    assert_true(run("echo \"$PATH$SECRET\"; cat", AMPLE_MS, &out, &code));
    assert_holds_text(&out, "/usr/sbin:/usr/bin:/sbin:/bin\n");
    assert_int_equal(code, 0);
    secret_free(&out);
}

static void assert_refused(const char *script, int64_t limit_ms)
{
    struct secret out;
    int code = -1;

    assert_false(run(script, limit_ms, &out, &code));
    assert_zeroed(&out);
    assert_int_equal(code, -1);
}

static void test_refused(void **state)
{
    static const char *const nothing[] = {"/nonexistent", NULL};
    struct secret out;
    int code = -1;

    (void)state;
    assert_refused("sleep 3600", SHORT_MS);
    assert_refused("sleep 3600 & wait", SHORT_MS);         /* its group goes, too */
    assert_refused("exec >&- 2>&-; sleep 3600", SHORT_MS); /* silent, and alive */
    assert_refused("kill -KILL $$", AMPLE_MS);
    assert_refused("while :; do echo much; done", AMPLE_MS);
    assert_refused("true", 0);
    assert_refused("exit 127", AMPLE_MS); /* as one that did not start */
    assert_false(command_run(nothing, host_now_ms() + AMPLE_MS, &out, &code));
    assert_zeroed(&out);
    ask_for_stop();
    assert_refused("sleep 3600", AMPLE_MS);
}

static void test_no_descriptor_left(void **state)
{
    struct rlimit limit;
    struct rlimit none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_refused("true", AMPLE_MS);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_clock(test_says_and_ends),
        with_clock(test_what_it_has),
        with_clock(test_refused),
        with_clock(test_no_descriptor_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
