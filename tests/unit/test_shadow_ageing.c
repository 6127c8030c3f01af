// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "platform/linux/shadow_ageing.h"
#include "platform/linux/shadow_edit.h"

static struct shadow_ageing read_line(const char *text)
{
    struct secret shadow = secret_of_text(text);
    struct shadow_ageing ageing;
    struct colon_line line;

    assert_status(shadow_find(&shadow, "u", &line), STATUS_OK);
    ageing = shadow_ageing_read(&shadow, &line);
    secret_free(&shadow);
    return ageing;
}

static void test_fields(void **state)
{
    static const struct {
        const char *line;
        struct shadow_ageing ageing;
    } rows[] = {
        {"u:h:1:2:3:4:5:6:", {1, 2, 3, 5, 6}},
        {"u:h:1:2:3:4:5:6", {1, 2, 3, 5, 6}},
        {"u:h:1:2:3", {1, 2, 3, -1, -1}},
        {"u:h:::::::", {-1, -1, -1, -1, -1}},
        {"u:h:0:0:0:0:0:0:0", {0, 0, 0, 0, 0}},
        {"u:h: 1: 2: 3:4: 5: 6:", {1, 2, 3, 5, 6}},
        {"u:h:-1:-1:-1:-1:-1:-1:", {-1, -1, -1, -1, -1}},
        {"u:h:4294967295:2147483647:99999999999999999999:::4294967294:", {-1, INT32_MAX, -1, -1, -2}},
        {"u:h:1:00000000000000000000000000000000000002:3::::", {1, -1, 3, -1, -1}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct shadow_ageing ageing = read_line(rows[i].line);

        assert_row(rows[i].line, ageing.last_change == rows[i].ageing.last_change);
        assert_row(rows[i].line, ageing.min == rows[i].ageing.min);
        assert_row(rows[i].line, ageing.max == rows[i].ageing.max);
        assert_row(rows[i].line, ageing.inactive == rows[i].ageing.inactive);
        assert_row(rows[i].line, ageing.expire == rows[i].ageing.expire);
    }
}

/* As pam_unix decides on day 100. */
static void test_day_100(void **state)
{
    static const struct {
        const char *line;
        bool has_expired;
        bool must_change;
        bool is_too_old;
    } rows[] = {
        {"u:h:90:0:99999::::", false, false, false},
        {"u:h:90:::::100:", true, false, false},
        {"u:h:90:::::101:", false, false, false},
        {"u:h:90:::::0:", true, false, false},
        {"u:h:0::::::", false, true, false},
        {"u:h:0:0:5::5::", false, true, false},
        {"u:h:90:0:10::::", false, true, false},
        {"u:h:90:0:11::::", false, false, false},
        {"u:h:90:0:5::5::", false, true, true},
        {"u:h:90:0:5::6::", false, true, false},
        {"u:h:90:0:::0::", false, false, false},
        {"u:h:101:0:0::0::", false, false, false},
        {"u:h:100:0:0::::", false, true, false},
        {"u:h:100:0:0::0::", false, true, true},
        {"u:h::0:0::0::", false, false, false},
        {"u:h:1:0:2147483647::2147483647::", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct shadow_ageing ageing = read_line(rows[i].line);

        assert_row(rows[i].line, shadow_ageing_has_expired(&ageing, 100) == rows[i].has_expired);
        assert_row(rows[i].line, shadow_ageing_must_change(&ageing, 100) == rows[i].must_change);
        assert_row(rows[i].line, shadow_ageing_is_too_old(&ageing, 100) == rows[i].is_too_old);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_day_100),
    };

    return cmocka_run_group_tests_name("shadow_ageing", tests, NULL, NULL);
}
