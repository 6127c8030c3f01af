// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/log.h"
#include "tests/unit/host_double.h"

static void test_levels(void **state)
{
    (void)state;
    log_error("e %d", 1);
    log_warning("w %s", "two");
    log_info("i");
    assert_string_equal(host_double.log, "<3>e 1\n<4>w two\n<6>i\n");
}

static void test_control_characters_cannot_forge_a_line(void **state)
{
    (void)state;
    log_info("%s", "x\xc2\x9b"
                   "31m\xc2\x85\xc2");
    assert_string_equal(host_double.log, "<6>x??31m???\n");
    (void)host_double_reset(NULL);
    log_info("a\n<3>b\r\t\x1b[31m\x7f\x01 %s", "c\nd");
    assert_string_equal(host_double.log, "<6>a?<3>b???[31m?? c?d\n");
}

static void test_text_beyond_ascii_stays(void **state)
{
    (void)state;
    log_info("%s", "\xe5\xaf\x86\xc3\xa9");
    assert_string_equal(host_double.log, "<6>\xe5\xaf\x86\xc3\xa9\n");
}

static void test_long_lines_are_cut(void **state)
{
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_warning("%s", text);
    assert_int_equal(strlen(host_double.log), strlen("<4>") + 511 + strlen("\n"));
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1);
}

/* In this order in one test: being verbose cannot be undone. */
static void test_debug_only_when_verbose(void **state)
{
    (void)state;
    log_debug("unseen");
    assert_string_equal(host_double.log, "");
    log_set_verbosity(LOG_VERBOSE);
    log_debug("seen %u", 2U);
    assert_string_equal(host_double.log, "<7>seen 2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_host(test_levels),
        with_host(test_control_characters_cannot_forge_a_line),
        with_host(test_text_beyond_ascii_stays),
        with_host(test_long_lines_are_cut),
        with_host(test_debug_only_when_verbose),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
