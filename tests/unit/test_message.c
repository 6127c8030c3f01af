// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "agent/message.h"

/* The call whose answer is a uuid is the last of those that get something; orders come behind. */
static const enum message_kind KINDS[] = {MESSAGE_GET_FLAG, MESSAGE_ANNOUNCE,    MESSAGE_GET_RESET,
                                          MESSAGE_GET_UUID, MESSAGE_ACKNOWLEDGE, MESSAGE_REPORT};

static struct message_answer answer;

static bool is_sane(enum message_kind kind)
{
    const struct message_request request = {.kind = kind};

    return message_is_sane(&request, &answer);
}

/* The shortest answer that is sane: what was asked for, and nothing else. */
static void make_sane(enum message_kind kind)
{
    memset(&answer, 0, sizeof answer);
    if (kind == MESSAGE_GET_RESET)
        answer.blob[0] = 'b';
    if (kind == MESSAGE_GET_UUID)
        answer.uuid[0] = 'u';
}

static void test_the_shortest_answers(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(KINDS); k++) {
        make_sane(KINDS[k]);
        assert_true(is_sane(KINDS[k]));
    }
}

/* The failures of a transfer are every call's; the others belong to one, and the rest to none. */
static bool is_of(enum message_kind kind, uint32_t status)
{
    static const enum status COMMON[] = {STATUS_INTERNAL,     STATUS_NO_MEMORY,          STATUS_UNREACHABLE,
                                         STATUS_TIMED_OUT,    STATUS_CONNECTION_LOST,    STATUS_SERVICE_ERROR,
                                         STATUS_BAD_RESPONSE, STATUS_RESPONSE_TOO_LARGE, STATUS_NOT_FOUND};

    for (size_t i = 0; i < COUNT_OF(COMMON); i++) {
        if (status == (uint32_t)COMMON[i])
            return true;
    }
    return (kind == MESSAGE_GET_RESET &&
            (status == STATUS_NOTHING_PENDING || status == STATUS_SERVICE_FAIL)) ||
           (kind == MESSAGE_GET_UUID && status == STATUS_BAD_UUID);
}

static void test_failures(void **state)
{
    (void)state;
    memset(&answer, 0, sizeof answer);
    for (size_t k = 0; k < COUNT_OF(KINDS); k++) {
        for (uint32_t status = STATUS_OK + 1; status < STATUS_COUNT; status++) {
            answer.status = status;
            assert_row(status_name((enum status)status), is_sane(KINDS[k]) == is_of(KINDS[k], status));
        }
    }
}

static void test_statuses_that_are_none(void **state)
{
    static const uint32_t rows[] = {STATUS_COUNT, STATUS_COUNT + 1, 0x100,      0x10000,
                                    0x7fffffff,   0x80000000,       0xfffffffe, 0xffffffff};

    (void)state;
    for (size_t k = 0; k < COUNT_OF(KINDS); k++) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            make_sane(KINDS[k]);
            answer.status = rows[i];
            assert_false(is_sane(KINDS[k]));
            memset(&answer, 0, sizeof answer);
            answer.status = rows[i];
            assert_false(is_sane(KINDS[k]));
        }
    }
}

static void test_announced(void **state)
{
    static const uint32_t rows[] = {1, 2, 0x100, 0x80000000, 0xffffffff};

    (void)state;
    for (size_t k = 0; k < COUNT_OF(KINDS); k++) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            make_sane(KINDS[k]);
            answer.announced = rows[i];
            assert_int_equal(is_sane(KINDS[k]), KINDS[k] == MESSAGE_GET_FLAG && rows[i] == 1);
        }
    }
}

/* A failure brings nothing, or it would be half believed. */
static void test_failures_that_bring_something(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(KINDS); k++) {
        make_sane(KINDS[k]);
        if (KINDS[k] == MESSAGE_GET_FLAG)
            answer.announced = 1;
        assert_true(is_sane(KINDS[k]));
        answer.status = STATUS_NOT_FOUND;
        assert_int_equal(is_sane(KINDS[k]), KINDS[k] != MESSAGE_GET_FLAG && KINDS[k] != MESSAGE_GET_RESET &&
                                                KINDS[k] != MESSAGE_GET_UUID);
    }
}

static void test_what_was_not_asked_for(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(KINDS); k++) {
        make_sane(KINDS[k]);
        answer.blob[0] = 'b';
        assert_int_equal(is_sane(KINDS[k]), KINDS[k] == MESSAGE_GET_RESET);
        make_sane(KINDS[k]);
        answer.uuid[0] = 'u';
        assert_int_equal(is_sane(KINDS[k]), KINDS[k] == MESSAGE_GET_UUID);
        make_sane(KINDS[k]);
        answer.user_name[0] = 'n';
        assert_int_equal(is_sane(KINDS[k]), KINDS[k] == MESSAGE_GET_RESET);
    }
}

static void test_what_was_asked_for_and_is_missing(void **state)
{
    (void)state;
    memset(&answer, 0, sizeof answer);
    assert_false(is_sane(MESSAGE_GET_RESET));
    assert_false(is_sane(MESSAGE_GET_UUID));
    answer.user_name[0] = 'n';
    assert_false(is_sane(MESSAGE_GET_RESET));
}

static void test_texts_without_an_end(void **state)
{
    (void)state;
    make_sane(MESSAGE_GET_RESET);
    memset(answer.blob, 'b', sizeof answer.blob);
    assert_false(is_sane(MESSAGE_GET_RESET));
    make_sane(MESSAGE_GET_RESET);
    memset(answer.user_name, 'n', sizeof answer.user_name);
    assert_false(is_sane(MESSAGE_GET_RESET));
    make_sane(MESSAGE_GET_UUID);
    memset(answer.uuid, 'u', sizeof answer.uuid);
    assert_false(is_sane(MESSAGE_GET_UUID));
}

static void test_lengths(void **state)
{
    static const size_t BLOBS[] = {1, 2, 100, ENVELOPE_BLOB_MAX - 1, ENVELOPE_BLOB_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(BLOBS); i++) {
        make_sane(MESSAGE_GET_RESET);
        memset(answer.blob, 'b', BLOBS[i]);
        assert_true(is_sane(MESSAGE_GET_RESET));
    }
    for (size_t len = 1; len < sizeof answer.user_name; len++) {
        make_sane(MESSAGE_GET_RESET);
        memset(answer.user_name, 'n', len);
        assert_true(is_sane(MESSAGE_GET_RESET));
    }
    for (size_t len = 1; len < sizeof answer.uuid; len++) {
        make_sane(MESSAGE_GET_UUID);
        memset(answer.uuid, 'u', len);
        assert_true(is_sane(MESSAGE_GET_UUID));
    }
}

/* Whatever they are: who reads the text does not see them. */
static void test_bytes_behind_the_end_of_a_text(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(KINDS); k++) {
        make_sane(KINDS[k]);
        memset(answer.blob + 2, 0xff, sizeof answer.blob - 2);
        memset(answer.uuid + 2, 0xff, sizeof answer.uuid - 2);
        memset(answer.user_name + 2, 0xff, sizeof answer.user_name - 2);
        assert_true(is_sane(KINDS[k]));
    }
}

/* What these two may be is for others to say: whoever opens the blob, whoever names the account. */
static void test_any_byte_in_a_blob_and_a_name(void **state)
{
    (void)state;
    make_sane(MESSAGE_GET_RESET);
    for (int byte = 1; byte <= UINT8_MAX; byte++) {
        answer.blob[byte] = (char)byte;
        answer.user_name[byte % ACCOUNT_NAME_MAX] = (char)byte;
    }
    answer.blob[0] = '\x80';
    answer.user_name[0] = '\x01';
    assert_true(is_sane(MESSAGE_GET_RESET));
}

static bool may_stand_in_a_uuid(int byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-';
}

static void test_bytes_of_a_uuid(void **state)
{
    static const size_t PLACES[] = {0, 1, METADATA_UUID_MAX - 1};

    (void)state;
    for (size_t p = 0; p < COUNT_OF(PLACES); p++) {
        for (int byte = 1; byte <= UINT8_MAX; byte++) {
            make_sane(MESSAGE_GET_UUID);
            memset(answer.uuid, '0', METADATA_UUID_MAX);
            answer.uuid[PLACES[p]] = (char)byte;
            assert_int_equal(message_is_uuid(answer.uuid), may_stand_in_a_uuid(byte));
            assert_int_equal(is_sane(MESSAGE_GET_UUID), may_stand_in_a_uuid(byte));
        }
    }
}

static void test_lengths_of_a_uuid(void **state)
{
    char text[METADATA_UUID_MAX + 2];

    (void)state;
    for (size_t len = 0; len < sizeof text; len++) {
        memset(text, 'f', len);
        text[len] = '\0';
        assert_int_equal(message_is_uuid(text), len >= 1 && len <= METADATA_UUID_MAX);
    }
}

/* A request comes from this process, but an unknown kind must not become a hole. */
static void test_a_kind_that_is_none(void **state)
{
    (void)state;
    make_sane(MESSAGE_GET_RESET);
    assert_false(is_sane((enum message_kind)99));
    make_sane(MESSAGE_GET_UUID);
    assert_false(is_sane((enum message_kind)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shortest_answers),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_statuses_that_are_none),
        cmocka_unit_test(test_announced),
        cmocka_unit_test(test_failures_that_bring_something),
        cmocka_unit_test(test_what_was_not_asked_for),
        cmocka_unit_test(test_what_was_asked_for_and_is_missing),
        cmocka_unit_test(test_texts_without_an_end),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_bytes_behind_the_end_of_a_text),
        cmocka_unit_test(test_any_byte_in_a_blob_and_a_name),
        cmocka_unit_test(test_bytes_of_a_uuid),
        cmocka_unit_test(test_lengths_of_a_uuid),
        cmocka_unit_test(test_a_kind_that_is_none),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
