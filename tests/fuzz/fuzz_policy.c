// SPDX-License-Identifier: Apache-2.0
/* What the policies say of any text, compared with the same rules in the words of the C library. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "agent/policy.h"
#include "agent/text.h"
#include "platform/account.h"

#define LOWER   "abcdefghijklmnopqrstuvwxyz"
#define UPPER   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"
#define HUAWEI  "!@$%^-_=+[{}]:,./?"
#define TENCENT "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"

enum { PASSWORD_MAX = 128 };

static size_t count_characters(const char *text)
{
    size_t count = 0;
    uint32_t point;

    for (size_t len = 1; *text != '\0' && len > 0; text += len, count++)
        len = text_read_character((const unsigned char *)text, strlen(text), &point);
    return count;
}

static bool has(const char *text, const char *some)
{
    return strpbrk(text, some) != NULL;
}

/* Is a piece of so many bytes of the name in it, or the name backwards? */
static bool has_name(const char *text, const char *user, size_t piece, bool backwards)
{
    char part[ACCOUNT_NAME_MAX + 1] = "";

    for (size_t i = 0; piece > 0 && i + piece <= strlen(user); i++) {
        for (size_t c = 0; c < piece; c++)
            part[c] = user[backwards ? i + piece - 1 - c : i + c];
        if (strcasestr(text, part) != NULL)
            return true;
    }
    return false;
}

static enum status judge(enum policy policy, bool is_windows, const char *user, const char *text)
{
    const bool is_huawei = policy == POLICY_HUAWEI;
    const bool is_todays = policy == POLICY_TENCENT;
    const bool asks_for_two = policy == POLICY_TENCENT_2018 && !is_windows;
    const size_t count = count_characters(text);
    const size_t kinds = has(text, DIGITS) + has(text, TENCENT);

    if (policy == POLICY_NONE)
        return STATUS_OK;
    if (count < (is_windows && !is_huawei ? 12 : 8) || count > (is_huawei ? 26 : is_todays ? 30 : 16))
        return STATUS_POLICY_LENGTH;
    if (is_todays && text[0] == '/')
        return STATUS_POLICY_FIRST_CHARACTER;
    if (strspn(text, is_huawei ? LOWER UPPER DIGITS HUAWEI : LOWER UPPER DIGITS TENCENT) < strlen(text))
        return STATUS_POLICY_CHARACTER;
    if (asks_for_two ? kinds + has(text, LOWER UPPER) < 2 : kinds + has(text, LOWER) + has(text, UPPER) < 3)
        return STATUS_POLICY_MIX;
    if ((is_huawei || (is_todays && is_windows)) && has_name(text, user, strlen(user), false))
        return STATUS_POLICY_USER_NAME;
    if (is_huawei && has_name(text, user, strlen(user), true))
        return STATUS_POLICY_USER_NAME;
    return is_huawei && is_windows && has_name(text, user, 3, false) ? STATUS_POLICY_USER_NAME_PART
                                                                     : STATUS_OK;
}

/* Policy and system, the account's name, and the password. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    const unsigned choice = take_byte(&input);
    const enum policy policy = choice % POLICY_COUNT;
    const bool is_windows = choice / POLICY_COUNT % 2 != 0;
    char user[ACCOUNT_NAME_MAX + 1] = "";
    char text[PASSWORD_MAX + 1] = "";
    struct input words = {(const uint8_t *)text, 0};
    struct secret password;
    enum status status;

    take_text(&input, user, ACCOUNT_NAME_MAX);
    take_bytes(&input, text, PASSWORD_MAX);
    words.len = strlen(text);
    password = take_rest(&words);
    status = policy_check(policy, is_windows, user, &password);
    /* What is not UTF-8 is no password: it is only not read beyond its end. */
    if (text_is_printable(text))
        check(status == judge(policy, is_windows, user, text));
    secret_free(&password);
    return 0;
}
