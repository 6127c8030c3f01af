// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdio.h>

#include "agent/policy.h"

enum system { LINUX, WINDOWS };

enum { PASSWORD_MAX = 64, TOO_LONG = 40 };

static const char *const SYSTEMS[] = {"linux", "windows"};

static const struct {
    enum policy policy;
    enum system system;
    size_t min;
    size_t max;
    const char *special;
} POLICIES[] = {
    {POLICY_HUAWEI, LINUX, 8, 26, "!@$%^-_=+[{}]:,./?"},
    {POLICY_HUAWEI, WINDOWS, 8, 26, "!@$%^-_=+[{}]:,./?"},
    {POLICY_TENCENT, LINUX, 8, 30, "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"},
    {POLICY_TENCENT, WINDOWS, 12, 30, "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"},
    {POLICY_TENCENT_2018, LINUX, 8, 16, "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"},
    {POLICY_TENCENT_2018, WINDOWS, 12, 16, "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"},
};

static enum status check(enum policy policy, enum system system, const char *user, const char *text)
{
    struct secret password = secret_of_text(text);
    enum status status = policy_check(policy, system == WINDOWS, user, &password);

    assert_holds_text(&password, text);
    secret_free(&password);
    return status;
}

/* Fails with the name of the policy and the system. */
static void assert_check(enum policy policy, enum system system, const char *user, const char *text,
                         enum status expected)
{
    enum status status = check(policy, system, user, text);

    if (status != expected)
        fail_msg("%s, %s, account \"%s\", password \"%s\": %s, not %s", policy_name(policy), SYSTEMS[system],
                 user, text, status_name(status), status_name(expected));
}

static void assert_each(const char *user, const char *text, enum status expected)
{
    for (size_t i = 0; i < COUNT_OF(POLICIES); i++)
        assert_check(POLICIES[i].policy, POLICIES[i].system, user, text, expected);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(policy_name(POLICY_NONE), "none");
    assert_string_equal(policy_name(POLICY_HUAWEI), "huawei");
    assert_string_equal(policy_name(POLICY_TENCENT), "tencent");
    assert_string_equal(policy_name(POLICY_TENCENT_2018), "tencent-2018");
}

static void test_no_policy(void **state)
{
    static const char *const rows[] = {"x", "/", "root", "toor", " ", "\"\\", "\xc3\xa9"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_check(POLICY_NONE, LINUX, "root", rows[i], STATUS_OK);
        assert_check(POLICY_NONE, WINDOWS, "root", rows[i], STATUS_OK);
    }
}

/* Of any length, one character after the other from three kinds. */
static void test_lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(POLICIES); i++) {
        char text[TOO_LONG + 1] = "";

        for (size_t len = 0; len < TOO_LONG; len++) {
            const bool fits = len >= POLICIES[i].min && len <= POLICIES[i].max;

            assert_check(POLICIES[i].policy, POLICIES[i].system, "user", text,
                         fits ? STATUS_OK : STATUS_POLICY_LENGTH);
            text[len] = "aB3"[len % 3];
        }
    }
}

/* Counted as people count: of 1 to 4 bytes each. That such characters are refused is another rule. */
static void test_lengths_of_characters(void **state)
{
    static const char *const characters[] = {"\"", "\xc3\xa9", "\xe5\xaf\x86", "\xf0\x9f\x94\x91"};

    (void)state;
    for (size_t c = 0; c < COUNT_OF(characters); c++) {
        for (size_t i = 0; i < COUNT_OF(POLICIES); i++) {
            char text[4 * TOO_LONG + 1] = "";

            for (size_t len = 0; len < TOO_LONG; len++) {
                const bool fits = len >= POLICIES[i].min && len <= POLICIES[i].max;

                assert_check(POLICIES[i].policy, POLICIES[i].system, "user", text,
                             fits ? STATUS_POLICY_CHARACTER : STATUS_POLICY_LENGTH);
                (void)strcat(text, characters[c]);
            }
        }
    }
}

/* Each character of one byte, and each of Latin-1, at both ends and within. */
static void test_characters(void **state)
{
    static const char *const forms[] = {"%saB3aB3aB3aB3", "aB3aB3%saB3aB3", "aB3aB3aB3aB3%s"};

    (void)state;
    for (int c = 1; c < 256; c++) {
        char character[3] = {(char)c};
        char text[PASSWORD_MAX];

        if (c >= 0x80)
            (void)snprintf(character, sizeof character, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
        for (size_t i = 0; i < COUNT_OF(POLICIES); i++) {
            const bool is_allowed = c < 0x80 && (isalnum(c) || strchr(POLICIES[i].special, c) != NULL);

            for (size_t form = c == '/'; form < COUNT_OF(forms); form++) {
                (void)snprintf(text, sizeof text, forms[form], character);
                assert_check(POLICIES[i].policy, POLICIES[i].system, "user", text,
                             is_allowed ? STATUS_OK : STATUS_POLICY_CHARACTER);
            }
        }
    }
}

/* In a secret of any bytes: the end is where its length says. */
static void test_a_nul_is_no_special_character(void **state)
{
    struct secret password = secret_of("aB3aB3\0aB3aB3", 13);

    (void)state;
    assert_status(policy_check(POLICY_TENCENT, false, "", &password), STATUS_POLICY_CHARACTER);
    secret_free(&password);
}

/* Twelve characters of each choice of kinds. */
static void test_mixtures(void **state)
{
    static const struct {
        const char *text;
        unsigned kinds;
        unsigned kinds_without_case;
    } rows[] = {
        {"abcabcabcabc", 1, 1}, {"ABCABCABCABC", 1, 1}, {"123123123123", 1, 1}, {"$$$$$$$$$$$$", 1, 1},
        {"abcabcabcabC", 2, 1}, {"abcabcabcab3", 2, 2}, {"abcabcabcab$", 2, 2}, {"3BCABCABCABC", 2, 2},
        {"$BCABCABCABC", 2, 2}, {"12312$123123", 2, 2}, {"abcABC123abc", 3, 2}, {"abcABC$$$abc", 3, 2},
        {"abc$$$123abc", 3, 3}, {"ABC$$$123ABC", 3, 3}, {"abcABC123$$$", 4, 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const enum status of_three = rows[i].kinds >= 3 ? STATUS_OK : STATUS_POLICY_MIX;
        const enum status of_two = rows[i].kinds_without_case >= 2 ? STATUS_OK : STATUS_POLICY_MIX;

        for (size_t p = 0; p < COUNT_OF(POLICIES); p++) {
            const bool is_old = POLICIES[p].policy == POLICY_TENCENT_2018 && POLICIES[p].system == LINUX;

            assert_check(POLICIES[p].policy, POLICIES[p].system, "user", rows[i].text,
                         is_old ? of_two : of_three);
        }
    }
}

static void test_a_slash_at_the_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(POLICIES); i++) {
        const bool is_todays = POLICIES[i].policy == POLICY_TENCENT;

        assert_check(POLICIES[i].policy, POLICIES[i].system, "user", "/aB3aB3aB3aB3",
                     is_todays ? STATUS_POLICY_FIRST_CHARACTER : STATUS_OK);
    }
    assert_each("user", "a/B3aB3aB3aB3", STATUS_OK);
    assert_each("user", "aB3aB3aB3aB3/", STATUS_OK);
}

/* What each of the rules for names says of a password, the others being content with it. */
static const struct {
    const char *user;
    const char *text;
    enum status huawei_linux;
    enum status huawei_windows;
    enum status tencent_windows;
} NAMES[] = {
#define NAME STATUS_POLICY_USER_NAME
#define PART STATUS_POLICY_USER_NAME_PART
#define FINE STATUS_OK
    {"root", "root-1234-ABCD", NAME, NAME, NAME},
    {"root", "1234-ABCD-root", NAME, NAME, NAME},
    {"root", "1234-RooT-ABCD", NAME, NAME, NAME},
    {"ROOT", "1234-root-ABCD", NAME, NAME, NAME},
    {"root", "1234-toor-ABCD", NAME, NAME, FINE},
    {"root", "1234-TOor-ABcd", NAME, NAME, FINE},
    {"root", "1234-roo-ABcd-", FINE, PART, FINE},
    {"root", "1234-oot-ABcd-", FINE, PART, FINE},
    {"root", "1234-OOT-ABcd-", FINE, PART, FINE},
    {"root", "1234-too-ABcd-", FINE, FINE, FINE}, /* parts are not looked for backwards */
    {"root", "1234-ro-ot-ABC", FINE, FINE, FINE},
    {"root", "1234-r-oot-ABC", FINE, PART, FINE},
    {"root", "1234-rot-ABcd-", FINE, FINE, FINE},
    {"Administrator", "1234-ABcd-trat", FINE, PART, FINE},
    {"Administrator", "1234-ABcd-adm-", FINE, PART, FINE},
    {"Administrator", "1234-ABcd-tor-", FINE, PART, FINE},
    {"Administrator", "1234-ABcd-ad-or", FINE, FINE, FINE},
    {"Administrator", "Administrator1", NAME, NAME, NAME},
    {"Administrator", "1rotartsinimdA", NAME, NAME, FINE},
    /* names that are no longer than a part; shorter ones have none */
    {"bob", "1234-ABcd-bob-", NAME, NAME, NAME},
    {"abc", "1234-XYzw-cba-", NAME, NAME, FINE},
    {"ab", "1234-CDef-ab--", NAME, NAME, NAME},
    {"ab", "1234-CDef-ba--", NAME, NAME, FINE},
    {"ab", "1234-CDef-aa--", FINE, FINE, FINE},
    {"ab", "1234-CDef-a-b-", FINE, FINE, FINE},
    {"x", "1234-CDef-x---", NAME, NAME, NAME},
    {"x", "1234-CDef-y---", FINE, FINE, FINE},
    {"", "1234-CDef-----", FINE, FINE, FINE},
    /* longer than the password, and beyond ASCII, where only parts can be in it */
    {"1234-ABcd-efgh-", "1234-ABcd-efgh", FINE, PART, FINE},
    {"J\xc3\xbcrgen", "1234-ABcd-rge-", FINE, PART, FINE},
    {"J\xc3\xbcrgen", "1234-ABcd-j-r-", FINE, FINE, FINE},
    {"\xe5\xaf\x86\xe7\xa0\x81", "1234-ABcd-efgh", FINE, FINE, FINE},
    {"\xe2\x84\xaa", "1234-ABcd-k---", FINE, FINE, FINE}, /* the Kelvin sign is a k to some */
#undef NAME
#undef PART
#undef FINE
};

static void test_user_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        const char *user = NAMES[i].user;
        const char *text = NAMES[i].text;

        assert_check(POLICY_HUAWEI, LINUX, user, text, NAMES[i].huawei_linux);
        assert_check(POLICY_HUAWEI, WINDOWS, user, text, NAMES[i].huawei_windows);
        assert_check(POLICY_TENCENT, LINUX, user, text, STATUS_OK);
        assert_check(POLICY_TENCENT, WINDOWS, user, text, NAMES[i].tencent_windows);
        assert_check(POLICY_TENCENT_2018, LINUX, user, text, STATUS_OK);
        assert_check(POLICY_TENCENT_2018, WINDOWS, user, text, STATUS_OK);
    }
}

/* A password that breaks several rules is always refused by the same one. */
static void test_the_first_rule_counts(void **state)
{
    (void)state;
    assert_each("root", "/ root", STATUS_POLICY_LENGTH);
    assert_check(POLICY_TENCENT, WINDOWS, "root", "/ rootrootroot", STATUS_POLICY_FIRST_CHARACTER);
    assert_check(POLICY_HUAWEI, WINDOWS, "root", "/ rootrootroot", STATUS_POLICY_CHARACTER);
    assert_check(POLICY_HUAWEI, WINDOWS, "root", "/rootrootroot", STATUS_POLICY_MIX);
    assert_check(POLICY_HUAWEI, WINDOWS, "root", "1-rootrootroot", STATUS_POLICY_USER_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),      cmocka_unit_test(test_no_policy),
        cmocka_unit_test(test_lengths),    cmocka_unit_test(test_lengths_of_characters),
        cmocka_unit_test(test_characters), cmocka_unit_test(test_a_nul_is_no_special_character),
        cmocka_unit_test(test_mixtures),   cmocka_unit_test(test_a_slash_at_the_beginning),
        cmocka_unit_test(test_user_names), cmocka_unit_test(test_the_first_rule_counts),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
