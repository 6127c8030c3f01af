// SPDX-License-Identifier: Apache-2.0
/* The rules that clouds have for passwords, for those who want them checked in the machine, too. Pure. */
#ifndef AGENT_POLICY_H
#define AGENT_POLICY_H

#include <stdbool.h>

#include "agent/secret.h"
#include "agent/status.h"

enum policy { POLICY_NONE, POLICY_HUAWEI, POLICY_TENCENT, POLICY_TENCENT_2018, POLICY_COUNT };

/* How the configuration calls it. */
const char *policy_name(enum policy policy);

/*
 * Is this a password for the account called user, by the rules for Windows or for Linux? password is UTF-8
 * text. OK, or the first rule that it breaks: POLICY_LENGTH (in characters), POLICY_FIRST_CHARACTER,
 * POLICY_CHARACTER, POLICY_MIX, POLICY_USER_NAME, POLICY_USER_NAME_PART. Names are looked for without regard
 * to case.
 */
enum status policy_check(enum policy policy, bool is_windows, const char *user,
                         const struct secret *password);

#endif
