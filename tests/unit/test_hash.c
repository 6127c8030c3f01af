// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/linux/hash.h"
#include "tests/unit/host_double.h"

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
    assert_string_equal(here.choice[1].prefix, crypt_preferred_method());
    assert_string_equal(here.choice[2].prefix, "$6$");
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
        {"sha256", {.sha_crypt_min_rounds = 1999999999, .sha_crypt_max_rounds = 1999999999}, 999999999},
        {"sha512", {.yescrypt_cost_factor = 7, .bcrypt_min_rounds = 8}, 0},
        {"yescrypt", {.sha_crypt_min_rounds = 6000}, 0},
        {"yescrypt", {.yescrypt_cost_factor = 7}, 7},
        {"gost-yescrypt", {.yescrypt_cost_factor = 3}, 3},
        {"yescrypt", {.yescrypt_cost_factor = 1000}, 11},
        {"bcrypt", {.sha_crypt_min_rounds = 6000}, 13},
        {"bcrypt", {.bcrypt_min_rounds = 8}, 8},
        {"bcrypt", {.bcrypt_max_rounds = 9}, 9},
        {"bcrypt", {.bcrypt_min_rounds = 1}, 4},
        {"bcrypt", {.bcrypt_min_rounds = 100, .bcrypt_max_rounds = 100}, 31},
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

/* As few rounds as each method allows: what is tested here is not how slow they are. */
static const struct method_row {
    const char *name;
    struct hash_plan plan;
    const char *setting; /* how its hashes begin */
} methods[] = {
    {"yescrypt", {{{"$y$", 1}}, 1}, "$y$j75$"},          {"gost-yescrypt", {{{"$gy$", 1}}, 1}, "$gy$j75$"},
    {"sha512", {{{"$6$", 1000}}, 1}, "$6$rounds=1000$"}, {"sha256", {{{"$5$", 1234}}, 1}, "$5$rounds=1234$"},
    {"bcrypt", {{{"$2b$", 4}}, 1}, "$2b$04$"},           {"bcrypt of others", {{{"$2y$", 5}}, 1}, "$2y$05$"},
    {"bcrypt of old", {{{"$2a$", 4}}, 1}, "$2a$04$"},
};

static bool verifies(const char *hash, const struct secret *password)
{
    bool matches = false;

    assert_status(hash_verify(hash, password, &matches), STATUS_OK);
    return matches;
}

/* libcrypt itself, and not only hash_verify(), takes the password; another first letter it does not take. */
static void check_round_trip(const struct method_row *method, const char *bytes, size_t len)
{
    struct secret password = secret_of(bytes, len);
    struct crypt_data *data = calloc(1, sizeof *data);
    char hash[HASH_SIZE];
    const char *again;

    assert_non_null(data);
    assert_row_status(method->name, hash_make(&method->plan, &password, hash), STATUS_OK);
    if (strncmp(hash, method->setting, strlen(method->setting)) != 0)
        fail_msg("%s: %s does not begin with %s", method->name, hash, method->setting);
    assert_row(method->name, strpbrk(hash, ":\n") == NULL);
    again = crypt_r(secret_text(&password), hash, data);
    assert_row(method->name, again != NULL && strcmp(again, hash) == 0);
    assert_row(method->name, verifies(hash, &password));
    password.bytes[0] ^= 1;
    assert_row(method->name, !verifies(hash, &password));
    free(data);
    secret_free(&password);
}

static void test_round_trip_of_each_method(void **state)
{
    static const char UTF8[] = "  \xe5\xaf\x86\xe7\xa0\x81:\xf0\x9f\x94\x91 $HOME \"' ";
    char text[511];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('0' + i % 70);
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        check_round_trip(&methods[i], text, 1);
        check_round_trip(&methods[i], text, 254);
        check_round_trip(&methods[i], text, 511);
        check_round_trip(&methods[i], UTF8, sizeof UTF8 - 1);
    }
}

static void test_the_last_of_511_bytes_counts(void **state)
{
    const struct hash_plan plan = {{{"$6$", 1000}}, 1};
    char text[511];
    char hash[HASH_SIZE];
    struct secret password;

    (void)state;
    memset(text, 'x', sizeof text);
    password = secret_of(text, sizeof text);
    assert_status(hash_make(&plan, &password, hash), STATUS_OK);
    password.bytes[510] = 'y';
    assert_false(verifies(hash, &password));
    secret_free(&password);
}

static void test_each_hash_has_its_own_salt(void **state)
{
    const struct hash_plan plan = {{{"$6$", 1000}}, 1};
    struct secret password = secret_of_text("same");
    char one[HASH_SIZE];
    char two[HASH_SIZE];

    (void)state;
    assert_status(hash_make(&plan, &password, one), STATUS_OK);
    assert_status(hash_make(&plan, &password, two), STATUS_OK);
    assert_string_not_equal(one, two);
    secret_free(&password);
}

static void test_a_method_that_fails_makes_way_for_the_next(void **state)
{
    const struct hash_plan plan = {{{"$unknown$", 0}, {"$5$", 1000}, {"$6$", 1000}}, 3};
    struct secret password = secret_of_text("secret");
    char hash[HASH_SIZE];

    (void)state;
    assert_status(hash_make(&plan, &password, hash), STATUS_OK);
    assert_int_equal(strncmp(hash, "$5$", 3), 0);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "$unknown$"));
    secret_free(&password);
}

static void test_no_method_works(void **state)
{
    const struct hash_plan plan = {{{"$unknown$", 0}, {"$none$", 0}}, 2};
    struct secret password = secret_of_text("secret");
    char hash[HASH_SIZE] = "untouched";

    (void)state;
    assert_status(hash_make(&plan, &password, hash), STATUS_HASH_FAILED);
    assert_string_equal(hash, "untouched");
    secret_free(&password);
}

static void test_a_password_that_libcrypt_refuses(void **state)
{
    const struct hash_plan plan = {{{"$6$", 1000}}, 1};
    char text[512];
    char hash[HASH_SIZE];
    struct secret password;

    (void)state;
    memset(text, 'x', sizeof text);
    password = secret_of(text, sizeof text);
    assert_status(hash_make(&plan, &password, hash), STATUS_HASH_FAILED);
    secret_free(&password);
}

/* A locked account, or garbage: no password verifies, the empty one neither. */
static void test_hashes_that_nothing_verifies(void **state)
{
    static const char *const rows[] = {"*", "!", "!!", "x", "!$6$a$b", "*0", "*1", "$6$", "$unknown$a"};
    struct secret password = secret_of_text("secret");
    struct secret empty = secret_of_text("");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row(rows[i], !verifies(rows[i], &password));
        assert_row(rows[i], !verifies(rows[i], &empty));
    }
    assert_false(verifies("", &password));
    secret_free(&password);
    secret_free(&empty);
}

/* The log gets neither password nor hash. */
static void test_nothing_secret_is_logged(void **state)
{
    const struct hash_plan plan = {{{"$unknown$", 0}, {"$6$", 1000}}, 2};
    struct secret password = secret_of_text("unspeakable");
    char hash[HASH_SIZE];

    (void)state;
    log_set_verbose();
    assert_status(hash_make(&plan, &password, hash), STATUS_OK);
    assert_null(strstr(host_double.log, "unspeakable"));
    assert_null(strstr(host_double.log, hash));
    assert_null(strstr(host_double.log, strrchr(hash, '$')));
    secret_free(&password);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_choice),
        cmocka_unit_test(test_preferred_of_the_running_system),
        cmocka_unit_test(test_all_five_choices),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_rounds_between_two),
        cmocka_unit_test_setup(test_round_trip_of_each_method, host_double_reset),
        cmocka_unit_test_setup(test_the_last_of_511_bytes_counts, host_double_reset),
        cmocka_unit_test_setup(test_each_hash_has_its_own_salt, host_double_reset),
        cmocka_unit_test_setup(test_a_method_that_fails_makes_way_for_the_next, host_double_reset),
        cmocka_unit_test_setup(test_no_method_works, host_double_reset),
        cmocka_unit_test_setup(test_a_password_that_libcrypt_refuses, host_double_reset),
        cmocka_unit_test_setup(test_hashes_that_nothing_verifies, host_double_reset),
        cmocka_unit_test_setup(test_nothing_secret_is_logged, host_double_reset),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
