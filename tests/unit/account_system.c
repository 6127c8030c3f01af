// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "platform/account.h"
#include "tests/unit/account_system.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

const struct account_settings AUTO = {.hash_method = "auto"};

int64_t set_deadline_ms;

/* A system with few rounds, or the tests would take long. */
int account_system_setup(void **state)
{
    (void)scratch_setup(state);
    set_deadline_ms = host_double.now_ms + 60000;
    scratch_mkdir("etc");
    scratch_write_text("etc/passwd", PASSWD);
    scratch_write_text("etc/shadow", SHADOW);
    scratch_write_text("etc/login.defs", "ENCRYPT_METHOD SHA512\nSHA_CRYPT_MAX_ROUNDS 1000\n");
    return 0;
}

enum status set_with_method(const char *name, const char *method)
{
    struct secret password = secret_of_text(PASSWORD);
    struct account_settings settings = {0};
    enum status status;

    (void)strcpy(settings.hash_method, method);
    status = account_set_password(scratch.path, name, &settings, &password, set_deadline_ms);

    secret_free(&password);
    return status;
}

enum status set_password(const char *name)
{
    return set_with_method(name, "auto");
}

void assert_untouched(size_t names_in_etc)
{
    assert_file("etc/shadow", SHADOW);
    assert_int_equal(scratch_count("etc"), names_in_etc);
}
