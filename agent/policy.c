// SPDX-License-Identifier: Apache-2.0
#include "agent/policy.h"

#include <ctype.h>
#include <string.h>

enum { RUN_LEN = 3 }; /* "more than two consecutive characters" */

/* Kinds of characters. */
enum { UPPER = 1, LOWER = 2, DIGIT = 4, SPECIAL = 8 };

enum demands {
    CASE_IS_NO_KIND = 1, /* upper and lower case letters are one kind */
    NO_SLASH_FIRST = 2,
    NO_USER_NAME = 4,
    NO_REVERSED_NAME = 8,
    NO_PART_OF_NAME = 16
};

struct rules {
    size_t min; /* characters, as max */
    size_t max;
    const char *special;
    unsigned kinds; /* so many are asked for */
    unsigned demands;
};

static const char HUAWEI[] = "!@$%^-_=+[{}]:,./?";
static const char TENCENT[] = "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/";

static const struct {
    const char *name;
    struct rules linux_rules;
    struct rules windows_rules;
} policies[POLICY_COUNT] = {
    [POLICY_NONE] = {.name = "none"},
    [POLICY_HUAWEI] = {"huawei",
                       {8, 26, HUAWEI, 3, NO_USER_NAME | NO_REVERSED_NAME},
                       {8, 26, HUAWEI, 3, NO_USER_NAME | NO_REVERSED_NAME | NO_PART_OF_NAME}},
    [POLICY_TENCENT] = {"tencent",
                        {8, 30, TENCENT, 3, NO_SLASH_FIRST},
                        {12, 30, TENCENT, 3, NO_SLASH_FIRST | NO_USER_NAME}},
    [POLICY_TENCENT_2018] = {"tencent-2018", {8, 16, TENCENT, 2, CASE_IS_NO_KIND}, {12, 16, TENCENT, 3, 0}},
};

const char *policy_name(enum policy policy)
{
    return policies[policy].name;
}

/* In UTF-8 each character has one byte that continues none. */
static size_t count_characters(const struct secret *password)
{
    size_t count = 0;

    for (size_t i = 0; i < password->len; i++)
        count += (password->bytes[i] & 0xc0) != 0x80;
    return count;
}

/* 0 for what is not allowed. */
static unsigned kind_of(unsigned char byte, const char *special)
{
    if (byte >= 'A' && byte <= 'Z')
        return UPPER;
    if (byte >= 'a' && byte <= 'z')
        return LOWER;
    if (byte >= '0' && byte <= '9')
        return DIGIT;
    return byte != '\0' && strchr(special, byte) != NULL ? SPECIAL : 0;
}

static enum status check_characters(const struct rules *rules, const struct secret *password)
{
    unsigned seen = 0;
    unsigned count = 0;

    for (size_t i = 0; i < password->len; i++) {
        unsigned kind = kind_of(password->bytes[i], rules->special);

        if (kind == 0)
            return STATUS_POLICY_CHARACTER;
        if (kind == UPPER && (rules->demands & CASE_IS_NO_KIND) != 0)
            kind = LOWER;
        count += (seen & kind) == 0;
        seen |= kind;
    }
    return count < rules->kinds ? STATUS_POLICY_MIX : STATUS_OK;
}

/* Do these len bytes say the name, forwards or backwards? Only ASCII is known to have two cases. */
static bool says(const unsigned char *bytes, const char *name, size_t len, bool backwards)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)name[backwards ? len - 1 - i : i];

        if (tolower(bytes[i]) != tolower(c))
            return false;
    }
    return true;
}

static bool contains(const struct secret *password, const char *name, size_t len, bool backwards)
{
    for (size_t i = 0; len > 0 && i + len <= password->len; i++) {
        if (says(password->bytes + i, name, len, backwards))
            return true;
    }
    return false;
}

/* What is looked for in it is ASCII by now, so that bytes of a name may be taken for its characters. */
static enum status check_name(unsigned demands, const char *user, const struct secret *password)
{
    const size_t len = strlen(user);

    if ((demands & NO_USER_NAME) != 0 && contains(password, user, len, false))
        return STATUS_POLICY_USER_NAME;
    if ((demands & NO_REVERSED_NAME) != 0 && contains(password, user, len, true))
        return STATUS_POLICY_USER_NAME;
    for (size_t i = 0; (demands & NO_PART_OF_NAME) != 0 && i + RUN_LEN <= len; i++) {
        if (contains(password, user + i, RUN_LEN, false))
            return STATUS_POLICY_USER_NAME_PART;
    }
    return STATUS_OK;
}

enum status policy_check(enum policy policy, bool is_windows, const char *user, const struct secret *password)
{
    const struct rules *rules = is_windows ? &policies[policy].windows_rules : &policies[policy].linux_rules;
    const size_t len = count_characters(password);
    enum status status;

    if (policy == POLICY_NONE)
        return STATUS_OK;
    if (len < rules->min || len > rules->max)
        return STATUS_POLICY_LENGTH;
    if ((rules->demands & NO_SLASH_FIRST) != 0 && password->bytes[0] == '/')
        return STATUS_POLICY_FIRST_CHARACTER;
    status = check_characters(rules, password);
    return status == STATUS_OK ? check_name(rules->demands, user, password) : status;
}
