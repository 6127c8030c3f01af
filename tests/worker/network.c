// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/linux/worker_socket.h"
#include "tests/worker/probe.h"

enum { PATIENCE_MS = 10000 };

typedef const struct probe_request *request;

/* --- The network */

static struct sockaddr_in at_port(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* The connection that a worker gets, or one that is made in the same way. */
static int connection(request r)
{
    struct sockaddr_in service = at_port(r->service);
    struct pollfd made;
    int fd = -1;

    if (worker_socket(&fd) == STATUS_OK)
        return fd;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    made = (struct pollfd){.fd = fd, .events = POLLOUT};
    if (connect(fd, (struct sockaddr *)&service, sizeof service) != 0 && errno == EINPROGRESS)
        (void)poll(&made, 1, PATIENCE_MS);
    return fd;
}

static long socket_inet(request r)
{
    (void)r;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long socket_inet6(request r)
{
    (void)r;
    return socket(AF_INET6, SOCK_STREAM, 0);
}

static long socket_datagram(request r)
{
    (void)r;
    return socket(AF_INET, SOCK_DGRAM, 0);
}

static long socket_unix(request r)
{
    (void)r;
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long socket_netlink(request r)
{
    (void)r;
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long socket_pair(request r)
{
    int ends[2];

    (void)r;
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static long connect_elsewhere(request r)
{
    struct sockaddr_in other = at_port(r->elsewhere);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = connection(r);

    if (fd < 0)
        return -2;
    (void)connect(fd, &none, sizeof none);
    (void)connect(fd, (struct sockaddr *)&other, sizeof other);
    return connect(fd, (struct sockaddr *)&other, sizeof other);
}

/* A service that is in league breaks the connection; what is left of it may take an address. */
static long send_elsewhere(request r, int call)
{
    struct sockaddr_in other = at_port(r->elsewhere);
    struct iovec piece = {"x", 1};
    struct msghdr message = {
        .msg_name = &other, .msg_namelen = sizeof other, .msg_iov = &piece, .msg_iovlen = 1};
    int fd = connection(r);
    struct pollfd broken = {.fd = fd, .events = POLLIN};
    long sent = -1;

    if (fd < 0 || send(fd, "x", 1, MSG_NOSIGNAL) != 1 || poll(&broken, 1, PATIENCE_MS) != 1)
        return -2;
    for (int i = 0; i < 3 && sent < 0; i++)
        sent = call == SYS_sendmsg
                   ? sendmsg(fd, &message, MSG_NOSIGNAL | MSG_FASTOPEN)
                   : sendto(fd, "x", 1, MSG_NOSIGNAL | MSG_FASTOPEN, (void *)&other, sizeof other);
    return sent;
}

static long sendto_elsewhere(request r)
{
    return send_elsewhere(r, SYS_sendto);
}

static long sendmsg_elsewhere(request r)
{
    return send_elsewhere(r, SYS_sendmsg);
}

static long bind_connection(request r)
{
    struct sockaddr_in any = at_port(0);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = connection(r);

    if (fd < 0)
        return -2;
    (void)connect(fd, &none, sizeof none);
    return bind(fd, (struct sockaddr *)&any, sizeof any);
}

static long listen_on_connection(request r)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = connection(r);

    if (fd < 0)
        return -2;
    (void)connect(fd, &none, sizeof none);
    return listen(fd, 1);
}

const struct probe_attempt NETWORK_ATTEMPTS[] = {
    {"socket-inet", socket_inet},
    {"socket-inet6", socket_inet6},
    {"socket-datagram", socket_datagram},
    {"socket-unix", socket_unix},
    {"socket-netlink", socket_netlink},
    {"socket-pair", socket_pair},
    {"connect-elsewhere", connect_elsewhere},
    {"sendto-elsewhere", sendto_elsewhere},
    {"sendmsg-elsewhere", sendmsg_elsewhere},
    {"bind", bind_connection},
    {"listen", listen_on_connection},
    {NULL, NULL},
};
