// SPDX-License-Identifier: Apache-2.0
#include "agent/check.h"

#include <string.h>

#include "agent/apply.h"
#include "agent/check_list.h"
#include "agent/check_service.h"
#include "agent/record.h"

static void check_configuration(struct check_context *context, struct finding *finding)
{
    const struct config *config = context->config;

    if (config->slips == 1)
        finding_warn(finding, "%s", config->slip);
    else if (config->slips > 1)
        finding_warn(finding, "%s; and %u more, see --verbose", config->slip, config->slips - 1);
    else if (config->has_file)
        finding_ok(finding, "%s", config->file);
    else
        finding_ok(finding, "no %s: the defaults", config->file);
}

/* Who has chosen the account; see apply_choose_account(). */
static const char *reason(const struct check_context *context)
{
    if (context->config->user_override[0] != '\0')
        return "named by --user";
    if (context->requested[0] != '\0')
        return "named by the pending reset";
    if (context->config->user[0] != '\0')
        return "named by the configuration";
    return "the administrator of this system";
}

static void check_account(struct check_context *context, struct finding *finding)
{
    const struct config *config = context->config;
    char user[ACCOUNT_NAME_MAX + 1] = "";
    enum status status = apply_choose_account(config, context->requested, user);

    if (status == STATUS_OK)
        status = account_check(config->root, user, &config->account);
    if (status == STATUS_DOMAIN_CONTROLLER)
        status = STATUS_OK; /* told by a check of its own */
    /* All that is asked for later can be told of any account that exists. */
    if (status != STATUS_ACCOUNT_UNKNOWN && status != STATUS_ACCOUNT_NAME) {
        memcpy(context->user, user, sizeof user);
        context->subject.user = context->user;
    }
    if (status == STATUS_OK)
        finding_ok(finding, "%s, %s", user, reason(context));
    else if (user[0] == '\0')
        finding_fail(finding, "%s", status_sentence(status));
    else
        finding_fail(finding, "%s: %s, %s", user, status_sentence(status), reason(context));
    if (status == STATUS_ACCOUNT_NOT_SHADOWED)
        finding_mend(finding, config->root, "pwconv");
}

static void check_last_run(struct check_context *context, struct finding *finding)
{
    struct record record;
    char time[RECORD_TIME_SIZE];
    enum status status = record_load(context->config->root, &record);

    if (status != STATUS_OK) {
        finding_warn(finding, "the record cannot be read: %s", status_sentence(status));
        return;
    }
    if (!record.has_outcome) {
        finding_ok(finding, "no run has ended here yet");
        return;
    }
    record_format_time(time, record.outcome_s);
    if (status_exit_code(record.outcome) == 0)
        finding_ok(finding, "%s: %s", time, status_name(record.outcome));
    else
        finding_warn(finding, "%s: %s: %s", time, status_name(record.outcome),
                     status_sentence(record.outcome));
}

static const char SERVICE[] = "service";   /* the way to it */
static const char PASSWORD[] = "password"; /* setting it */
static const char LOGIN[] = "login";       /* logging in with it */
static const char BOOT[] = "boot";         /* running at boot */

enum { ROOT_OF_ACCOUNT = CHECK_PRIVILEGE | CHECK_ACCOUNT };

/* README.md and resetpwd-agent(8) have a line for each; a test compares them. A check that others rely on
 * comes before them: connect before what asks the service, pending before account, account before what is
 * asked of it. */
static const struct check checks[] = {
    {"configuration", SERVICE, 0, NULL, check_configuration},
    {"route", SERVICE, CHECK_RUNNING, probe_route, NULL},
    {"connect", SERVICE, CHECK_RUNNING, NULL, check_connect},
    {"proxy", SERVICE, 0, probe_proxy, NULL},
    {"flag", SERVICE, CHECK_RUNNING | CHECK_SERVICE, NULL, check_flag},
    {"pending", SERVICE, CHECK_RUNNING | CHECK_SERVICE, NULL, check_pending},
    {"uuid", SERVICE, CHECK_RUNNING | CHECK_SERVICE, NULL, check_uuid},
    {"clock", SERVICE, 0, probe_clock, NULL},
    {"account", PASSWORD, CHECK_PRIVILEGE, NULL, check_account},
    {"locked", PASSWORD, ROOT_OF_ACCOUNT, probe_locked, NULL},
    {"expired", PASSWORD, ROOT_OF_ACCOUNT, probe_expired, NULL},
    {"must-change", PASSWORD, ROOT_OF_ACCOUNT, probe_must_change, NULL},
    {"shell", PASSWORD, CHECK_ON_LINUX | CHECK_ACCOUNT, probe_shell, NULL},
    {"nologin", PASSWORD, CHECK_ON_LINUX | CHECK_ACCOUNT, probe_nologin, NULL},
    {"faillock", PASSWORD, CHECK_ON_LINUX | ROOT_OF_ACCOUNT, probe_faillock, NULL},
    {"shadow-file", PASSWORD, CHECK_ON_LINUX | CHECK_PRIVILEGE, probe_shadow_file, NULL},
    {"immutable", PASSWORD, CHECK_ON_LINUX | CHECK_PRIVILEGE, probe_immutable, NULL},
    {"read-only", PASSWORD, CHECK_ON_LINUX, probe_read_only, NULL},
    {"disk-space", PASSWORD, 0, probe_disk_space, NULL},
    {"selinux", PASSWORD, CHECK_ON_LINUX | CHECK_PRIVILEGE, probe_selinux, NULL},
    {"lock", PASSWORD, CHECK_ON_LINUX | CHECK_PRIVILEGE, probe_lock, NULL},
    {"hash", PASSWORD, CHECK_ON_LINUX | ROOT_OF_ACCOUNT, probe_hash, NULL},
    {"password-policy", PASSWORD, CHECK_ON_WINDOWS, probe_password_policy, NULL},
    {"domain-controller", PASSWORD, CHECK_ON_WINDOWS, probe_domain_controller, NULL},
    {"sshd", LOGIN, CHECK_ON_LINUX, probe_sshd, NULL},
    {"ssh-password", LOGIN, CHECK_ON_LINUX | ROOT_OF_ACCOUNT, probe_ssh_password, NULL},
    {"ssh-root", LOGIN, CHECK_ON_LINUX | ROOT_OF_ACCOUNT, probe_ssh_root, NULL},
    {"ssh-users", LOGIN, CHECK_ON_LINUX | ROOT_OF_ACCOUNT, probe_ssh_users, NULL},
    {"console", LOGIN, CHECK_ON_LINUX, probe_console, NULL},
    {"service", BOOT, 0, probe_service, NULL},
    {"last-run", BOOT, CHECK_PRIVILEGE, NULL, check_last_run},
    {"cloud-init", BOOT, CHECK_ON_LINUX | CHECK_ACCOUNT, probe_cloud_init, NULL},
    {"old-plugin", BOOT, 0, probe_old_plugin, NULL},
    {"other-agent", BOOT, 0, probe_other_agent, NULL},
    {"setup", BOOT, CHECK_ON_WINDOWS, probe_setup, NULL},
};

enum status check_run(const struct config *config, FILE *out)
{
    static const struct check_list list = {.checks = checks,
                                           .count = sizeof checks / sizeof checks[0],
                                           .good = "nothing here keeps a reset from working",
                                           .bad = "a reset would not work here"};

    return check_list_run(&list, config, out);
}
