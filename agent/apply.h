// SPDX-License-Identifier: Apache-2.0
/* From an encrypted reset to a password that is set. */
#ifndef AGENT_APPLY_H
#define AGENT_APPLY_H

#include "agent/config.h"
#include "agent/metadata.h"
#include "agent/status.h"
#include "platform/account.h"

/*
 * Which account is reset, when the request names this one ("" for none). OK; ACCOUNT_NOT_ALLOWED, and then
 * user holds its name, too; ACCOUNT_NAME; what account_administrator() says.
 */
enum status apply_choose_account(const struct config *config, const char *requested,
                                 char user[ACCOUNT_NAME_MAX + 1]);

/*
 * Opens a reset, chooses the account, and sets its password, unless the configuration forbids that account or
 * that password. user gets the account's name as soon as it is chosen, whatever comes of it. OK; WOULD_APPLY
 * in a dry run; else nothing was set, but for what account_set_password() says.
 */
enum status apply(const struct config *config, struct metadata *metadata,
                  const struct metadata_reset *pending, int64_t deadline_ms, char user[ACCOUNT_NAME_MAX + 1]);

#endif
