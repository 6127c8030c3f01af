// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/linux/mounts.h"

static const char TEXT[] =
    "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
    "31 27 0:27 / /sys/a\\040b\\134c rw,nosuid shared:7 master:2 - sysfs sysfs ro,seclabel\n"
    "32 27 0:5 / /media ro - iso9660 /dev/sr0 ro\n"
    "33 27 0:5 / /bound ro,nosuid unbindable - tmpfs a\\040- rw\n"
    "34 27 0:5 / /rota rota - tmpfs none rota\n"
    "35 27 0:5 / /short rw\n"
    "36\n"
    "37 27 0:5 / /no-options rw - tmpfs\n"
    "38 27 0:5 / /last ro - xfs /dev/sdb ro";

static void test_what_is_found(void **state)
{
    static const struct {
        long id;
        const char *point;
        const char *type;
        bool is_read_only;
        bool is_file_system_read_only;
    } rows[] = {
        {27, "/", "ext4", false, false},       {31, "/sys/a b\\c", "sysfs", false, true},
        {32, "/media", "iso9660", true, true}, {33, "/bound", "tmpfs", true, false},
        {34, "/rota", "tmpfs", false, false},  {38, "/last", "xfs", true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mount mount;

        assert_row(rows[i].point, mounts_find(TEXT, rows[i].id, &mount));
        assert_string_equal(mount.point, rows[i].point);
        assert_string_equal(mount.type, rows[i].type);
        assert_row(rows[i].point, mount.is_read_only == rows[i].is_read_only);
        assert_row(rows[i].point, mount.is_file_system_read_only == rows[i].is_file_system_read_only);
    }
}

static void test_what_is_not_found(void **state)
{
    static const long ids[] = {1, 3, 35, 36, 37, 39, -1};
    struct mount mount;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_false(mounts_find(TEXT, ids[i], &mount));
    assert_false(mounts_find("", 27, &mount));
}

static void test_a_point_that_is_too_long(void **state)
{
    char text[2 * MOUNTS_POINT_MAX] = "27 1 254:0 / /";
    struct mount mount;

    (void)state;
    memset(text + strlen(text), 'x', MOUNTS_POINT_MAX);
    strcat(text, " rw - ext4 /dev/vda rw");
    assert_false(mounts_find(text, 27, &mount));
}

static void test_this_system(void **state)
{
    int fd = open("/proc/self", O_PATH | O_CLOEXEC);
    struct mount mount;

    (void)state;
    assert_true(fd >= 0);
    assert_true(mounts_id(fd) > 0);
    assert_true(mounts_of(fd, &mount));
    assert_string_equal(mount.point, "/proc");
    assert_string_equal(mount.type, "proc");
    (void)close(fd);
    assert_int_equal(mounts_id(fd), -1);
    assert_false(mounts_of(fd, &mount));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_found),
        cmocka_unit_test(test_what_is_not_found),
        cmocka_unit_test(test_a_point_that_is_too_long),
        cmocka_unit_test(test_this_system),
    };

    return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
