// SPDX-License-Identifier: Apache-2.0
/* platform/linux/routes.c: what a kernel with everything, which tests/integration asks, does not answer. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "platform/linux/netlink.h"
#include "platform/linux/routes.h"

enum { RULES = 64 }; /* as many as are kept */

/* The linker puts this in the place of the real one. */
int __wrap_netlink_ask(uint16_t type, uint16_t flags, const void *request, size_t len, int64_t end_ms,
                       netlink_message *each, void *context);

static const struct sockaddr_storage ADDRESS = {.ss_family = AF_INET};
static const struct rtmsg BLACKHOLE = {
    .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_BLACKHOLE};
static const struct fib_rule_hdr LOOKUP = {
    .family = AF_INET, .table = RT_TABLE_MAIN, .action = FR_ACT_TO_TBL};
static const struct fib_rule_hdr PROHIBIT = {.family = AF_INET, .action = FR_ACT_PROHIBIT};

static size_t cut;       /* so many bytes of each message are missing */
static int rules_error;  /* the answer to a question for rules */
static size_t rules_met; /* before the one that prohibits */

/* A blackhole, and many rules that lead to it before one that prohibits. */
int __wrap_netlink_ask(uint16_t type, uint16_t flags, const void *request, size_t len, int64_t end_ms,
                       netlink_message *each, void *context)
{
    (void)flags;
    (void)request;
    (void)len;
    (void)end_ms;
    if (type == RTM_GETROUTE) {
        each((const unsigned char *)&BLACKHOLE, sizeof BLACKHOLE - cut, context);
        return 0;
    }
    if (rules_error != 0)
        return rules_error;
    for (size_t i = 0; i < rules_met; i++)
        each((const unsigned char *)&LOOKUP, sizeof LOOKUP - cut, context);
    each((const unsigned char *)&PROHIBIT, sizeof PROHIBIT - cut, context);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    cut = rules_met = 0;
    rules_error = 0;
    return 0;
}

#define with_kernel(test) cmocka_unit_test_setup(test, setup)

static bool finds(int error)
{
    struct route route;

    return routes_find(&ADDRESS, error, 32, 0, &route);
}

static void test_without_rules(void **state)
{
    (void)state;
    assert_false(finds(EINVAL)); /* no rule leads to its table */
    rules_error = EOPNOTSUPP;
    assert_true(finds(EINVAL));
}

static void test_many_rules(void **state)
{
    (void)state;
    rules_met = RULES - 1;
    assert_true(finds(EACCES));
    rules_met = RULES;
    assert_false(finds(EACCES));
    assert_true(finds(EINVAL));
}

static void test_messages_cut_short(void **state)
{
    struct route route = {.type = RTN_UNICAST};

    (void)state;
    rules_met = cut = 1;
    assert_false(finds(EINVAL));
    assert_false(finds(EACCES));
    assert_int_equal(routes_get(&ADDRESS, 0, &route), 0);
    assert_int_equal(route.type, RTN_UNSPEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_kernel(test_without_rules), with_kernel(test_many_rules),
                                       with_kernel(test_messages_cut_short)};

    return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
