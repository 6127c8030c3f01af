// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "platform/linux/probe/faillock_settings.h"

enum { NOW_S = 100000 };

static struct faillock_settings with_arguments(const char *arguments)
{
    struct faillock_settings settings = faillock_defaults();

    faillock_take_arguments(&settings, arguments);
    return settings;
}

static struct faillock_settings with_config(const char *text)
{
    struct faillock_settings settings = faillock_defaults();
    struct secret config = secret_of_text(text);

    faillock_take_config(&settings, &config);
    secret_free(&config);
    return settings;
}

static void assert_settings(const char *row, const struct faillock_settings *is,
                            const struct faillock_settings *expected)
{
    assert_row(row, strcmp(is->path, expected->path) == 0);
    assert_row(row, strcmp(is->config, expected->config) == 0);
    assert_row(row, is->deny == expected->deny);
    assert_row(row, is->fail_interval == expected->fail_interval);
    assert_row(row, is->unlock_time == expected->unlock_time);
    assert_row(row, is->root_unlock_time == expected->root_unlock_time);
    assert_row(row, is->has_root_unlock_time == expected->has_root_unlock_time);
    assert_row(row, is->even_deny_root == expected->even_deny_root);
}

static void test_arguments_and_file(void **state)
{
    static const struct faillock_settings all = {.path = "/d/e",
                                                 .config = "/c",
                                                 .deny = 5,
                                                 .fail_interval = 60,
                                                 .unlock_time = 0,
                                                 .root_unlock_time = 30,
                                                 .has_root_unlock_time = true,
                                                 .even_deny_root = true};
    const struct faillock_settings by_arguments =
        with_arguments(" preauth\tsilent conf=/c dir=/d/e deny=5 fail_interval=60 unlock_time=never"
                       " root_unlock_time=30 even_deny_root");
    const struct faillock_settings by_file = with_config(
        "# deny = 9\nconf=/c\n\n dir = /d/e # there\ndeny=5\nfail_interval 60\nunlock_time = never\n"
        "\troot_unlock_time\t=\t30\neven_deny_root\nodd = 3\n=\ndeny");

    (void)state;
    assert_settings("arguments", &by_arguments, &all);
    assert_settings("file", &by_file, &all);
}

static void test_what_makes_no_sense(void **state)
{
    static const char *const rows[] = {"",
                                       "deny=",
                                       "deny=x",
                                       "deny=-1",
                                       "deny=65536",
                                       "unlock_time=604801",
                                       "unlock_time=99999999999999999999999",
                                       "fail_interval=never",
                                       "dir=run",
                                       "dir=",
                                       "deny",
                                       "denyx=5",
                                       "root_unlock_time=soon"};
    const struct faillock_settings defaults = faillock_defaults();
    char long_path[400] = "dir=/";

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct faillock_settings settings = with_arguments(rows[i]);

        assert_settings(rows[i], &settings, &defaults);
    }
    for (size_t len = 140; len <= sizeof long_path; len += 200) {
        struct faillock_settings settings;

        memset(long_path + 5, 'a', len - 6);
        settings = with_arguments(long_path);
        assert_settings("a long path", &settings, &defaults);
    }
}

/* A record of a failure so many seconds ago. */
static void write_record(unsigned char *bytes, unsigned status, uint64_t ago_s)
{
    const uint16_t is = (uint16_t)status;
    const uint64_t time_s = NOW_S - ago_s;

    memset(bytes, 'x', TALLY_RECORD_SIZE);
    memcpy(bytes + 54, &is, sizeof is);
    memcpy(bytes + 56, &time_s, sizeof time_s);
}

static void test_judging(void **state)
{
    static const struct {
        const char *arguments;
        uint64_t ago_s[4]; /* of valid records; 0 for an invalid one */
        uint64_t left_s;
        unsigned failures;
        bool is_root;
        bool is_refused;
    } rows[] = {
        {"", {0, 0, 0, 0}, 0, 0, false, false},
        {"", {30, 20, 0, 0}, 0, 2, false, false},
        {"", {30, 20, 0, 10}, 591, 3, false, true},
        {"", {620, 610, 0, 600}, 1, 3, false, true},
        {"", {620, 610, 0, 601}, 0, 3, false, false},
        {"", {909, 20, 10, 0}, 591, 3, false, true},
        {"", {910, 20, 10, 0}, 0, 2, false, false},
        {"deny=0", {4, 3, 2, 1}, 0, 4, false, false},
        {"deny=5", {4, 3, 2, 1}, 0, 4, false, false},
        {"unlock_time=never", {9000, 9000, 9000, 0}, 0, 3, false, true},
        {"", {30, 20, 10, 0}, 0, 3, true, false},
        {"even_deny_root", {30, 20, 10, 0}, 591, 3, true, true},
        {"even_deny_root root_unlock_time=5", {30, 20, 10, 0}, 0, 3, true, false},
        {"even_deny_root root_unlock_time=5", {30, 20, 10, 0}, 591, 3, false, true},
        /* of tomorrow */
        {"", {(uint64_t)-90000, (uint64_t)-90000, (uint64_t)-90000, 0}, 601, 3, false, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct faillock_settings settings = with_arguments(rows[i].arguments);
        unsigned char records[4 * TALLY_RECORD_SIZE];
        struct faillock_verdict verdict;

        for (size_t j = 0; j < 4; j++)
            write_record(records + j * TALLY_RECORD_SIZE, rows[i].ago_s[j] != 0 ? 0x3 : 0x2,
                         rows[i].ago_s[j]);
        verdict = faillock_judge(&settings, records, sizeof records, rows[i].is_root, NOW_S);
        if (verdict.failures != rows[i].failures || verdict.is_refused != rows[i].is_refused ||
            verdict.left_s != rows[i].left_s)
            fail_msg("row %zu: %u, %d, %llu", i, verdict.failures, verdict.is_refused,
                     (unsigned long long)verdict.left_s);
    }
}

static void test_pieces_of_records(void **state)
{
    static unsigned char many[1100 * TALLY_RECORD_SIZE];
    const struct faillock_settings settings = faillock_defaults();

    (void)state;
    for (size_t i = 0; i < sizeof many / TALLY_RECORD_SIZE; i++)
        write_record(many + i * TALLY_RECORD_SIZE, 1, 1);
    assert_int_equal(faillock_judge(&settings, many, 3 * TALLY_RECORD_SIZE - 1, false, NOW_S).failures, 2);
    assert_int_equal(faillock_judge(&settings, NULL, 0, false, NOW_S).failures, 0);
    /* the module reads no more */
    assert_int_equal(faillock_judge(&settings, many, sizeof many, false, NOW_S).failures, 1024);
    assert_true(faillock_judge(&settings, many, sizeof many, false, -1).is_refused);
}

static void test_tally2(void **state)
{
    struct faillock_settings settings = tally2_defaults();
    unsigned char record[TALLY_RECORD_SIZE];

    (void)state;
    write_record(record, 3, 10);
    assert_false(tally2_judge(&settings, record, false, NOW_S).is_refused);
    faillock_take_arguments(&settings, "deny=3 unlock_time=60 file=/var/t");
    assert_string_equal(settings.path, "/var/t");
    assert_int_equal(tally2_judge(&settings, record, false, NOW_S).left_s, 51);
    assert_false(tally2_judge(&settings, record, true, NOW_S).is_refused);
    write_record(record, 2, 10);
    assert_false(tally2_judge(&settings, record, false, NOW_S).is_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_and_file),
        cmocka_unit_test(test_what_makes_no_sense),
        cmocka_unit_test(test_judging),
        cmocka_unit_test(test_pieces_of_records),
        cmocka_unit_test(test_tally2),
    };

    return cmocka_run_group_tests_name("faillock_settings", tests, NULL, NULL);
}
