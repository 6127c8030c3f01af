// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/wait.h>

#include "platform/linux/resolve.h"
#include "tests/unit/linux/host_clock.h"

static struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
static size_t count;

static enum status look_up(const char *host, const char *port)
{
    struct resolve_query query;

    (void)snprintf(query.host, sizeof query.host, "%s", host);
    (void)snprintf(query.port, sizeof query.port, "%s", port);
    memset(addresses, 0xff, sizeof addresses);
    return resolve(&query, ms_from_now(AMPLE_MS), addresses, &count);
}

static void test_addresses_in_digits(void **state)
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(8775), .sin_addr.s_addr = htonl(0xa9fea9fe)};
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(65535), .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    (void)state;
    ask_for_stop(); /* no child is asked that could be waited for */
    assert_status(look_up("169.254.169.254", "8775"), STATUS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(resolve_address_len(&addresses[0]), sizeof four);
    assert_memory_equal(&addresses[0], &four, sizeof four);
    assert_status(look_up("::1", "65535"), STATUS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(resolve_address_len(&addresses[0]), sizeof six);
    assert_memory_equal(&addresses[0], &six, sizeof six);
}

static void assert_no_child_is_left(int descriptors)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(open_descriptors(), descriptors);
}

/* What this system says of the name, which is not for a test to say. */
static void test_a_name(void **state)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const int descriptors = open_descriptors();
    struct addrinfo *list = NULL;
    size_t i = 0;

    (void)state;
    if (getaddrinfo("localhost", "80", &hints, &list) != 0) {
        assert_status(look_up("localhost", "80"), STATUS_UNREACHABLE);
        return;
    }
    assert_status(look_up("localhost", "80"), STATUS_OK);
    for (const struct addrinfo *at = list; at != NULL && i < RESOLVE_ADDRESSES_MAX; at = at->ai_next, i++) {
        assert_int_equal(resolve_address_len(&addresses[i]), at->ai_addrlen);
        assert_memory_equal(&addresses[i], at->ai_addr, at->ai_addrlen);
    }
    assert_int_equal(count, i);
    freeaddrinfo(list);
    assert_no_child_is_left(descriptors);
}

/* None of these can be asked of a name server: no packet leaves the machine. */
static void test_names_of_nobody(void **state)
{
    static const char LABEL[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";
    static const char *const rows[] = {LABEL, "a..invalid", ".invalid"};
    const int descriptors = open_descriptors();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_row_status(rows[i], look_up(rows[i], "80"), STATUS_UNREACHABLE);
    assert_no_child_is_left(descriptors);
}

static void test_ports_that_are_none(void **state)
{
    static const char *const rows[] = {"http", "8o", "0x50", "80x"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row_status(rows[i], look_up("127.0.0.1", rows[i]), STATUS_UNREACHABLE);
        assert_row_status(rows[i], look_up("localhost", rows[i]), STATUS_UNREACHABLE);
    }
}

static void test_a_stop(void **state)
{
    const int descriptors = open_descriptors();

    (void)state;
    ask_for_stop();
    assert_status(look_up("localhost", "80"), STATUS_STOPPED);
    assert_no_child_is_left(descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_clock(test_addresses_in_digits), with_clock(test_a_name), with_clock(test_names_of_nobody),
        with_clock(test_ports_that_are_none), with_clock(test_a_stop),
    };

    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
