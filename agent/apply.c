// SPDX-License-Identifier: Apache-2.0
#include "agent/apply.h"

#include <inttypes.h>
#include <string.h>

#include "agent/envelope.h"
#include "agent/log.h"
#include "agent/policy.h"
#include "agent/users.h"
#include "platform/host.h"

/* --user is the word of whoever administers this machine; the list says what others may have reset. */
enum status apply_choose_account(const struct config *config, const char *requested,
                                 char user[ACCOUNT_NAME_MAX + 1])
{
    const bool is_overridden = config->user_override[0] != '\0';
    const char *named = is_overridden          ? config->user_override
                        : requested[0] != '\0' ? requested
                                               : config->user;
    enum status status = STATUS_OK;

    if (named[0] == '\0')
        status = account_administrator(config->root, user);
    else if (account_is_name(named))
        memcpy(user, named, strlen(named) + 1);
    else
        status = STATUS_ACCOUNT_NAME; /* what is no name at all is not repeated in logs and records */
    if (status == STATUS_OK && !is_overridden && !users_allow(&config->users, user))
        status = STATUS_ACCOUNT_NOT_ALLOWED;
    return status;
}

static enum status set_password(const struct config *config, const char *user, const struct secret *password,
                                int64_t deadline_ms)
{
    const int64_t start_ms = host_now_ms();
    enum status status;

    if (config->dry_run) {
        status = account_check(config->root, user, &config->account);
        return status == STATUS_OK ? STATUS_WOULD_APPLY : status;
    }
    status = account_set_password(config->root, user, &config->account, password, deadline_ms);
    if (status == STATUS_OK)
        log_info("the password of %s is set, in %" PRId64 " ms", user, host_now_ms() - start_ms);
    return status;
}

enum status apply(const struct config *config, struct metadata *metadata,
                  const struct metadata_reset *pending, int64_t deadline_ms, char user[ACCOUNT_NAME_MAX + 1])
{
    struct secret uuid = {0};
    struct secret password = {0};
    enum status status = metadata_get_uuid(metadata, deadline_ms, &uuid);

    if (status == STATUS_OK)
        status = envelope_open(&pending->blob, &uuid, &password);
    if (status == STATUS_OK)
        status = apply_choose_account(config, pending->user_name, user);
    if (status == STATUS_OK)
        status = policy_check(config->policy, host_is_windows(), user, &password);
    if (status == STATUS_OK)
        status = set_password(config, user, &password, deadline_ms);
    secret_free(&password);
    secret_free(&uuid);
    return status;
}
