// SPDX-License-Identifier: Apache-2.0
/* A shadow file that somebody else changes, without the lock, just behind our own change: that is told. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/account_system.h"
#include "tests/unit/scratch.h"

#define OTHERS ":19000:0:99999:7:::\n"

static const char *behind_us; /* what the shadow file becomes then; NULL for nothing */

/* Takes the place of libc's. */
int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    const int result = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0U);

    if (behind_us != NULL && strcmp(to, "shadow") == 0)
        scratch_write_text("etc/shadow", behind_us);
    return result;
}

static void test_another_change(void **state)
{
    static char long_hash[600];
    static const char *const rows[] = {
        "",
        "daemon:*" OTHERS,
        "root:$6$rounds=1000$a$b" OTHERS,
        "root:*" OTHERS,
        "root:" OTHERS,
        "root:no line of this file\n",
        long_hash,
    };

    (void)state;
    (void)snprintf(long_hash, sizeof long_hash, "root:%0512d" OTHERS, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        scratch_write_text("etc/shadow", SHADOW);
        behind_us = rows[i];
        assert_row_status(rows[i], set_password("root"), STATUS_NOT_VERIFIED);
        assert_file("etc/shadow", rows[i]);
    }
    behind_us = NULL;
    scratch_write_text("etc/shadow", SHADOW);
    assert_status(set_password("root"), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_system(test_another_change)};

    return cmocka_run_group_tests_name("account_verify", tests, NULL, NULL);
}
