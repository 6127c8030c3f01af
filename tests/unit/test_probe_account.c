// SPDX-License-Identifier: Apache-2.0
/* What the probes of an account say when there is nothing to look at. */
#include "tests/unit/unit.h"

#include "platform/probe.h"
#include "tests/unit/account_system.h"
#include "tests/unit/scratch.h"

static probe *const probes[] = {probe_locked, probe_expired, probe_must_change,
                                probe_shell,  probe_nologin, probe_faillock};

static void assert_skipped(const char *user, const char *text)
{
    const struct probe_subject subject = {.root = scratch.path, .user = user, .account = &AUTO};

    for (size_t i = 0; i < COUNT_OF(probes); i++) {
        struct finding finding = {0};

        probes[i](&subject, &finding);
        if (finding.level != FINDING_SKIP || strstr(finding.found, text) == NULL)
            fail_msg("probe %zu: %d: %s", i, (int)finding.level, finding.found);
    }
}

static void test_no_such_account(void **state)
{
    (void)state;
    scratch_write_text("etc/nologin", "");
    assert_skipped("nosuch", "has no good line for nosuch");
}

static void test_no_files(void **state)
{
    (void)state;
    scratch_write_text("etc/nologin", "");
    scratch_unlink("etc/passwd");
    scratch_unlink("etc/shadow");
    assert_skipped("root", "cannot be read: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_system(test_no_such_account),
        with_system(test_no_files),
    };

    return cmocka_run_group_tests_name("probe_account", tests, NULL, NULL);
}
