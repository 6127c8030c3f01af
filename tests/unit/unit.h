// SPDX-License-Identifier: Apache-2.0
/* What every unit test includes first: cmocka, the headers that it wants before it, and a few assertions. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/secret.h"
#include "agent/status.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails with the names of the two. */
#define assert_status(actual, expected) assert_string_equal(status_name(actual), status_name(expected))

/* For a row of a table: a failure tells which. */
#define assert_row(row, condition)                                                                           \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            fail_msg("row \"%s\": not %s", (row), #condition);                                               \
    } while (0)

#define assert_row_status(row, actual, expected)                                                             \
    do {                                                                                                     \
        enum status is_ = (actual);                                                                          \
        if (is_ != (expected))                                                                               \
            fail_msg("row \"%s\": %s, not %s", (row), status_name(is_), status_name(expected));              \
    } while (0)

/* A buffer that holds these bytes, without room for more; the caller frees it. */
static inline struct secret secret_of(const void *bytes, size_t len)
{
    struct secret s;

    assert_status(secret_alloc(&s, len), STATUS_OK);
    assert_true(secret_append(&s, bytes, len));
    return s;
}

static inline struct secret secret_of_text(const char *text)
{
    return secret_of(text, strlen(text));
}

static inline void assert_holds(const struct secret *s, const void *bytes, size_t len)
{
    assert_int_equal(s->len, len);
    if (len > 0)
        assert_memory_equal(s->bytes, bytes, len);
}

static inline void assert_holds_text(const struct secret *s, const char *text)
{
    assert_holds(s, text, strlen(text));
}

/* As a failure must leave it: there is nothing to free. */
static inline void assert_zeroed(const struct secret *s)
{
    assert_null(s->bytes);
    assert_int_equal(s->len, 0);
    assert_int_equal(s->capacity, 0);
}

#endif
