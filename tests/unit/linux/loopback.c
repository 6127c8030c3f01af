// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "tests/unit/linux/host_clock.h"
#include "tests/unit/linux/loopback.h"

/* Fills in the port that the kernel chose. */
static void find_port(struct loopback *server)
{
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&server->address, &server->len), 0);
    server->port = ntohs(server->address.ss_family == AF_INET6
                             ? ((const struct sockaddr_in6 *)&server->address)->sin6_port
                             : ((const struct sockaddr_in *)&server->address)->sin_port);
}

struct loopback loopback_closed(void)
{
    const struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct loopback server = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .len = sizeof local};

    assert_true(server.fd >= 0);
    assert_int_equal(bind(server.fd, (const struct sockaddr *)&local, sizeof local), 0);
    find_port(&server);
    return server;
}

struct loopback loopback_listen(void)
{
    struct loopback server = loopback_closed();

    assert_int_equal(listen(server.fd, 5), 0);
    return server;
}

struct loopback loopback_full(int *waiting)
{
    struct loopback server = loopback_closed();
    struct pollfd queue = {.fd = server.fd, .events = POLLIN};

    assert_int_equal(listen(server.fd, 0), 0);
    *waiting = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(*waiting >= 0);
    assert_int_equal(connect(*waiting, (const struct sockaddr *)&server.address, server.len), 0);
    assert_int_equal(poll(&queue, 1, AMPLE_MS), 1);
    return server;
}

bool loopback_listen6(struct loopback *out)
{
    const struct sockaddr_in6 local = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    *out = (struct loopback){.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), .len = sizeof local};
    if (out->fd < 0)
        return false;
    if (bind(out->fd, (const struct sockaddr *)&local, sizeof local) != 0) {
        (void)close(out->fd);
        return false;
    }
    assert_int_equal(listen(out->fd, 5), 0);
    find_port(out);
    return true;
}
