// SPDX-License-Identifier: Apache-2.0
/* platform/linux/netlink.c: attributes and answers as no kernel sends them, and a system that refuses. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "platform/linux/netlink.h"
#include "tests/unit/linux/host_clock.h"

/* The linker puts this in the place of the real one. */
ssize_t __real_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);

static int recv_error;                  /* with which it fails; 0: it does not */
static const struct nlmsghdr *received; /* what it receives; NULL: what the kernel sends */

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
    if (received != NULL) {
        memcpy(buffer, received, sizeof *received);
        return sizeof *received;
    }
    if (recv_error == 0)
        return __real_recv(fd, buffer, size, flags);
    errno = recv_error;
    return -1;
}

/* Length, type, value and padding, as this machine has its numbers. */
static size_t put(unsigned char *out, uint16_t len, uint16_t type, uint32_t value)
{
    const struct nlattr attribute = {.nla_len = len, .nla_type = type};

    memcpy(out, &attribute, sizeof attribute);
    memcpy(out + sizeof attribute, &value, sizeof value);
    return sizeof attribute + sizeof value;
}

static void test_attributes(void **state)
{
    unsigned char bytes[64];
    size_t len = put(bytes, 5, 1, 7);
    size_t value_len = 0;

    (void)state;
    len += put(bytes + len, 8, 2 | NLA_F_NESTED, 9);
    assert_int_equal(netlink_number(bytes, len, 2, 1), 9);
    assert_int_equal(netlink_number(bytes, len, 1, 77), 77); /* one byte is no number */
    assert_int_equal(netlink_number(bytes, len, 3, 77), 77);
    assert_ptr_equal(netlink_find(bytes, len, 1, &value_len), bytes + 4);
    assert_int_equal(value_len, 1);
    assert_null(netlink_find(bytes, 0, 1, &value_len));
    assert_null(netlink_find(bytes, 3, 1, &value_len));
}

static void test_broken_attributes(void **state)
{
    static const uint16_t lengths[] = {0, 3, 9, UINT16_MAX};
    unsigned char bytes[8];
    size_t value_len;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        (void)put(bytes, lengths[i], 1, 0);
        assert_null(netlink_find(bytes, sizeof bytes, 1, &value_len));
        assert_null(netlink_find(bytes, sizeof bytes, 2, &value_len));
    }
    /* The last one may come without its padding. */
    (void)put(bytes, 5, 1, 0);
    assert_null(netlink_find(bytes, 5, 2, &value_len));
}

static void count(const unsigned char *body, size_t len, void *context)
{
    (void)body;
    (void)len;
    ++*(int *)context;
}

static void test_asking(void **state)
{
    const struct rtmsg routes = {.rtm_family = AF_INET};
    unsigned char large[1024] = {0};
    int messages = 0;

    (void)state;
    assert_int_equal(netlink_ask(RTM_GETROUTE, NLM_F_DUMP, &routes, sizeof routes, ms_from_now(AMPLE_MS),
                                 count, &messages),
                     0);
    assert_true(messages > 0); /* the loopback's */
    messages = 0;
    assert_int_equal(netlink_ask(RTM_GETROUTE, 0, &routes, sizeof routes, ms_from_now(-1), count, &messages),
                     ETIMEDOUT);
    assert_int_equal(
        netlink_ask(RTM_GETROUTE, 0, large, sizeof large, ms_from_now(AMPLE_MS), count, &messages), EMSGSIZE);
    assert_int_equal(
        netlink_ask(UINT16_MAX, 0, &routes, sizeof routes, ms_from_now(AMPLE_MS), count, &messages),
        EOPNOTSUPP);
    assert_int_equal(messages, 0);
}

static int ask(void)
{
    const struct rtmsg routes = {.rtm_family = AF_INET};
    int messages = 0;

    return netlink_ask(RTM_GETROUTE, NLM_F_DUMP, &routes, sizeof routes, ms_from_now(AMPLE_MS), count,
                       &messages);
}

static void test_refusals(void **state)
{
    const int before = open_descriptors();
    struct rlimit files;
    struct rlimit none;
    int error;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = files.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    error = ask();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(error, EMFILE);

    recv_error = ENOBUFS;
    error = ask();
    recv_error = 0;
    assert_int_equal(error, ENOBUFS);
    assert_int_equal(open_descriptors(), before);
}

static void test_broken_answers(void **state)
{
    static const uint32_t lengths[] = {0, sizeof(struct nlmsghdr) - 1, sizeof(struct nlmsghdr) + 1,
                                       UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        const struct nlmsghdr header = {.nlmsg_len = lengths[i], .nlmsg_type = RTM_NEWROUTE};
        int error;

        received = &header;
        error = ask();
        received = NULL;
        assert_int_equal(error, EPROTO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_attributes),
                                       cmocka_unit_test(test_broken_attributes), with_clock(test_asking),
                                       with_clock(test_refusals), with_clock(test_broken_answers)};

    return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
