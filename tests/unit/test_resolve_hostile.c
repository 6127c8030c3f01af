// SPDX-License-Identifier: Apache-2.0
/* platform/linux/resolve.c with a child that a name server has taken over. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/linux/confine.h"
#include "platform/linux/resolve.h"
#include "tests/unit/linux/host_clock.h"

enum { CHANNEL = 3 };

/* What it says: these, as many bytes. */
static struct sockaddr_storage said[RESOLVE_ADDRESSES_MAX + 1];
static size_t said_len;

/* Takes the place of confine.c's: the first thing that such a child does. */
uint32_t confine_resolver(void)
{
    (void)send(CHANNEL, said, said_len, MSG_NOSIGNAL);
    _exit(0);
}

static enum status look_up(size_t *count)
{
    static const struct resolve_query QUERY = {.host = "a name", .port = "80"};
    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
    const int descriptors = open_descriptors();
    const enum status status = resolve(&QUERY, ms_from_now(AMPLE_MS), addresses, count);

    assert_int_equal(open_descriptors(), descriptors);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    if (status == STATUS_OK)
        assert_memory_equal(addresses, said, *count * sizeof *addresses);
    return status;
}

static void say(size_t addresses, int family)
{
    said_len = addresses * sizeof *said;
    memset(said, 'a', sizeof said);
    for (size_t i = 0; i < COUNT_OF(said); i++)
        said[i].ss_family = i % 2 == 0 ? AF_INET : AF_INET6;
    if (addresses > 0)
        said[addresses - 1].ss_family = (sa_family_t)family;
}

static void test_addresses(void **state)
{
    (void)state;
    for (size_t n = 1; n <= RESOLVE_ADDRESSES_MAX; n++) {
        size_t count = 0;

        say(n, AF_INET6);
        assert_status(look_up(&count), STATUS_OK);
        assert_int_equal(count, n);
    }
}

static void assert_not_believed(void)
{
    size_t count = 4711;

    assert_status(look_up(&count), STATUS_UNREACHABLE);
    assert_int_equal(count, 4711);
}

static void test_no_addresses(void **state)
{
    (void)state;
    say(0, AF_INET);
    assert_not_believed();
    say(RESOLVE_ADDRESSES_MAX + 1, AF_INET);
    assert_not_believed();
    say(1, AF_UNIX);
    assert_not_believed();
    say(RESOLVE_ADDRESSES_MAX, AF_NETLINK);
    assert_not_believed();
    for (int off = -1; off <= 1; off += 2) {
        say(2, AF_INET);
        said_len += (size_t)off;
        assert_not_believed();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_clock(test_addresses), with_clock(test_no_addresses)};

    return cmocka_run_group_tests_name("resolve_hostile", tests, NULL, NULL);
}
