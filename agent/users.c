// SPDX-License-Identifier: Apache-2.0
#include "agent/users.h"

#include <string.h>

#include "platform/account.h"

static const char BETWEEN[] = ", \t";

/* Puts the name of len bytes at text behind the others, which have *used bytes. */
static bool add(struct users *users, size_t *used, const char *text, size_t len)
{
    char name[ACCOUNT_NAME_MAX + 1] = "";

    if (len >= sizeof name || *used + len >= USERS_MAX)
        return false;
    memcpy(name, text, len);
    if (!account_is_name(name))
        return false;
    memcpy(users->names + *used, name, len);
    *used += len + 1;
    return true;
}

bool users_parse(struct users *users, const char *text)
{
    bool is_all_used = true;
    size_t used = 0;

    *users = (struct users){.is_limited = *text != '\0'};
    for (text += strspn(text, BETWEEN); *text != '\0'; text += strspn(text, BETWEEN)) {
        const char *end = text + strcspn(text, ",");
        size_t len = (size_t)(end - text);

        while (strchr(BETWEEN, text[len - 1]) != NULL)
            len--;
        is_all_used = add(users, &used, text, len) && is_all_used;
        text = end;
    }
    return is_all_used && users->is_limited == (used > 0);
}

bool users_allow(const struct users *users, const char *name)
{
    for (const char *at = users->names; *at != '\0'; at += strlen(at) + 1) {
        if (account_is_same_name(at, name))
            return true;
    }
    return !users->is_limited;
}
