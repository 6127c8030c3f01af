// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/crypto.h"
#include "platform/host.h"
#include "platform/linux/probe/hash_trial.h"
#include "platform/probe.h"

enum { SLOW_MS = 2000, REASON_SIZE = 64 };

/* One hash is made, and verified unless that would take as long again. */
static enum status try_plan(struct hash_trial *trial)
{
    const int64_t start_ms = host_now_ms();
    struct secret password = {0};
    bool matches = true;
    enum status status = hash_trial_password(&password);

    if (status == STATUS_OK)
        status = hash_make(&trial->plan, &password, trial->hash);
    trial->ms = host_now_ms() - start_ms;
    if (status == STATUS_OK && trial->ms < SLOW_MS)
        status = hash_verify(trial->hash, &password, &matches);
    secret_free(&password);
    if (status == STATUS_OK && !matches)
        status = STATUS_NOT_VERIFIED;
    return status;
}

/* The first choice whose method the hash is of. */
static const struct hash_choice *choice_made(const struct hash_trial *trial)
{
    const struct hash_choice *choice = trial->plan.choice;

    while (strncmp(trial->hash, choice->prefix, strlen(choice->prefix)) != 0)
        choice++;
    return choice;
}

static const char *reason(const struct hash_trial *trial, char out[REASON_SIZE])
{
    switch (choice_made(trial)->source) {
    case HASH_BY_CONFIGURATION:
        return "as the configuration says";
    case HASH_BY_LOGIN_DEFS:
        (void)snprintf(out, REASON_SIZE, "as %s:%u says", trial->defs.path, trial->defs.method_line);
        return out;
    case HASH_BY_OTHERS:
        return "as in /etc/shadow";
    case HASH_BY_LIBCRYPT:
        return "which this libcrypt prefers";
    case HASH_BY_DEFAULT:
        break;
    }
    return "which every libcrypt knows";
}

/* Says what login.defs names, if that is of no use, and true. */
static bool judge_login_defs(const struct hash_trial *trial, const char *name, struct finding *finding)
{
    const struct login_defs *defs = &trial->defs;

    /* The configuration has the first word. */
    if (defs->method_line == 0 || trial->plan.choice[0].source == HASH_BY_CONFIGURATION)
        return false;
    if (hash_replaces_method(defs->encrypt_method))
        finding_warn(finding, "%s:%u names %s, which is weak: %s stands for it", defs->path,
                     defs->method_line, defs->encrypt_method, name);
    else if (!hash_knows_method(defs->encrypt_method))
        finding_warn(finding, "%s:%u names %s, which is not known: %s is used", defs->path, defs->method_line,
                     defs->encrypt_method, name);
    else
        return false;
    return true;
}

static void mend_login_defs(const struct probe_subject *subject, const struct hash_trial *trial,
                            struct finding *finding)
{
    finding_mend(finding, subject->root, "sed -i '%us/.*/ENCRYPT_METHOD SHA512/' %s", trial->defs.method_line,
                 trial->defs.path);
}

/* A password can be set: is it by the method that was meant? */
static void judge(const struct probe_subject *subject, const struct hash_trial *trial,
                  struct finding *finding)
{
    const struct hash_choice *first = &trial->plan.choice[0];
    const char *wanted = hash_method_name(first->prefix);
    const char *name = hash_method_name(trial->hash);
    char text[REASON_SIZE];

    if (judge_login_defs(trial, name, finding)) {
        mend_login_defs(subject, trial, finding);
    } else if (strcmp(wanted, name) != 0) {
        finding_warn(finding, "libcrypt cannot make %s: %s is used, %s", wanted, name, reason(trial, text));
        if (first->source == HASH_BY_LOGIN_DEFS)
            mend_login_defs(subject, trial, finding);
    } else if (trial->ms >= SLOW_MS) {
        finding_warn(finding, "%s, %s; slow: a trial took %" PRId64 " ms", name, reason(trial, text),
                     trial->ms);
    } else {
        finding_ok(finding, "%s, %s; a trial%s took %" PRId64 " ms", name, reason(trial, text),
                   hash_trial_is_own(subject->root) ? "" : " with this system's own libcrypt", trial->ms);
    }
}

void probe_hash(const struct probe_subject *subject, struct finding *finding)
{
    struct hash_trial trial;
    enum status status = hash_trial_plan(subject->root, subject->user, subject->account->hash_method, &trial);

    if (status != STATUS_OK) {
        finding_skip(finding, "/etc cannot be read: %s", status_sentence(status));
        return;
    }
    status = try_plan(&trial);
    if (status == STATUS_OK)
        judge(subject, &trial, finding);
    else
        finding_fail(finding, "a trial of %s: %s", hash_method_name(trial.plan.choice[0].prefix),
                     status_sentence(status));
    crypto_wipe(&trial, sizeof trial);
}
