// SPDX-License-Identifier: Apache-2.0
/* The line of the account that is asked about, in passwd(5) or shadow(5) of its system. */
#ifndef PLATFORM_LINUX_PROBE_ACCOUNT_LINE_H
#define PLATFORM_LINUX_PROBE_ACCOUNT_LINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/secret.h"
#include "platform/linux/colon_line.h"
#include "platform/probe.h"

enum passwd_field { PASSWD_UID = 2, PASSWD_SHELL = 6 };

struct account_line {
    struct secret text; /* the whole file */
    struct colon_line at;
};

/*
 * Finds the line, which the caller frees. False, and there is nothing to free, when it cannot be found: the
 * finding is then SKIP, and says why.
 */
bool account_line_in_passwd(const struct probe_subject *subject, struct finding *finding,
                            struct account_line *line);
bool account_line_in_shadow(const struct probe_subject *subject, struct finding *finding,
                            struct account_line *line);

/* Which line of its file is it? The first one is 1. */
unsigned account_line_number(const struct account_line *line);

/* The id of the account. False, and the finding is SKIP, when it has none. */
bool account_line_uid(const struct probe_subject *subject, struct finding *finding, uid_t *uid);

void account_line_free(struct account_line *line);

#endif
