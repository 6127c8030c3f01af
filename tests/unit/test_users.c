// SPDX-License-Identifier: Apache-2.0
/* With the names that this system takes for names of accounts. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "agent/users.h"

static struct users parse(const char *text, bool is_all_used)
{
    struct users users;

    memset(&users, 0x55, sizeof users);
    assert_row(text, users_parse(&users, text) == is_all_used);
    return users;
}

static void test_no_limit(void **state)
{
    const struct users zeroed = {0};
    const struct users users = parse("", true);

    (void)state;
    assert_true(users_allow(&zeroed, "root"));
    assert_true(users_allow(&users, "root"));
    assert_true(users_allow(&users, "anybody"));
}

/* Of each list root and alice are the names, in this or that form. */
static void test_lists(void **state)
{
    static const char *const rows[] = {
        "root,alice",  "alice, root",        " root ,\talice ", "root,,alice",     ",root,alice",
        "root,alice,", "x1,root,x2,alice,x", "root, , alice",   "root,root,alice",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct users users = parse(rows[i], true);

        assert_row(rows[i], users_allow(&users, "root"));
        assert_row(rows[i], users_allow(&users, "alice"));
        assert_row(rows[i], !users_allow(&users, "bob"));
        assert_row(rows[i], !users_allow(&users, "roo"));
        assert_row(rows[i], !users_allow(&users, "roott"));
        assert_row(rows[i], !users_allow(&users, "oot"));
        assert_row(rows[i], !users_allow(&users, "root,alice"));
        assert_row(rows[i], !users_allow(&users, ""));
    }
}

/* What cannot be a name is passed over, and opens nothing. */
static void test_bad_names(void **state)
{
    static const char *const rows[] = {
        "alice,ro:ot",
        "ro/ot, alice",
        ":,alice",
        "alice,ro\x01ot",
        "alice,\xff",
        "alice,root root:",
        "alice,12345678901234567890123456789012345678901234567890123456789012345",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct users users = parse(rows[i], false);

        assert_row(rows[i], users_allow(&users, "alice"));
        assert_row(rows[i], !users_allow(&users, "root"));
        assert_row(rows[i], !users_allow(&users, "ro:ot"));
        assert_row(rows[i], !users_allow(&users, ""));
    }
}

static void test_nobody_is_left(void **state)
{
    static const char *const rows[] = {",", " , ", ",,\t,", ":", "ro:ot,/", "*:*"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct users users = parse(rows[i], false);

        assert_row(rows[i], !users_allow(&users, "root"));
        assert_row(rows[i], !users_allow(&users, ""));
    }
}

/* Where a name may have a blank in it, it is one name; where not, none. */
static void test_blanks_are_no_commas(void **state)
{
    struct users users;

    (void)state;
    (void)users_parse(&users, "root alice");
    assert_false(users_allow(&users, "root"));
    assert_false(users_allow(&users, "alice"));
}

static void test_a_list_takes_the_place_of_the_one_before(void **state)
{
    struct users users = parse("root,alice", true);

    (void)state;
    assert_true(users_parse(&users, "bob"));
    assert_true(users_allow(&users, "bob"));
    assert_false(users_allow(&users, "root"));
    assert_false(users_allow(&users, "alice"));
    assert_true(users_parse(&users, ""));
    assert_true(users_allow(&users, "alice"));
}

/* 102 names of 10 bytes with their ends are 1020 of USERS_MAX: one of 2 more fits, one of 3 does not. */
static void test_more_than_there_is_room_for(void **state)
{
    char text[2 * USERS_MAX] = "";
    size_t len = 0;
    struct users users;

    (void)state;
    for (unsigned i = 0; i < 102; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "user-%04u,", i);
    (void)strcpy(text + len, "ab");
    users = parse(text, true);
    assert_true(users_allow(&users, "ab"));
    (void)strcpy(text + len, "abc, x");
    users = parse(text, false);
    assert_true(users_allow(&users, "user-0000"));
    assert_true(users_allow(&users, "user-0101"));
    assert_true(users_allow(&users, "x")); /* for which there is room */
    assert_false(users_allow(&users, "abc"));
    assert_false(users_allow(&users, "user-0102"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_nobody_is_left),
        cmocka_unit_test(test_blanks_are_no_commas),
        cmocka_unit_test(test_a_list_takes_the_place_of_the_one_before),
        cmocka_unit_test(test_more_than_there_is_room_for),
    };

    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
