// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>

#include "platform/linux/os_error.h"
#include "tests/unit/host_double.h"

static void test_what_errors_mean(void **state)
{
    static const struct {
        int error;
        enum status expected;
    } rows[] = {
        {EACCES, STATUS_DENIED},      {EPERM, STATUS_DENIED},         {EROFS, STATUS_READ_ONLY},
        {ENOSPC, STATUS_DISK_FULL},   {EDQUOT, STATUS_DISK_FULL},     {ENOMEM, STATUS_NO_MEMORY},
        {EBUSY, STATUS_FILE_MOUNTED}, {EFBIG, STATUS_FILE_TOO_LARGE}, {EIO, STATUS_IO_ERROR},
        {EMFILE, STATUS_IO_ERROR},    {0, STATUS_IO_ERROR},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_row_status(strerror(rows[i].error), os_error_status(rows[i].error), rows[i].expected);
}

static void test_the_line(void **state)
{
    (void)state;
    errno = ENOSPC;
    assert_status(os_error_log("writing", "a file"), STATUS_DISK_FULL);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "writing a file: No space left on device"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_host(test_what_errors_mean), with_host(test_the_line)};

    return cmocka_run_group_tests_name("os_error", tests, NULL, NULL);
}
