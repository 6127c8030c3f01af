// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "tests/unit/shadow_edit_call.h"

/* The property: in random files no byte outside the two fields moves. */
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
        "root :x:1::::::",
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
        cmocka_unit_test(test_no_other_byte_moves),
    };

    return cmocka_run_group_tests_name("shadow_edit_random", tests, NULL, NULL);
}
