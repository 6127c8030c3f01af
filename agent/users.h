// SPDX-License-Identifier: Apache-2.0
/* The accounts that may be reset, where the configuration names them. */
#ifndef AGENT_USERS_H
#define AGENT_USERS_H

#include <stdbool.h>

enum { USERS_MAX = 1023 }; /* bytes of all names, with the NUL behind each */

/* A zeroed struct is no limit. */
struct users {
    bool is_limited;
    char names[USERS_MAX + 1]; /* one behind the other; "" behind the last */
};

/*
 * Reads names between commas; an empty text is no limit. False when something in it is of no use, as it is no
 * name of an account or there is no more room: what can be used is then the limit, and if that is nothing,
 * nobody is allowed.
 */
bool users_parse(struct users *users, const char *text);

/* May this account be reset? */
bool users_allow(const struct users *users, const char *name);

#endif
