// SPDX-License-Identifier: Apache-2.0
/* platform/linux/connection.c: what the kernel says of a connection that is not made, at once or later. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/linux/connection.h"
#include "tests/unit/linux/loopback.h"
#include "tests/unit/linux/name_service.h"

static int at_once;   /* errno of connect(2) */
static int later;     /* what SO_ERROR tells */
static int of_asking; /* errno of getsockopt(2); 0: it works */

/* These take the place of libc's. Whoever waits for the socket finds it ready. */
int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    (void)fd;
    (void)address;
    (void)len;
    errno = at_once;
    return -1;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    (void)fd;
    assert_int_equal(level, SOL_SOCKET);
    assert_int_equal(name, SO_ERROR);
    assert_int_equal(*len, sizeof later);
    memcpy(value, &later, sizeof later);
    errno = of_asking;
    return of_asking == 0 ? 0 : -1;
}

static void test_errors(void **state)
{
    static const struct {
        int at_once;
        int later;
        int of_asking;
        enum status expected;
    } rows[] = {
        {ECONNREFUSED, 0, 0, STATUS_UNREACHABLE},
        {ENETUNREACH, 0, 0, STATUS_UNREACHABLE},
        {ETIMEDOUT, 0, 0, STATUS_TIMED_OUT},
        {EINPROGRESS, 0, 0, STATUS_OK},
        {EINPROGRESS, ECONNREFUSED, 0, STATUS_UNREACHABLE},
        {EINPROGRESS, EHOSTUNREACH, 0, STATUS_UNREACHABLE},
        {EINPROGRESS, ETIMEDOUT, 0, STATUS_TIMED_OUT},
        {EINPROGRESS, 0, ENOBUFS, STATUS_UNREACHABLE},
    };

    (void)state;
    name_service.addresses[0].ss_family = AF_INET;
    name_service.count = 1;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int descriptors = open_descriptors();
        int fd = -1;

        at_once = rows[i].at_once;
        later = rows[i].later;
        of_asking = rows[i].of_asking;
        assert_status(connection_open("http://host/", ms_from_now(AMPLE_MS), &fd), rows[i].expected);
        if (fd >= 0)
            assert_int_equal(close(fd), 0);
        assert_int_equal(fd >= 0, rows[i].expected == STATUS_OK);
        assert_int_equal(open_descriptors(), descriptors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_names(test_errors)};

    return cmocka_run_group_tests_name("connection_errors", tests, NULL, NULL);
}
