// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <crypt.h>
#include <stdlib.h>

#include "platform/linux/hash.h"
#include "tests/unit/host_double.h"

/* As few rounds as each method allows: what is tested here is not how slow they are. */
static const struct method_row {
    const char *name;
    struct hash_plan plan;
    const char *setting; /* how its hashes begin */
} methods[] = {
    {"yescrypt", {{{"$y$", 1, HASH_BY_DEFAULT}}, 1}, "$y$j75$"},
    {"gost-yescrypt", {{{"$gy$", 1, HASH_BY_DEFAULT}}, 1}, "$gy$j75$"},
    {"sha512", {{{"$6$", 1000, HASH_BY_DEFAULT}}, 1}, "$6$rounds=1000$"},
    {"sha256", {{{"$5$", 1234, HASH_BY_DEFAULT}}, 1}, "$5$rounds=1234$"},
    {"bcrypt", {{{"$2b$", 4, HASH_BY_DEFAULT}}, 1}, "$2b$04$"},
    {"bcrypt of others", {{{"$2y$", 5, HASH_BY_DEFAULT}}, 1}, "$2y$05$"},
    {"bcrypt of old", {{{"$2a$", 4, HASH_BY_DEFAULT}}, 1}, "$2a$04$"},
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
        bool is_bcrypt = strncmp(methods[i].name, "bcrypt", 6) == 0;

        check_round_trip(&methods[i], text, 1);
        check_round_trip(&methods[i], text, is_bcrypt ? 71 : 254);
        check_round_trip(&methods[i], text, is_bcrypt ? 72 : 511);
        check_round_trip(&methods[i], UTF8, sizeof UTF8 - 1);
    }
}

/* It would take the first 72 for the whole: the next method of the plan is used. */
static void test_bcrypt_cuts_no_password(void **state)
{
    const struct hash_plan plan = {{{"$2b$", 4, HASH_BY_DEFAULT}, {"$6$", 1000, HASH_BY_DEFAULT}}, 2};
    struct secret password =
        secret_of_text("0123456789012345678901234567890123456789012345678901234567890123456789012");
    char hash[HASH_SIZE];

    (void)state;
    assert_int_equal(password.len, 73);
    assert_status(hash_make(&plan, &password, hash), STATUS_OK);
    assert_memory_equal(hash, "$6$", 3);
    assert_true(host_double_log_count(LOG_LEVEL_WARNING) == 1);
    password.bytes[72] = 'x';
    assert_false(verifies(hash, &password));
    secret_free(&password);
}

static void test_the_last_of_511_bytes_counts(void **state)
{
    const struct hash_plan plan = {{{"$6$", 1000, HASH_BY_DEFAULT}}, 1};
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
    const struct hash_plan plan = {{{"$6$", 1000, HASH_BY_DEFAULT}}, 1};
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
    const struct hash_plan plan = {
        {{"$unknown$", 0, HASH_BY_DEFAULT}, {"$5$", 1000, HASH_BY_DEFAULT}, {"$6$", 1000, HASH_BY_DEFAULT}},
        3};
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
    const struct hash_plan plan = {{{"$unknown$", 0, HASH_BY_DEFAULT}, {"$none$", 0, HASH_BY_DEFAULT}}, 2};
    struct secret password = secret_of_text("secret");
    char hash[HASH_SIZE] = "untouched";

    (void)state;
    assert_status(hash_make(&plan, &password, hash), STATUS_HASH_FAILED);
    assert_string_equal(hash, "untouched");
    secret_free(&password);
}

static void test_a_password_that_libcrypt_refuses(void **state)
{
    const struct hash_plan plan = {{{"$6$", 1000, HASH_BY_DEFAULT}}, 1};
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
    const struct hash_plan plan = {{{"$unknown$", 0, HASH_BY_DEFAULT}, {"$6$", 1000, HASH_BY_DEFAULT}}, 2};
    struct secret password = secret_of_text("unspeakable");
    char hash[HASH_SIZE];

    (void)state;
    log_set_verbosity(LOG_VERBOSE);
    assert_status(hash_make(&plan, &password, hash), STATUS_OK);
    assert_null(strstr(host_double.log, "unspeakable"));
    assert_null(strstr(host_double.log, hash));
    assert_null(strstr(host_double.log, strrchr(hash, '$')));
    secret_free(&password);
}

static void test_names_of_methods(void **state)
{
    (void)state;
    assert_string_equal(hash_method_name("$6$salt$hash"), "sha512");
    assert_string_equal(hash_method_name("$y$"), "yescrypt");
    assert_string_equal(hash_method_name("$md5,rounds=1$"), "an unknown method");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_host(test_round_trip_of_each_method),
        with_host(test_bcrypt_cuts_no_password),
        with_host(test_the_last_of_511_bytes_counts),
        with_host(test_each_hash_has_its_own_salt),
        with_host(test_a_method_that_fails_makes_way_for_the_next),
        with_host(test_no_method_works),
        with_host(test_a_password_that_libcrypt_refuses),
        with_host(test_hashes_that_nothing_verifies),
        with_host(test_nothing_secret_is_logged),
        with_host(test_names_of_methods),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
