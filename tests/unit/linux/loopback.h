// SPDX-License-Identifier: Apache-2.0
/* Servers of the test itself, each at a port that the kernel chose. */
#ifndef UNIT_LINUX_LOOPBACK_H
#define UNIT_LINUX_LOOPBACK_H

#include <stdbool.h>
#include <sys/socket.h>

struct loopback {
    int fd; /* the listening socket */
    struct sockaddr_storage address;
    socklen_t len;
    unsigned port;
};

/* At 127.0.0.1. The caller closes its fd. */
struct loopback loopback_listen(void);

/* One that was there, and is not any more: what connects is refused. Its port is kept until fd is closed. */
struct loopback loopback_closed(void);

/* One with no room for another connection: what connects waits. *waiting is the one that has taken it. */
struct loopback loopback_full(int *waiting);

/* At ::1; false on a system without IPv6. */
bool loopback_listen6(struct loopback *out);

#endif
