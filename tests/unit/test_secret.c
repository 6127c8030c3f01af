// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "agent/secret.h"

#include "platform/crypto.h"

/* A double of platform/crypto.h that shows what was wiped, and that it really was. */
static struct {
    const void *at;
    size_t len;
    unsigned count;
} wiped;

void crypto_wipe(void *bytes, size_t len)
{
    memset(bytes, 0, len);
    wiped.at = bytes;
    wiped.len = len;
    wiped.count++;
}

static int forget_wipes(void **state)
{
    (void)state;
    memset(&wiped, 0, sizeof wiped);
    return 0;
}

static void test_append_until_full(void **state)
{
    struct secret s;

    (void)state;
    assert_status(secret_alloc(&s, 5), STATUS_OK);
    assert_int_equal(s.capacity, 5);
    assert_holds_text(&s, "");
    assert_true(secret_append(&s, "abc", 3));
    assert_true(secret_append_text(&s, "de"));
    assert_holds_text(&s, "abcde");
    assert_string_equal(secret_text(&s), "abcde");
    secret_free(&s);
}

static void test_what_does_not_fit_changes_nothing(void **state)
{
    struct secret s;

    (void)state;
    assert_status(secret_alloc(&s, 4), STATUS_OK);
    assert_true(secret_append_text(&s, "ab"));
    assert_false(secret_append_text(&s, "cde"));
    assert_false(secret_append(&s, "x", SIZE_MAX)); /* no sum may overflow */
    assert_holds_text(&s, "ab");
    assert_true(secret_append(&s, NULL, 0));
    assert_true(secret_append_text(&s, "cd"));
    assert_false(secret_append_text(&s, "e"));
    assert_string_equal(secret_text(&s), "abcd");
    secret_free(&s);
}

static void test_without_capacity(void **state)
{
    struct secret s = {0};

    (void)state;
    assert_string_equal(secret_text(&s), "");
    assert_false(secret_append_text(&s, "a"));
    assert_true(secret_append_text(&s, ""));
    secret_clear(&s);
    secret_free(&s);
    assert_status(secret_alloc(&s, 0), STATUS_OK);
    assert_string_equal(secret_text(&s), "");
    assert_false(secret_append_text(&s, "a"));
    secret_free(&s);
}

static void test_no_memory(void **state)
{
    struct secret s = {.len = 3, .capacity = 3};

    (void)state;
    assert_status(secret_alloc(&s, SIZE_MAX), STATUS_NO_MEMORY);
    assert_null(s.bytes);
    assert_int_equal(s.capacity, 0);
    assert_int_equal(s.len, 0);
}

static void test_text_ends_at_a_nul(void **state)
{
    struct secret s = secret_of("ab\0cd", 5);

    (void)state;
    assert_int_equal(s.len, 5);
    assert_string_equal(secret_text(&s), "ab");
    secret_free(&s);
}

/* Also what stands behind len, for somebody may have shortened it. */
static void test_clear_wipes_the_whole_capacity(void **state)
{
    static const unsigned char zeros[8];
    struct secret s;

    (void)state;
    assert_status(secret_alloc(&s, 8), STATUS_OK);
    assert_true(secret_append_text(&s, "password"));
    s.len = 2;
    secret_clear(&s);
    assert_int_equal(s.len, 0);
    assert_int_equal(s.capacity, 8);
    assert_memory_equal(s.bytes, zeros, sizeof zeros);
    assert_ptr_equal(wiped.at, s.bytes);
    assert_int_equal(wiped.len, 8);
    assert_true(secret_append_text(&s, "again"));
    assert_string_equal(secret_text(&s), "again");
    secret_free(&s);
}

static void test_free_wipes_and_zeroes(void **state)
{
    struct secret s = secret_of_text("password");
    const void *bytes = s.bytes;

    (void)state;
    s.len = 0;
    secret_free(&s);
    assert_ptr_equal(wiped.at, bytes);
    assert_int_equal(wiped.len, 8);
    assert_null(s.bytes);
    assert_int_equal(s.len, 0);
    assert_int_equal(s.capacity, 0);
    secret_free(&s); /* once more does no harm */
}

static void test_heap_free_wipes(void **state)
{
    char *block = secret_heap_malloc(100);

    (void)state;
    assert_non_null(block);
    memset(block, 'x', 100);
    secret_heap_free(block);
    assert_ptr_equal(wiped.at, block);
    assert_int_equal(wiped.len, 100);
    forget_wipes(NULL);
    secret_heap_free(NULL);
    assert_int_equal(wiped.count, 0);
}

static void test_heap_blocks_are_aligned(void **state)
{
    (void)state;
    for (size_t size = 0; size < 40; size++) {
        void *block = secret_heap_malloc(size);

        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        secret_heap_free(block);
    }
}

static void test_heap_calloc(void **state)
{
    static const char zeros[60];
    char *block = secret_heap_calloc(6, 10);

    (void)state;
    assert_memory_equal(block, zeros, sizeof zeros);
    secret_heap_free(block);
    assert_int_equal(wiped.len, 60);
    assert_null(secret_heap_calloc(SIZE_MAX / 2, 3));
    assert_null(secret_heap_malloc(SIZE_MAX));
    block = secret_heap_calloc(0, 10);
    assert_non_null(block);
    secret_heap_free(block);
}

static void test_heap_realloc(void **state)
{
    char *block = secret_heap_realloc(NULL, 6);
    const void *old = block;

    (void)state;
    memcpy(block, "secret", 6);
    block = secret_heap_realloc(block, 1000);
    assert_memory_equal(block, "secret", 6);
    assert_ptr_equal(wiped.at, old); /* where it stood first */
    assert_int_equal(wiped.len, 6);
    block = secret_heap_realloc(block, 3);
    assert_memory_equal(block, "sec", 3);
    assert_int_equal(wiped.len, 1000);
    secret_heap_free(block);
    assert_int_equal(wiped.len, 3);
}

static void test_heap_realloc_that_fails_keeps_the_block(void **state)
{
    char *block = secret_heap_strdup("secret");

    (void)state;
    assert_null(secret_heap_realloc(block, SIZE_MAX));
    assert_int_equal(wiped.count, 0);
    assert_string_equal(block, "secret");
    secret_heap_free(block);
    assert_int_equal(wiped.len, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_append_until_full, forget_wipes),
        cmocka_unit_test_setup(test_what_does_not_fit_changes_nothing, forget_wipes),
        cmocka_unit_test_setup(test_without_capacity, forget_wipes),
        cmocka_unit_test_setup(test_no_memory, forget_wipes),
        cmocka_unit_test_setup(test_text_ends_at_a_nul, forget_wipes),
        cmocka_unit_test_setup(test_clear_wipes_the_whole_capacity, forget_wipes),
        cmocka_unit_test_setup(test_free_wipes_and_zeroes, forget_wipes),
        cmocka_unit_test_setup(test_heap_free_wipes, forget_wipes),
        cmocka_unit_test_setup(test_heap_blocks_are_aligned, forget_wipes),
        cmocka_unit_test_setup(test_heap_calloc, forget_wipes),
        cmocka_unit_test_setup(test_heap_realloc, forget_wipes),
        cmocka_unit_test_setup(test_heap_realloc_that_fails_keeps_the_block, forget_wipes),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
