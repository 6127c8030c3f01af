// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "platform/linux/confine.h"

static void test_each_set(void **state)
{
    static const char *const NAMES[] = {
        "an empty root directory", "a user of its own", "no capabilities", "to die with its parent",
        "private memory",          "no_new_privs",      "resource limits", "a filter of system calls"};

    (void)state;
    assert_int_equal(CONFINE_PARTS, COUNT_OF(NAMES));
    for (uint32_t set = 0; set < UINT32_C(1) << CONFINE_PARTS; set++) {
        char expected[256] = "";
        char text[256];

        for (size_t i = 0; i < CONFINE_PARTS; i++) {
            if ((set >> i & 1) != 0) {
                (void)strcat(expected, expected[0] != '\0' ? ", " : "");
                (void)strcat(expected, NAMES[i]);
            }
        }
        confine_names(set, text, sizeof text);
        assert_string_equal(text, expected);
    }
}

/* They come from the process that is not trusted. */
static void test_bits_that_mean_nothing(void **state)
{
    char text[256];

    (void)state;
    confine_names(UINT32_C(0xffffffff) << CONFINE_PARTS, text, sizeof text);
    assert_string_equal(text, "");
    confine_names(UINT32_C(0xffffffff) << CONFINE_PARTS | 1, text, sizeof text);
    assert_string_equal(text, "an empty root directory");
}

static void test_too_little_room(void **state)
{
    char all[256];

    (void)state;
    confine_names(0xff, all, sizeof all);
    for (size_t size = 1; size < sizeof all; size++) {
        char text[256 + 1];

        memset(text, 'x', sizeof text);
        confine_names(0xff, text, size);
        assert_int_equal(strlen(text), size - 1 < strlen(all) ? size - 1 : strlen(all));
        assert_memory_equal(text, all, strlen(text));
        assert_int_equal(text[size], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_set),
        cmocka_unit_test(test_bits_that_mean_nothing),
        cmocka_unit_test(test_too_little_room),
    };

    return cmocka_run_group_tests_name("confine_names", tests, NULL, NULL);
}
