// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/unit/shadow_edit_call.h"

struct edit_row {
    const char *text;
    const char *edited;
};

static void check_edits(const struct edit_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct secret out;

        assert_row_status(rows[i].text, edit(rows[i].text, strlen(rows[i].text), "root", HASH, DAY, &out),
                          STATUS_OK);
        if (strcmp(secret_text(&out), rows[i].edited) != 0)
            fail_msg("became \"%s\", not \"%s\"", secret_text(&out), rows[i].edited);
        assert_int_equal(out.len, strlen(rows[i].edited));
        secret_free(&out);
    }
}

static void test_one_line(void **state)
{
    static const struct edit_row rows[] = {
        {"root:$y$old:19000:0:99999:7:::\n", "root:$6$new:20000:0:99999:7:::\n"},
        {"root:$y$old:19000:0:99999:7:::", "root:$6$new:20000:0:99999:7:::"},
        {"root:*:19000:0:99999:7:30:20500:\n", "root:$6$new:20000:0:99999:7:30:20500:\n"},
        /* no password, never a password, locked, must change */
        {"root::19000::::::\n", "root:$6$new:20000::::::\n"},
        {"root::::::::\n", "root:$6$new:20000::::::\n"},
        {"root:!:19000:0:99999:7:::\n", "root:$6$new:20000:0:99999:7:::\n"},
        {"root:!!:19000:0:99999:7:::\n", "root:$6$new:20000:0:99999:7:::\n"},
        {"root:!$6$old:19000:0:99999:7:::\n", "root:$6$new:20000:0:99999:7:::\n"},
        {"root:!*:0:0:99999:7:::\n", "root:$6$new:20000:0:99999:7:::\n"},
        {"root:x:0:0:99999:7:::\n", "root:$6$new:20000:0:99999:7:::\n"},
        /* numbers below zero and long ones */
        {"root:x:-1:-1:-1:-1:-1:-1:-1\n", "root:$6$new:20000:-1:-1:-1:-1:-1:-1\n"},
        {"root:x:99999999999999999999:0:::::0\n", "root:$6$new:20000:0:::::0\n"},
        {"root:x:1:00000000000000000000000000000000000000000000000000000000000000000007:::::\n",
         "root:$6$new:20000:00000000000000000000000000000000000000000000000000000000000000000007:::::\n"},
        /* white space is part of the hash */
        {"root: x :1::::::\n", "root:$6$new:20000::::::\n"},
    };

    (void)state;
    check_edits(rows, COUNT_OF(rows));
}

/* Odd lines that getspnam(3) reads: a login would use the first of them, whatever stands behind it. */
static void test_odd_lines(void **state)
{
    static const struct edit_row rows[] = {
        {" root:x:1::::::\n", " root:$6$new:20000::::::\n"},
        {"\v\troot:x:1::::::\nroot:two:2::::::\n", "\v\troot:$6$new:20000::::::\nroot:two:2::::::\n"},
        {"root:x: 1: 2:::::\nroot:two:2::::::\n", "root:$6$new:20000: 2:::::\nroot:two:2::::::\n"},
        {"root:x:1:::\r :::\nroot:two:2::::::\n", "root:$6$new:20000:::\r :::\nroot:two:2::::::\n"},
        {"root:x:1:::::7\nroot:two:2::::::\n", "root:$6$new:20000:::::7\nroot:two:2::::::\n"},
        {"root:x:1:2:3:\nroot:two:2::::::\n", "root:$6$new:20000:2:3:\nroot:two:2::::::\n"},
        {"root:x:1:2:3: \n", "root:$6$new:20000:2:3: \n"},
    };

    (void)state;
    check_edits(rows, COUNT_OF(rows));
}

static void test_other_lines_stay(void **state)
{
    static const struct edit_row rows[] = {
        {"daemon:*:19000:0:99999:7:::\nroot:x:1::::::\nuser:$6$u:2::::::\n",
         "daemon:*:19000:0:99999:7:::\nroot:$6$new:20000::::::\nuser:$6$u:2::::::\n"},
        {"root:x:1::::::\nuser:$6$u:2::::::", "root:$6$new:20000::::::\nuser:$6$u:2::::::"},
        /* names that resemble it */
        {"roo:a:1::::::\nroott:b:1::::::\nroot :c:1::::::\nRoot:d:1::::::\n#root:e:1::::::\nroot:x:1::::::\n",
         "roo:a:1::::::\nroott:b:1::::::\nroot "
         ":c:1::::::\nRoot:d:1::::::\n#root:e:1::::::\nroot:$6$new:20000::::::\n"},
        /* NIS */
        {"+root::::::::\n-root::::::::\nroot:x:1::::::\n+\n+@admins::::::::\n+::::::::\n",
         "+root::::::::\n-root::::::::\nroot:$6$new:20000::::::\n+\n+@admins::::::::\n+::::::::\n"},
        /* empty and broken lines, comments, carriage returns */
        {"\n\n# a comment: root:x\n:::::\n:::::::::::::\nroot:x:1::::::\ngarbage\n\r\n\n",
         "\n\n# a comment: root:x\n:::::\n:::::::::::::\nroot:$6$new:20000::::::\ngarbage\n\r\n\n"},
        {"user:u:1::::::\r\nroot:x:1::::::\n", "user:u:1::::::\r\nroot:$6$new:20000::::::\n"},
        /* of two the first */
        {"root:one:1::::::\nroot:two:2::::::\n", "root:$6$new:20000::::::\nroot:two:2::::::\n"},
        /* a broken one before it is passed over, as the C library does */
        {"root:one:x::::::\nroot:two:2::::::\n", "root:one:x::::::\nroot:$6$new:20000::::::\n"},
        {"root:one:1:::::::::\nroot\nroot:two:2::::::\n",
         "root:one:1:::::::::\nroot\nroot:$6$new:20000::::::\n"},
    };

    (void)state;
    check_edits(rows, COUNT_OF(rows));
}

static void test_what_is_not_found_or_broken(void **state)
{
    static const struct {
        const char *text;
        enum status status;
    } rows[] = {
        {"", STATUS_ACCOUNT_UNKNOWN},
        {"\n", STATUS_ACCOUNT_UNKNOWN},
        {"user:x:1::::::\n", STATUS_ACCOUNT_UNKNOWN},
        {"+root::::::::\n", STATUS_ACCOUNT_UNKNOWN},
        {"+::::::::\n", STATUS_ACCOUNT_UNKNOWN},
        {"ROOT:x:1::::::\n", STATUS_ACCOUNT_UNKNOWN},
        {"root", STATUS_SHADOW_MALFORMED},
        {"root:\n", STATUS_SHADOW_MALFORMED},
        {"root:x\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1:::::\n", STATUS_SHADOW_MALFORMED},    /* eight fields, the last empty */
        {"root:x:1:::::::\n", STATUS_SHADOW_MALFORMED},  /* ten */
        {"root:x:1::::::\r\n", STATUS_SHADOW_MALFORMED}, /* a carriage return in the last */
        {"root:x:today::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1.5::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x: ::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1:2: :\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1::: ::: \n", STATUS_SHADOW_MALFORMED},
        {"root:x:1:::: ::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1:2:3:4\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1 ::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:+1::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:-::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:--1::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:0x10::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1:a:::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1::::::a\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1:::::: \n", STATUS_SHADOW_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secret out;

        assert_row_status(rows[i].text, edit(rows[i].text, strlen(rows[i].text), "root", HASH, DAY, &out),
                          rows[i].status);
        assert_row(rows[i].text, out.len == 0);
        secret_free(&out);
    }
}

static void test_days(void **state)
{
    static const struct {
        int64_t day;
        const char *edited;
    } rows[] = {
        {1, "root:h:1::::::\n"},
        {0, "root:h:::::::\n"}, /* 0 would mean "must change" */
        {-1, "root:h:::::::\n"},
        {INT64_MIN, "root:h:::::::\n"},
        {INT64_MAX, "root:h:9223372036854775807::::::\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secret out;

        assert_status(edit("root:x:5::::::\n", 15, "root", "h", rows[i].day, &out), STATUS_OK);
        assert_string_equal(secret_text(&out), rows[i].edited);
        secret_free(&out);
    }
}

static void test_nul_bytes_stay(void **state)
{
    static const char TEXT[] = "a\0b:\0:1::::::\nroot\0:x:1::::::\nroot:o\0ld:1::::::\n\0\0\n";
    static const char EDITED[] = "a\0b:\0:1::::::\nroot\0:x:1::::::\nroot:$6$new:20000::::::\n\0\0\n";
    static const char BROKEN[] = "root:x:1\0::::::\n";
    struct secret out;

    (void)state;
    assert_status(edit(TEXT, sizeof TEXT - 1, "root", HASH, DAY, &out), STATUS_OK);
    assert_holds(&out, EDITED, sizeof EDITED - 1);
    secret_free(&out);
    assert_status(edit(BROKEN, sizeof BROKEN - 1, "root", HASH, DAY, &out), STATUS_SHADOW_MALFORMED);
    secret_free(&out);
}

static void test_very_long_lines(void **state)
{
    enum { LEN = 200000 };
    static char text[LEN + 64];
    static char edited[LEN + 64];
    struct secret out;
    size_t size;

    (void)state;
    memset(text, 'a', LEN);
    memcpy(edited, text, LEN);
    size = LEN + (size_t)sprintf(text + LEN, ":x\nroot:x:1::::::\n");
    (void)sprintf(edited + LEN, ":x\nroot:$6$new:20000::::::\n");
    assert_status(edit(text, size, "root", HASH, DAY, &out), STATUS_OK);
    assert_string_equal(secret_text(&out), edited);
    secret_free(&out);
    /* and a long hash in the line itself */
    memcpy(text, "root:", 5);
    (void)sprintf(text + LEN, ":1::::::\n");
    assert_status(edit(text, strlen(text), "root", HASH, DAY, &out), STATUS_OK);
    assert_string_equal(secret_text(&out), "root:$6$new:20000::::::\n");
    secret_free(&out);
}

static void test_hashes_that_would_break_the_file(void **state)
{
    static const char *const rows[] = {"", "a:b", ":", "a\n", "\n"};
    struct secret out;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row_status(rows[i], edit("root:x:1::::::\n", 15, "root", rows[i], DAY, &out), STATUS_INTERNAL);
        assert_row(rows[i], out.len == 0);
        secret_free(&out);
    }
}

/* Whatever the room, the text is whole or empty. */
static void test_without_room(void **state)
{
    static const char EDITED[] = "u:a:1::::::\nroot:$6$new:20000::::::\nv:b:1::::::\n";
    struct secret text = secret_of_text("u:a:1::::::\nroot::::::::\nv:b:1::::::\n");

    (void)state;
    for (size_t room = 0; room <= strlen(EDITED); room++) {
        struct secret out;
        enum status status;

        assert_status(secret_alloc(&out, room), STATUS_OK);
        status = shadow_edit(&text, "root", HASH, DAY, &out);
        assert_status(status, room < strlen(EDITED) ? STATUS_INTERNAL : STATUS_OK);
        assert_holds_text(&out, room < strlen(EDITED) ? "" : EDITED);
        secret_free(&out);
    }
    secret_free(&text);
}

static void test_find_leaves_line_untouched_on_failure(void **state)
{
    struct secret text = secret_of_text("root:x:broken::::::\n");
    struct colon_line line = {.count = 77};

    (void)state;
    assert_status(shadow_find(&text, "root", &line), STATUS_SHADOW_MALFORMED);
    assert_status(shadow_find(&text, "nobody", &line), STATUS_ACCOUNT_UNKNOWN);
    assert_int_equal(line.count, 77);
    secret_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_odd_lines),
        cmocka_unit_test(test_other_lines_stay),
        cmocka_unit_test(test_what_is_not_found_or_broken),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_nul_bytes_stay),
        cmocka_unit_test(test_very_long_lines),
        cmocka_unit_test(test_hashes_that_would_break_the_file),
        cmocka_unit_test(test_without_room),
        cmocka_unit_test(test_find_leaves_line_untouched_on_failure),
    };

    return cmocka_run_group_tests_name("shadow_edit", tests, NULL, NULL);
}
