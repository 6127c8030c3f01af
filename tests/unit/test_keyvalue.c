// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/keyvalue.h"

enum { OUT_SIZE = 512 };

/* What is read of a text: "line:key=value;" for each pair, "line:bad;" for what is none. */
static const char *read_all(const char *text)
{
    static char out[OUT_SIZE];
    char *copy = strdup(text);
    struct keyvalue at;
    enum keyvalue_kind kind;
    size_t len = 0;

    assert_non_null(copy);
    at = keyvalue_begin(copy);
    out[0] = '\0';
    while ((kind = keyvalue_next(&at)) != KEYVALUE_END) {
        if (kind == KEYVALUE_PAIR)
            len += (size_t)snprintf(out + len, sizeof out - len, "%u:%s=%s;", at.line, at.key, at.value);
        else
            len += (size_t)snprintf(out + len, sizeof out - len, "%u:bad;", at.line);
        assert_true(len < sizeof out);
    }
    assert_int_equal(keyvalue_next(&at), KEYVALUE_END); /* the end stays the end */
    free(copy);
    return out;
}

static void test_texts(void **state)
{
    static const struct {
        const char *text;
        const char *read;
    } rows[] = {
        {"", ""},
        {"\n", ""},
        {"\n\n  \n\t\n", ""},
        {"a = b\n", "1:a=b;"},
        {"a=b", "1:a=b;"},
        {"a = b\nc = d", "1:a=b;2:c=d;"},
        {"\n\na = b\n", "3:a=b;"},
        {"  a \t=\t b c  \n", "1:a=b c;"},
        {"a = b = c", "1:a=b = c;"},
        {"a =", "1:a=;"},
        {"a = \n", "1:a=;"},
        {"a ==", "1:a==;"},
        {"a b = c", "1:a b=c;"},
        /* line ends */
        {"a = b\r\nc = d\r\n", "1:a=b;2:c=d;"},
        {"\r\n\r\na = b\r\n", "3:a=b;"},
        {"a = b\v\f\n", "1:a=b;"},
        /* byte order mark: at the very start only */
        {"\xef\xbb\xbf"
         "a = b",
         "1:a=b;"},
        {"\xef\xbb\xbf", ""},
        {"\xef\xbb", "1:bad;"},
        {"a = b\n\xef\xbb\xbf"
         "c = d",
         "1:a=b;2:\xef\xbb\xbf"
         "c=d;"},
        /* comments */
        {"# a = b", ""},
        {"  # a = b\nc = d", "2:c=d;"},
        {"#", ""},
        {"a = b # c", "1:a=b;"},
        {"a = b\t# c = d", "1:a=b;"},
        {"a = b#c", "1:a=b#c;"},
        {"a = # b", "1:a=;"},
        {"a # = b", "1:bad;"},
        {"a#b = c", "1:a#b=c;"},
        /* not of that form */
        {"a", "1:bad;"},
        {"= b", "1:bad;"},
        {"  =", "1:bad;"},
        {"=", "1:bad;"},
        {"a b\nc = d\ne\n", "1:bad;2:c=d;3:bad;"},
        {"\xff\x01", "1:bad;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *read = read_all(rows[i].text);

        if (strcmp(read, rows[i].read) != 0)
            fail_msg("\"%s\": read \"%s\", not \"%s\"", rows[i].text, read, rows[i].read);
    }
}

static void test_a_very_long_line(void **state)
{
    enum { LEN = 100000 };
    char *text = malloc(LEN + 16);
    struct keyvalue at;

    (void)state;
    assert_non_null(text);
    memcpy(text, "key = ", 6);
    memset(text + 6, 'v', LEN);
    memcpy(text + 6 + LEN, "\na = b", 7);
    at = keyvalue_begin(text);
    assert_int_equal(keyvalue_next(&at), KEYVALUE_PAIR);
    assert_int_equal(strlen(at.value), LEN);
    assert_int_equal(keyvalue_next(&at), KEYVALUE_PAIR);
    assert_int_equal(at.line, 2);
    assert_string_equal(at.key, "a");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_a_very_long_line),
    };

    return cmocka_run_group_tests_name("keyvalue", tests, NULL, NULL);
}
