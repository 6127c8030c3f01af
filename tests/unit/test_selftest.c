// SPDX-License-Identifier: Apache-2.0
/* agent/selftest.c where decryption does not do what it should. */
#include "agent/selftest.h"

#include <stdio.h>
#include <string.h>

#include "agent/envelope.h"
#include "platform/probe.h"
#include "tests/unit/host_double.h"
#include "tests/unit/unit.h"

static const char KNOWN_TEXT[] = "Fusion@123123123123123123123123123123123123123";

/* What opening the envelope comes to, first with the right key, then with a wrong one. */
static struct {
    enum status status;
    const char *text;
} opened[2];
static size_t times;

/* These two take the place of the program's. */

enum status envelope_open(const struct secret *blob, const struct secret *uuid, struct secret *password)
{
    const size_t at = times++ % COUNT_OF(opened);

    (void)blob;
    (void)uuid;
    if (opened[at].status == STATUS_OK) {
        assert_status(secret_alloc(password, strlen(opened[at].text)), STATUS_OK);
        assert_true(secret_append_text(password, opened[at].text));
    }
    return opened[at].status;
}

void probe_rehearsal(const struct probe_subject *subject, struct finding *finding)
{
    (void)subject;
    finding_ok(finding, "rehearsed");
}

static void assert_says(enum status expected, const char *text)
{
    static const struct config config = {0};
    char said[1024];
    FILE *out = tmpfile();
    size_t len;

    times = 0;
    assert_non_null(out);
    assert_status(selftest_run(&config, out), expected);
    rewind(out);
    len = fread(said, 1, sizeof said - 1, out);
    said[len] = '\0';
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(said, text));
    assert_null(strstr(said, KNOWN_TEXT));
}

static void open_as(enum status status, const char *text, enum status status_of_wrong_key)
{
    opened[0].status = status;
    opened[0].text = text;
    opened[1].status = status_of_wrong_key;
    opened[1].text = "nonsense";
}

static void test_all_is_well(void **state)
{
    (void)state;
    open_as(STATUS_OK, KNOWN_TEXT, STATUS_BLOB_PADDING);
    assert_says(STATUS_OK, "known-answer  OK    ");
}

static void test_what_goes_wrong(void **state)
{
    (void)state;
    open_as(STATUS_CRYPTO_FAILED, "", STATUS_BLOB_PADDING);
    assert_says(STATUS_CHECK_FAILED, "FAIL  the known answer cannot be decrypted");
    open_as(STATUS_OK, "Fusion@124", STATUS_BLOB_PADDING);
    assert_says(STATUS_CHECK_FAILED, "FAIL  the known answer is decrypted to something else");
    open_as(STATUS_OK, KNOWN_TEXT, STATUS_OK);
    assert_says(STATUS_CHECK_FAILED, "FAIL  a wrong key is not noticed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_host(test_all_is_well), with_host(test_what_goes_wrong)};

    return cmocka_run_group_tests_name("selftest", tests, NULL, NULL);
}
