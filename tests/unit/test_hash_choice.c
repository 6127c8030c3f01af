// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <crypt.h>
#include <stdio.h>

#include "platform/linux/hash.h"

static struct hash_plan choose(const char *configured, const struct login_defs *defs, const char *shadow_text,
                               bool is_running_system)
{
    struct secret shadow = secret_of_text(shadow_text);
    struct hash_plan plan = hash_choose(configured, defs, &shadow, "root", is_running_system);

    assert_in_range(plan.count, 1, HASH_CHOICES_MAX);
    secret_free(&shadow);
    return plan;
}

/* The prefixes of a plan, each followed by a blank. */
static const char *prefixes(const struct hash_plan *plan)
{
    static char out[64];

    out[0] = '\0';
    for (size_t i = 0; i < plan->count; i++) {
        (void)strcat(out, plan->choice[i].prefix);
        (void)strcat(out, " ");
    }
    return out;
}

static void test_order_of_choice(void **state)
{
    static const struct {
        const char *configured;
        const char *method; /* of login.defs */
        const char *shadow;
        const char *expected;
    } rows[] = {
        /* nothing is known */
        {"auto", "", "", "$6$ "},
        {"auto", "", "root:*:1::::::\n", "$6$ "},
        {"auto", "", "root:!:1::::::\nuser::1::::::\n", "$6$ "},
        /* configured */
        {"yescrypt", "", "", "$y$ $6$ "},
        {"gost-yescrypt", "", "", "$gy$ $6$ "},
        {"bcrypt", "", "", "$2b$ $6$ "},
        {"sha256", "", "", "$5$ $6$ "},
        {"sha512", "", "", "$6$ $6$ "},
        {"sha256", "YESCRYPT", "root:$6$a$b:1::::::\n", "$5$ $y$ $6$ $6$ "},
        /* login.defs */
        {"auto", "YESCRYPT", "root:$5$a$b:1::::::\n", "$y$ $5$ $6$ "},
        {"auto", "yescrypt", "", "$y$ $6$ "},
        {"auto", "SHA256", "", "$5$ $6$ "},
        {"auto", "SHA512", "root:$y$a$b$c:1::::::\n", "$6$ $y$ $6$ "},
        {"auto", "BCRYPT", "", "$2b$ $6$ "},
        {"auto", "DES", "", "$6$ $6$ "},
        {"auto", "MD5", "root:$y$a$b$c:1::::::\n", "$6$ $y$ $6$ "},
        {"auto", "des", "", "$6$ $6$ "},
        {"auto", "ROT13", "root:$5$a$b:1::::::\n", "$5$ $6$ "},
        /* the hashes that stand in the file */
        {"auto", "", "root:$y$j9T$a$b:1::::::\n", "$y$ $6$ "},
        {"auto", "", "root:$gy$j9T$a$b:1::::::\n", "$gy$ $6$ "},
        {"auto", "", "root:$2b$05$ab:1::::::\n", "$2b$ $6$ "},
        {"auto", "", "root:$2y$05$ab:1::::::\n", "$2y$ $6$ "},
        {"auto", "", "root:$2a$05$ab:1::::::\n", "$2a$ $6$ "},
        {"auto", "", "root:!$y$j9T$a$b:1::::::\n", "$y$ $6$ "},
        {"auto", "", "root:!!$5$a$b:1::::::\n", "$5$ $6$ "},
        {"auto", "", "user:$y$j9T$a$b:1::::::\nroot:$5$a$b:1::::::\n", "$5$ $6$ "},
        {"auto", "", "user:$y$j9T$a$b:1::::::\nroot:*:1::::::\nnext:$5$a$b:1::::::\n", "$y$ $6$ "},
        {"auto", "", "root\n+::::::::\nuser:*:1::::::\nnext:$5$a$b:1::::::\n", "$5$ $6$ "},
        /* hashes that are not worth repeating */
        {"auto", "", "root:$1$salt$hash:1::::::\n", "$6$ "},
        {"auto", "", "root:ab0123456789.:1::::::\n", "$6$ "},
        {"auto", "", "root:$y$:1::::::\n", "$6$ "},
        {"auto", "", "root:$6:1::::::\n", "$6$ "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct login_defs defs = {0};
        struct hash_plan plan;

        (void)snprintf(defs.encrypt_method, sizeof defs.encrypt_method, "%s", rows[i].method);
        plan = choose(rows[i].configured, &defs, rows[i].shadow, false);
        if (strcmp(prefixes(&plan), rows[i].expected) != 0)
            fail_msg("row %zu (%s, %s, %s): %s, not %s", i, rows[i].configured, rows[i].method,
                     rows[i].shadow, prefixes(&plan), rows[i].expected);
    }
}

static const char *preferred = "$y$";

/* Takes the place of libcrypt's. */
const char *crypt_preferred_method(void)
{
    return preferred;
}

/* What libcrypt here prefers counts only for the system that it belongs to, and after all else. */
static void test_preferred_of_the_running_system(void **state)
{
    const struct login_defs none = {0};
    struct hash_plan image = choose("auto", &none, "root:$5$a$b:1::::::\n", false);
    struct hash_plan here = choose("auto", &none, "root:$5$a$b:1::::::\n", true);

    (void)state;
    assert_int_equal(image.count, 2);
    assert_int_equal(here.count, 3);
    assert_string_equal(here.choice[0].prefix, "$5$");
    assert_string_equal(here.choice[1].prefix, "$y$");
    assert_string_equal(here.choice[2].prefix, "$6$");
}

/* A libcrypt that prefers nothing, or something of tomorrow. */
static void test_preferred_and_not_known(void **state)
{
    static const char *const rows[] = {NULL, "", "$9$", "$6$x"};
    const struct login_defs none = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct hash_plan plan;

        preferred = rows[i];
        plan = choose("auto", &none, "", true);
        assert_string_equal(prefixes(&plan), "$6$ ");
    }
    preferred = "$y$";
}

static void test_all_five_choices(void **state)
{
    const struct login_defs defs = {.encrypt_method = "SHA256"};
    struct hash_plan plan = choose("bcrypt", &defs, "root:$gy$a$b$c:1::::::\n", true);

    (void)state;
    assert_int_equal(plan.count, HASH_CHOICES_MAX);
}

static void test_rounds(void **state)
{
    static const struct {
        const char *method;
        struct login_defs defs;
        unsigned long rounds;
    } rows[] = {
        {"sha512", {.sha_crypt_min_rounds = 0}, 0},
        {"sha512", {.sha_crypt_min_rounds = 6000}, 6000},
        {"sha512", {.sha_crypt_max_rounds = 7000}, 7000},
        {"sha256", {.sha_crypt_min_rounds = 6000, .sha_crypt_max_rounds = 6000}, 6000},
        {"sha256",
         {.sha_crypt_min_rounds = 6000, .sha_crypt_max_rounds = 5000},
         6000}, /* the wrong way round */
        {"sha256", {.sha_crypt_min_rounds = 5}, 1000},
        {"sha256", {.sha_crypt_min_rounds = 1999999999, .sha_crypt_max_rounds = 1999999999}, 1000000},
        {"sha512", {.yescrypt_cost_factor = 7, .bcrypt_min_rounds = 8}, 0},
        {"yescrypt", {.sha_crypt_min_rounds = 6000}, 0},
        {"yescrypt", {.yescrypt_cost_factor = 7}, 7},
        {"gost-yescrypt", {.yescrypt_cost_factor = 3}, 3},
        {"yescrypt", {.yescrypt_cost_factor = 1000}, 11},
        {"bcrypt", {.sha_crypt_min_rounds = 6000}, 13},
        {"bcrypt", {.bcrypt_min_rounds = 8}, 8},
        {"bcrypt", {.bcrypt_max_rounds = 9}, 9},
        {"bcrypt", {.bcrypt_min_rounds = 1}, 4},
        {"bcrypt", {.bcrypt_min_rounds = 100, .bcrypt_max_rounds = 100}, 14},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct hash_plan plan = choose(rows[i].method, &rows[i].defs, "", false);

        if (plan.choice[0].rounds != rows[i].rounds)
            fail_msg("row %zu (%s): %lu rounds, not %lu", i, rows[i].method, plan.choice[0].rounds,
                     rows[i].rounds);
    }
}

static void test_rounds_between_two(void **state)
{
    const struct login_defs defs = {.sha_crypt_min_rounds = 5000, .sha_crypt_max_rounds = 5003};

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct hash_plan plan = choose("sha512", &defs, "", false);

        assert_in_range(plan.choice[0].rounds, 5000, 5003);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_choice),
        cmocka_unit_test(test_preferred_of_the_running_system),
        cmocka_unit_test(test_preferred_and_not_known),
        cmocka_unit_test(test_all_five_choices),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_rounds_between_two),
    };

    return cmocka_run_group_tests_name("hash_choice", tests, NULL, NULL);
}
