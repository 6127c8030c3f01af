// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "platform/linux/shadow_edit.h"

enum { DAY = 20000 };

#define HASH "$6$new"

/* Edits a text; *out, which the caller frees, has just the room that the contract asks for. */
static enum status edit(const void *bytes, size_t len, const char *name, const char *hash, int64_t day,
                        struct secret *out)
{
    struct secret text = secret_of(bytes, len);
    enum status status;

    assert_status(secret_alloc(out, len + strlen(hash) + SHADOW_EDIT_GROWTH), STATUS_OK);
    status = shadow_edit(&text, name, hash, day, out);
    assert_holds(&text, bytes, len);
    secret_free(&text);
    return status;
}

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

static void test_other_lines_stay(void **state)
{
    static const struct edit_row rows[] = {
        {"daemon:*:19000:0:99999:7:::\nroot:x:1::::::\nuser:$6$u:2::::::\n",
         "daemon:*:19000:0:99999:7:::\nroot:$6$new:20000::::::\nuser:$6$u:2::::::\n"},
        {"root:x:1::::::\nuser:$6$u:2::::::", "root:$6$new:20000::::::\nuser:$6$u:2::::::"},
        /* names that resemble it */
        {"roo:a:1::::::\nroott:b:1::::::\n root:c:1::::::\nRoot:d:1::::::\n#root:e:1::::::\nroot:x:1::::::\n",
         "roo:a:1::::::\nroott:b:1::::::\n "
         "root:c:1::::::\nRoot:d:1::::::\n#root:e:1::::::\nroot:$6$new:20000::::::\n"},
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
        {" root:x:1::::::\n", STATUS_ACCOUNT_UNKNOWN},
        {"ROOT:x:1::::::\n", STATUS_ACCOUNT_UNKNOWN},
        {"root", STATUS_SHADOW_MALFORMED},
        {"root:\n", STATUS_SHADOW_MALFORMED},
        {"root:x\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1:::::\n", STATUS_SHADOW_MALFORMED},    /* eight fields */
        {"root:x:1:::::::\n", STATUS_SHADOW_MALFORMED},  /* ten */
        {"root:x:1::::::\r\n", STATUS_SHADOW_MALFORMED}, /* a carriage return in the last */
        {"root:x:today::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x:1.5::::::\n", STATUS_SHADOW_MALFORMED},
        {"root:x: 1::::::\n", STATUS_SHADOW_MALFORMED},
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

/* --- The property: in random files no byte outside the two fields moves
 * ------------------------------------------ */

enum { FILES = 600, LINES_MAX = 40, RANDOM_TEXT_MAX = 64 * 1024 };

/* xorshift32: the same files in every run. */
static uint32_t random_below(uint32_t limit)
{
    static uint32_t x = 20240229;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x % limit;
}

static struct secret file;

static void add(const char *text)
{
    assert_true(secret_append_text(&file, text));
}

/* Any bytes but a line's end, the first of which no name begins with. */
static void add_noise(void)
{
    add("~");
    for (uint32_t left = random_below(120); left > 0; left--) {
        unsigned char byte = (unsigned char)random_below(256);

        if (random_below(5) == 0)
            byte = ':';
        if (byte != '\n')
            assert_true(secret_append(&file, &byte, 1));
    }
}

static void add_line_that_is_not_it(void)
{
    static const char *const lines[] = {
        "daemon:*:19000:0:99999:7:::",
        "user:$6$salt$hash:19000:0:99999:7:::",
        "+::::::::",
        "-root::::::::",
        "+root:x:1::::::",
        "",
        "#root:x:1::::::",
        "root",
        "root:x:1:::::",
        "root:x:1:::::::",
        "root:x:y::::::",
        "root:x:1::::::\r",
        "roots:x:1::::::",
        " root:x:1::::::",
        ":::::::::",
        "\t",
        "user2:!$y$j9T$a$b:0:::::0:",
        "root ::::::::",
        "::::::::",
    };

    if (random_below(3) == 0)
        add_noise();
    else
        add(lines[random_below(COUNT_OF(lines))]);
    add("\n");
}

static const char *random_hash(void)
{
    static const char *const hashes[] = {"",           "*", "!", "!!", "!$6$a$b", "x", "$y$j9T$salt$hash",
                                         "\xff\x01 \t"};

    return hashes[random_below(COUNT_OF(hashes))];
}

static const char *random_day(void)
{
    static const char *const days[] = {"", "0", "-1", "19000", "00007", "123456789012345678901234567890"};

    return days[random_below(COUNT_OF(days))];
}

/* A random file in `file`, whose line of root begins at *line_start, its last change ending at *fields_end.
 */
static void make_file(size_t *line_start, size_t *fields_end)
{
    static const char *const rests[] = {"::::::", ":0:99999:7:::", ":1:2:3:4:5:6", ":-1:-1:-1:-1:-1:-1"};

    secret_clear(&file);
    for (uint32_t left = random_below(LINES_MAX); left > 0; left--)
        add_line_that_is_not_it();
    *line_start = file.len;
    add("root:");
    add(random_hash());
    add(":");
    add(random_day());
    *fields_end = file.len;
    add(rests[random_below(COUNT_OF(rests))]);
    if (random_below(4) == 0)
        return; /* at the end, and without the end of its line */
    add("\n");
    for (uint32_t left = random_below(LINES_MAX); left > 0; left--)
        add_line_that_is_not_it();
    if (random_below(2) == 0)
        add("root:second:1::::::\n");
    if (random_below(2) == 0)
        add_noise();
}

static void check_file(size_t line_start, size_t fields_end)
{
    static const char FIELDS[] = "root:$6$new:20000";
    const size_t fields_len = sizeof FIELDS - 1;
    struct colon_line line;
    struct secret out;

    assert_status(edit(file.bytes, file.len, "root", HASH, DAY, &out), STATUS_OK);
    assert_int_equal(out.len, file.len - (fields_end - line_start) + fields_len);
    if (line_start > 0)
        assert_memory_equal(out.bytes, file.bytes, line_start);
    assert_memory_equal(out.bytes + line_start, FIELDS, fields_len);
    assert_memory_equal(out.bytes + line_start + fields_len, file.bytes + fields_end, file.len - fields_end);
    assert_status(shadow_find(&out, "root", &line), STATUS_OK);
    assert_int_equal(line.field[SHADOW_NAME].start, line_start);
    assert_true(colon_line_field_is(&out, &line, SHADOW_HASH, HASH));
    assert_true(colon_line_field_is(&out, &line, SHADOW_LAST_CHANGE, "20000"));
    secret_free(&out);
}

static void test_no_other_byte_moves(void **state)
{
    size_t total = 0;

    (void)state;
    assert_status(secret_alloc(&file, RANDOM_TEXT_MAX), STATUS_OK);
    for (int i = 0; i < FILES; i++) {
        size_t line_start;
        size_t fields_end;

        make_file(&line_start, &fields_end);
        total += file.len;
        check_file(line_start, fields_end);
    }
    assert_true(total > 500000);
    secret_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_other_lines_stay),
        cmocka_unit_test(test_what_is_not_found_or_broken),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_nul_bytes_stay),
        cmocka_unit_test(test_very_long_lines),
        cmocka_unit_test(test_hashes_that_would_break_the_file),
        cmocka_unit_test(test_without_room),
        cmocka_unit_test(test_find_leaves_line_untouched_on_failure),
        cmocka_unit_test(test_no_other_byte_moves),
    };

    return cmocka_run_group_tests_name("shadow_edit", tests, NULL, NULL);
}
