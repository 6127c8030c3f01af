// SPDX-License-Identifier: Apache-2.0
/* platform/linux/connection.c: which host and port a URL means. */
#include "tests/unit/unit.h"

#include "platform/linux/connection.h"
#include "tests/unit/linux/name_service.h"

static void test_hosts_and_ports(void **state)
{
    static const struct {
        const char *url;
        const char *host;
        const char *port;
    } rows[] = {
        {"http://169.254.169.254", "169.254.169.254", "80"},
        {"http://169.254.169.254/", "169.254.169.254", "80"},
        {"http://169.254.169.254/openstack/latest", "169.254.169.254", "80"},
        {"http://169.254.169.254:8775/openstack", "169.254.169.254", "8775"},
        {"http://localhost:65535", "localhost", "65535"},
        {"http://localhost:0065535/", "localhost", "65535"}, /* as the configuration takes it */
        {"http://h/a:b", "h", "80"},
        {"http://h:1/a:b/[c]:2", "h", "1"},
        {"http://[::1]", "::1", "80"},
        {"http://[::1]/", "::1", "80"},
        {"http://[::1]:81", "::1", "81"},
        {"http://[fe80::1]:81/x:y/", "fe80::1", "81"},
        {"http://[fe80::1%25eth0]:81/", "fe80::1%eth0", "81"},
    };

    (void)state;
    name_service.status = STATUS_UNREACHABLE;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd;

        assert_row_status(rows[i].url, connection_open(rows[i].url, ms_from_now(AMPLE_MS), &fd),
                          STATUS_UNREACHABLE);
        assert_row(rows[i].url, strcmp(name_service.query.host, rows[i].host) == 0);
        assert_row(rows[i].url, strcmp(name_service.query.port, rows[i].port) == 0);
    }
    assert_int_equal(name_service.calls, COUNT_OF(rows));
}

static void test_urls_that_are_none(void **state)
{
    static const char *const rows[] = {"",
                                       "h",
                                       "http",
                                       "http:/",
                                       "http://",
                                       "http:///",
                                       "http://:",
                                       "http://:80",
                                       "http://h:",
                                       "http://h:/",
                                       "http://[",
                                       "http://[]",
                                       "http://[]:80",
                                       "http://[::1",
                                       "http://[::1/]",
                                       "http://[::1]x",
                                       "http://h:0",
                                       "http://h:65536",
                                       "http://h:99999/",
                                       "http://h:123456",
                                       "https://h",
                                       "ftp://h",
                                       "HTTP://h",
                                       " http://h"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = -7;

        assert_row_status(rows[i], connection_open(rows[i], ms_from_now(AMPLE_MS), &fd), STATUS_INTERNAL);
        assert_int_equal(fd, -7);
    }
    assert_int_equal(name_service.calls, 0);
}

static void test_the_longest_host(void **state)
{
    char url[RESOLVE_HOST_MAX + 16] = "http://";
    const size_t start = strlen(url);
    int fd;

    (void)state;
    name_service.status = STATUS_UNREACHABLE;
    memset(url + start, 'h', RESOLVE_HOST_MAX + 1);
    url[start + RESOLVE_HOST_MAX] = '\0';
    assert_status(connection_open(url, ms_from_now(AMPLE_MS), &fd), STATUS_UNREACHABLE);
    assert_int_equal(strlen(name_service.query.host), RESOLVE_HOST_MAX);
    url[start + RESOLVE_HOST_MAX] = 'h';
    assert_status(connection_open(url, ms_from_now(AMPLE_MS), &fd), STATUS_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_names(test_hosts_and_ports),
        with_names(test_urls_that_are_none),
        with_names(test_the_longest_host),
    };

    return cmocka_run_group_tests_name("connection_urls", tests, NULL, NULL);
}
