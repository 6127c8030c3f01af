// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "platform/linux/colon_line.h"

enum { OUT_SIZE = 512 };

/* The lines of a text: their fields in brackets, and their number. */
static const char *read_all(const char *bytes, size_t text_len)
{
    static char out[OUT_SIZE];
    struct secret text = secret_of(bytes, text_len);
    struct colon_line line;
    size_t len = 0;

    out[0] = '\0';
    for (size_t at = 0; colon_line_read(&text, at, &line); at = line.next) {
        for (size_t i = 0; i < line.count && i < COLON_FIELDS_MAX; i++)
            len += (size_t)snprintf(out + len, sizeof out - len, "[%.*s]",
                                    (int)(line.field[i].end - line.field[i].start),
                                    (const char *)text.bytes + line.field[i].start);
        len += (size_t)snprintf(out + len, sizeof out - len, "%zu;", line.count);
        assert_true(len < sizeof out);
    }
    secret_free(&text);
    return out;
}

static void test_fields(void **state)
{
    static const struct {
        const char *text;
        const char *read;
    } rows[] = {
        {"", ""},
        {"\n", "[]1;"},
        {"\n\n", "[]1;[]1;"},
        {"a", "[a]1;"},
        {"a\n", "[a]1;"},
        {":", "[][]2;"},
        {"a:b:c\nd:e", "[a][b][c]3;[d][e]2;"},
        {"a::\n:b\n", "[a][][]3;[][b]2;"},
        {"1:2:3:4:5:6:7:8:9\n", "[1][2][3][4][5][6][7][8][9]9;"},
        {"1:2:3:4:5:6:7:8:9:10:11\nx", "[1][2][3][4][5][6][7][8][9]11;[x]1;"},
        {"a:b\r\n", "[a][b\r]2;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *read = read_all(rows[i].text, strlen(rows[i].text));

        if (strcmp(read, rows[i].read) != 0)
            fail_msg("\"%s\": read \"%s\", not \"%s\"", rows[i].text, read, rows[i].read);
    }
}

static void test_nul_is_a_byte_like_others(void **state)
{
    static const char TEXT[] = "a\0b:c\0:d\nroot\0:x\nroot:y\n";
    struct secret text = secret_of(TEXT, sizeof TEXT - 1);
    struct colon_line line;

    (void)state;
    assert_true(colon_line_read(&text, 0, &line));
    assert_int_equal(line.count, 3);
    assert_int_equal(line.field[0].end, 3);
    assert_true(colon_line_find(&text, 0, "root", &line));
    assert_true(colon_line_field_is(&text, &line, 1, "y"));
    secret_free(&text);
}

static void test_field_is(void **state)
{
    struct secret text = secret_of_text("root:x:");
    struct colon_line line;

    (void)state;
    assert_true(colon_line_read(&text, 0, &line));
    assert_true(colon_line_field_is(&text, &line, 0, "root"));
    assert_true(colon_line_field_is(&text, &line, 1, "x"));
    assert_true(colon_line_field_is(&text, &line, 2, ""));
    assert_false(colon_line_field_is(&text, &line, 3, ""));
    assert_false(colon_line_field_is(&text, &line, 0, "roo"));
    assert_false(colon_line_field_is(&text, &line, 0, "root:"));
    assert_false(colon_line_field_is(&text, &line, 0, "Root"));
    assert_false(colon_line_field_is(&text, &line, 1, ""));
    secret_free(&text);
}

static void test_find(void **state)
{
    static const char TEXT[] = "rooty:1\n\n root:2\nx:root:3\n#root:4\nroot:5\nroot:6";
    struct secret text = secret_of_text(TEXT);
    struct colon_line line;

    (void)state;
    assert_true(colon_line_find(&text, 0, "root", &line));
    assert_true(colon_line_field_is(&text, &line, 1, "2")); /* behind white space */
    assert_true(colon_line_find(&text, line.next, "root", &line));
    assert_true(colon_line_field_is(&text, &line, 1, "5"));
    assert_true(colon_line_find(&text, line.next, "root", &line));
    assert_true(colon_line_field_is(&text, &line, 1, "6"));
    assert_false(colon_line_find(&text, line.next, "root", &line));
    assert_false(colon_line_find(&text, 0, "roo", &line));
    assert_true(colon_line_find(&text, 0, "", &line)); /* the empty line */
    secret_free(&text);
}

static void test_copy(void **state)
{
    struct secret text = secret_of("a:bcd::x\0y", 10);
    struct colon_line line;
    char out[4];

    (void)state;
    assert_true(colon_line_read(&text, 0, &line));
    assert_true(colon_line_copy(&text, &line, 1, out, sizeof out));
    assert_string_equal(out, "bcd");
    assert_false(colon_line_copy(&text, &line, 1, out, 3));
    assert_string_equal(out, "");
    assert_true(colon_line_copy(&text, &line, 2, out, sizeof out));
    assert_string_equal(out, "");
    assert_false(colon_line_copy(&text, &line, 3, out, sizeof out)); /* has a NUL */
    assert_false(colon_line_copy(&text, &line, 4, out, sizeof out));
    secret_free(&text);
}

static void test_offsets_beyond_the_end(void **state)
{
    struct secret empty = {0};
    struct secret text = secret_of_text("a:b");
    struct colon_line line;

    (void)state;
    assert_false(colon_line_read(&empty, 0, &line));
    assert_false(colon_line_read(&text, 3, &line));
    assert_false(colon_line_read(&text, 4, &line));
    secret_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),   cmocka_unit_test(test_nul_is_a_byte_like_others),
        cmocka_unit_test(test_field_is), cmocka_unit_test(test_find),
        cmocka_unit_test(test_copy),     cmocka_unit_test(test_offsets_beyond_the_end),
    };

    return cmocka_run_group_tests_name("colon_line", tests, NULL, NULL);
}
