// SPDX-License-Identifier: Apache-2.0
/* platform/linux/connection.c, to servers on the loopback. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/http.h"
#include "platform/linux/connection.h"
#include "tests/unit/linux/loopback.h"
#include "tests/unit/linux/name_service.h"

static void add_address(const struct loopback *server)
{
    name_service.addresses[name_service.count++] = server->address;
}

static enum status open_until(int64_t end_ms, int *out)
{
    return connection_open("http://host/", end_ms, out);
}

/* A failure leaves neither a socket nor a number of one. */
static void assert_fails(enum status expected)
{
    const int before = open_descriptors();
    int fd = -7;

    assert_status(open_until(ms_from_now(AMPLE_MS), &fd), expected);
    assert_int_equal(fd, -7);
    assert_int_equal(open_descriptors(), before);
}

static void assert_connected(int fd, const struct loopback *server)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    char byte;
    int accepted;

    assert_int_equal(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
    assert_int_equal(len, server->len);
    assert_memory_equal(&peer, &server->address, len);
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    accepted = accept(server->fd, NULL, NULL);
    assert_true(accepted >= 0);
    assert_int_equal(send(fd, "y", 1, 0), 1);
    assert_int_equal(recv(accepted, &byte, 1, MSG_WAITALL), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(close(accepted) + close(fd), 0);
}

static void test_connected(void **state)
{
    const struct loopback server = loopback_listen();
    int fd = -1;

    (void)state;
    add_address(&server);
    assert_status(open_until(ms_from_now(AMPLE_MS), &fd), STATUS_OK);
    assert_connected(fd, &server);
    assert_int_equal(close(server.fd), 0);
}

static void test_connected_by_ipv6(void **state)
{
    struct loopback server;
    int fd = -1;

    (void)state;
    if (!loopback_listen6(&server)) {
        /* No system for it: then there is nobody to reach. */
        name_service.addresses[0].ss_family = AF_INET6;
        name_service.count = 1;
        assert_fails(STATUS_UNREACHABLE);
        return;
    }
    add_address(&server);
    assert_status(open_until(ms_from_now(AMPLE_MS), &fd), STATUS_OK);
    assert_connected(fd, &server);
    assert_int_equal(close(server.fd), 0);
}

static void test_refused(void **state)
{
    const struct loopback server = loopback_closed();

    (void)state;
    add_address(&server);
    assert_fails(STATUS_UNREACHABLE);
    assert_int_equal(close(server.fd), 0);
}

/* A host may have addresses that nobody answers at. */
static void test_one_address_after_the_other(void **state)
{
    const struct loopback closed = loopback_closed();
    const struct loopback server = loopback_listen();
    int fd = -1;

    (void)state;
    add_address(&closed);
    name_service.addresses[name_service.count++].ss_family = AF_UNIX; /* no socket can be connected so */
    add_address(&server);
    add_address(&closed);
    assert_status(open_until(ms_from_now(AMPLE_MS), &fd), STATUS_OK);
    assert_connected(fd, &server);
    assert_int_equal(close(closed.fd) + close(server.fd), 0);
}

static void test_failures_of_the_name_service(void **state)
{
    static const enum status failures[] = {STATUS_UNREACHABLE, STATUS_TIMED_OUT, STATUS_STOPPED,
                                           STATUS_NO_MEMORY};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        name_service.status = failures[i];
        assert_fails(failures[i]);
    }
}

/* The least of the two: of what the request may take, and of what a connection may. */
static void test_the_deadline_of_a_name(void **state)
{
    const int64_t short_ms = ms_from_now(SHORT_MS);
    int fd;

    (void)state;
    name_service.status = STATUS_UNREACHABLE;
    (void)open_until(short_ms, &fd);
    assert_int_equal(name_service.end_ms, short_ms);
    (void)open_until(short_ms + AMPLE_MS, &fd);
    assert_in_range(name_service.end_ms, short_ms - SHORT_MS + HTTP_CONNECT_TIMEOUT_MS,
                    ms_from_now(HTTP_CONNECT_TIMEOUT_MS));
}

static void test_a_server_that_does_not_answer(void **state)
{
    int waiting;
    int fd = -7;
    const struct loopback server = loopback_full(&waiting);
    const int before = open_descriptors();
    const int64_t begin_ms = host_now_ms();

    (void)state;
    add_address(&server);
    assert_status(open_until(begin_ms + SHORT_MS, &fd), STATUS_TIMED_OUT);
    assert_true(host_now_ms() - begin_ms >= SHORT_MS);
    assert_status(open_until(host_now_ms(), &fd), STATUS_TIMED_OUT);
    assert_status(open_until(-1, &fd), STATUS_TIMED_OUT);
    assert_int_equal(fd, -7);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(close(waiting) + close(server.fd), 0);
}

static void test_how_long_a_connection_may_take(void **state)
{
    int waiting;
    const struct loopback server = loopback_full(&waiting);
    const int64_t begin_ms = host_now_ms();

    (void)state;
    add_address(&server);
    assert_fails(STATUS_TIMED_OUT);
    assert_in_range(host_now_ms() - begin_ms, HTTP_CONNECT_TIMEOUT_MS, AMPLE_MS - 1);
    assert_int_equal(close(waiting) + close(server.fd), 0);
}

static void test_a_stop(void **state)
{
    int waiting;
    const struct loopback full = loopback_full(&waiting);
    const struct loopback server = loopback_listen();

    (void)state;
    add_address(&full);
    add_address(&server); /* not tried any more */
    ask_for_stop();
    assert_fails(STATUS_STOPPED);
    assert_int_equal(close(waiting) + close(full.fd) + close(server.fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_names(test_connected),
        with_names(test_connected_by_ipv6),
        with_names(test_refused),
        with_names(test_one_address_after_the_other),
        with_names(test_failures_of_the_name_service),
        with_names(test_the_deadline_of_a_name),
        with_names(test_a_server_that_does_not_answer),
        with_names(test_how_long_a_connection_may_take),
        with_names(test_a_stop),
    };

    return cmocka_run_group_tests_name("connection_made", tests, NULL, NULL);
}
