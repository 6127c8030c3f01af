// SPDX-License-Identifier: Apache-2.0
/* agent/metadata.c, and a worker that somebody else has taken over. */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/message.h"
#include "tests/unit/http_double.h"
#include "tests/unit/metadata_session.h"
#include "tests/unit/worker_double.h"

/* What the worker says from now on; each call of this begins a new one. */
static struct message_answer *forge(enum status status)
{
    static struct message_answer forged;

    memset(&forged, 0, sizeof forged);
    forged.status = status;
    worker_double.forged = &forged;
    return &forged;
}

static void test_sane_answers_arrive_whole(void **state)
{
    struct metadata_reset reset = {.user_name = "as before"};
    struct secret uuid = {0};
    struct message_answer *forged = forge(STATUS_OK);
    bool announced = false;

    (void)state;
    forged->announced = 1;
    assert_status(metadata_get_flag(metadata, DEADLINE_MS, &announced), STATUS_OK);
    assert_true(announced);
    forged = forge(STATUS_OK);
    assert_status(metadata_get_flag(metadata, DEADLINE_MS, &announced), STATUS_OK);
    assert_false(announced);
    assert_status(metadata_announce(metadata, DEADLINE_MS), STATUS_OK);
    memset(forged->blob, 'b', ENVELOPE_BLOB_MAX);
    memset(forged->user_name, 'n', ACCOUNT_NAME_MAX + 1);
    assert_status(metadata_get_reset(metadata, DEADLINE_MS, &reset), STATUS_OK);
    assert_holds_text(&reset.blob, forged->blob);
    assert_string_equal(reset.user_name, forged->user_name);
    secret_free(&reset.blob);
    forged = forge(STATUS_OK);
    memset(forged->uuid, 'f', METADATA_UUID_MAX);
    assert_status(metadata_get_uuid(metadata, DEADLINE_MS, &uuid), STATUS_OK);
    assert_holds_text(&uuid, forged->uuid);
    secret_free(&uuid);
}

/* What stands behind a text in its array goes nowhere. */
static void test_bytes_behind_a_text_do_not_arrive(void **state)
{
    struct metadata_reset reset = {0};
    struct secret uuid = {0};
    struct message_answer *forged = forge(STATUS_OK);

    (void)state;
    memset(forged->blob, 'x', sizeof forged->blob);
    memcpy(forged->blob, "blob", sizeof "blob");
    assert_status(metadata_get_reset(metadata, DEADLINE_MS, &reset), STATUS_OK);
    assert_holds_text(&reset.blob, "blob");
    secret_free(&reset.blob);
    forged = forge(STATUS_OK);
    memset(forged->uuid, 'x', sizeof forged->uuid);
    memcpy(forged->uuid, "uuid", sizeof "uuid");
    assert_status(metadata_get_uuid(metadata, DEADLINE_MS, &uuid), STATUS_OK);
    assert_holds_text(&uuid, "uuid");
    secret_free(&uuid);
}

static void test_failures_arrive(void **state)
{
    (void)state;
    for (int c = 0; c < CALLS; c++) {
        (void)forge(STATUS_CONNECTION_LOST);
        assert_status(call(c), STATUS_CONNECTION_LOST);
    }
    (void)forge(STATUS_SERVICE_FAIL);
    assert_status(call(GET_RESET), STATUS_SERVICE_FAIL);
    (void)forge(STATUS_BAD_UUID);
    assert_status(call(GET_UUID), STATUS_BAD_UUID);
}

/* These are no answer to any call: call() sees that outputs stay as they were. */
static void test_nonsense_reaches_nobody(void **state)
{
    static const enum status STATUSES[] = {STATUS_APPLIED,      STATUS_STOPPED,         STATUS_BLOB_PADDING,
                                           STATUS_WORKER_LOST,  STATUS_NOT_CONFINED,    STATUS_COUNT,
                                           STATUS_ACCOUNT_NAME, (enum status)0x7fffffff};

    (void)state;
    for (int c = 0; c < CALLS; c++) {
        for (size_t i = 0; i < COUNT_OF(STATUSES); i++) {
            (void)forge(STATUSES[i]);
            assert_status(call(c), STATUS_WORKER_LOST);
        }
        forge(STATUS_OK)->announced = 2;
        assert_status(call(c), STATUS_WORKER_LOST);
        forge(STATUS_NOT_FOUND)->announced = 1;
        assert_status(call(c), STATUS_WORKER_LOST);
        forge(STATUS_OK)->user_name[0] = 'n';
        assert_status(call(c), STATUS_WORKER_LOST);
        memset(forge(STATUS_OK), 0xff, sizeof(struct message_answer));
        assert_status(call(c), STATUS_WORKER_LOST);
        memset(forge(STATUS_OK)->blob, 'b', ENVELOPE_BLOB_MAX + 1);
        assert_status(call(c), STATUS_WORKER_LOST);
        memset(forge(STATUS_OK)->uuid, 'f', METADATA_UUID_MAX + 1);
        assert_status(call(c), STATUS_WORKER_LOST);
        memset(forge(STATUS_OK)->user_name, 'n', ACCOUNT_NAME_MAX + 2);
        assert_status(call(c), STATUS_WORKER_LOST);
    }
    forge(STATUS_OK)->uuid[0] = '/';
    assert_status(call(GET_UUID), STATUS_WORKER_LOST);
    (void)forge(STATUS_OK);
    assert_status(call(GET_RESET), STATUS_WORKER_LOST);
    assert_status(call(GET_UUID), STATUS_WORKER_LOST);
}

static void test_failures_of_the_worker_are_passed_on(void **state)
{
    static const enum status failures[] = {STATUS_WORKER_LOST, STATUS_NOT_CONFINED, STATUS_NO_MEMORY,
                                           STATUS_TIMED_OUT, STATUS_STOPPED};

    (void)state;
    forge(STATUS_OK)->announced = 1; /* not looked at */
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        worker_double.status = failures[i];
        for (int c = 0; c < CALLS; c++)
            assert_status(call(c), failures[i]);
    }
    assert_int_equal(http_double.requests, 0);
}

static void test_required_confinement_is_passed_on(void **state)
{
    struct metadata *other = NULL;

    (void)state;
    assert_false(worker_double.require_confinement);
    assert_status(metadata_open(BASE, true, INT64_MAX, &other), STATUS_OK);
    assert_true(worker_double.require_confinement);
    metadata_close(other);
}

static void test_a_worker_that_cannot_be_had(void **state)
{
    static const enum status failures[] = {STATUS_NOT_CONFINED, STATUS_NO_MEMORY, STATUS_INTERNAL};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        struct metadata *other = NULL;

        worker_double.open_status = failures[i];
        assert_status(metadata_open(BASE, true, INT64_MAX, &other), failures[i]);
        assert_null(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_metadata(test_sane_answers_arrive_whole),
        with_metadata(test_bytes_behind_a_text_do_not_arrive),
        with_metadata(test_failures_arrive),
        with_metadata(test_nonsense_reaches_nobody),
        with_metadata(test_failures_of_the_worker_are_passed_on),
        with_metadata(test_required_confinement_is_passed_on),
        with_metadata(test_a_worker_that_cannot_be_had),
    };

    return cmocka_run_group_tests_name("metadata_worker", tests, NULL, NULL);
}
