// SPDX-License-Identifier: Apache-2.0
/* platform/linux/probe/connect.c: what it says of each way in which a connection fails. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "platform/linux/connection.h"
#include "platform/probe.h"
#include "tests/unit/linux/host_clock.h"

/* The linker puts these in the place of the real ones. */
enum status __wrap_connection_find(const char *url, int64_t end_ms, struct connection_addresses *out);
struct connection_attempt __wrap_connection_make(const struct connection_addresses *addresses,
                                                 int64_t end_ms);

static enum status found;
static int error;

enum status __wrap_connection_find(const char *url, int64_t end_ms, struct connection_addresses *out)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    (void)url;
    (void)end_ms;
    *out = (struct connection_addresses){.query.host = "metadata.test", .count = 1};
    memcpy(&out->list[0], &address, sizeof address);
    return found;
}

struct connection_attempt __wrap_connection_make(const struct connection_addresses *addresses, int64_t end_ms)
{
    (void)end_ms;
    return (struct connection_attempt){.address = &addresses->list[0], .error = error, .fd = -1};
}

static void assert_finding(enum finding_level level, const char *text)
{
    const struct probe_subject subject = {.root = "", .url = "http://metadata.test", .user = ""};
    struct finding finding = {0};

    probe_connect(&subject, &finding);
    assert_row(text, finding.level == level);
    assert_row(finding.found, strstr(finding.found, text) != NULL);
    assert_string_equal(finding.mend, "");
}

static void test_errors(void **state)
{
    static const struct {
        int error;
        const char *text;
    } rows[] = {
        {0, "127.0.0.1:80 took it in "},
        {ECONNREFUSED, "127.0.0.1:80 refuses connections"},
        {ECONNRESET, "127.0.0.1:80 resets connections"},
        {ETIMEDOUT, "127.0.0.1:80 timed out"},
        {EPERM, "127.0.0.1:80 is forbidden"},
        {EMFILE, "127.0.0.1:80 Too many open files"},
    };

    (void)state;
    found = STATUS_OK;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        error = rows[i].error;
        assert_finding(error == 0 ? FINDING_OK : FINDING_FAIL, rows[i].text);
    }
}

static void test_names(void **state)
{
    (void)state;
    found = STATUS_TIMED_OUT;
    assert_finding(FINDING_FAIL, "no name server answers for metadata.test");
    found = STATUS_UNREACHABLE;
    assert_finding(FINDING_FAIL, "metadata.test has no address");
    found = STATUS_NO_MEMORY;
    assert_finding(FINDING_SKIP, status_sentence(STATUS_NO_MEMORY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_clock(test_errors), with_clock(test_names)};

    return cmocka_run_group_tests_name("probe_connect", tests, NULL, NULL);
}
