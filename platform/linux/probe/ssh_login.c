// SPDX-License-Identifier: Apache-2.0
/* Does sshd let the account in with a password? */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "platform/linux/probe/ssh_mend.h"
#include "platform/linux/sshd_line.h"
#include "platform/linux/sshd_settings.h"
#include "platform/probe.h"

typedef void verdict(const struct probe_subject *subject, const struct sshd_settings *settings,
                     struct finding *finding);

static void judge(const struct probe_subject *subject, struct finding *finding, verdict *judge_settings)
{
    const enum sshd_server server = sshd_server(subject->root);
    struct sshd_settings settings;

    if (server != SSHD_SERVER_OPENSSH) {
        finding_skip(finding, server == SSHD_SERVER_NONE
                                  ? "no sshd is installed"
                                  : "dropbear takes its settings from its command line");
        return;
    }
    if (sshd_main_file(subject->root) == NULL) {
        finding_skip(finding, "sshd has no settings");
        return;
    }
    if (sshd_settings_read(subject->root, subject->user, subject->deadline_ms, &settings))
        judge_settings(subject, &settings, finding);
    else
        finding_skip(finding, "the settings of sshd cannot be read wholly");
    sshd_settings_free(&settings);
}

/* Behind what was found in order: what it was told from, where that is not all. */
static const char *caveat(const struct sshd_settings *settings)
{
    if (settings->told != NULL)
        return "";
    return settings->files->has_conditions ? ", by its files without Match blocks for some clients"
                                           : ", by its files";
}

static void warn_of_setting(const struct probe_subject *subject, const struct sshd_settings *settings,
                            enum sshd_keyword keyword, const char *word, const char *what, const char *line,
                            struct finding *finding)
{
    const struct sshd_item *item = sshd_settings_place(settings, keyword, word);
    size_t at = 0;
    const bool is_default = sshd_config_next(settings->files, keyword, &at) == NULL;
    char place[SSH_PLACE_SIZE];

    finding_warn(finding, "%s %s (%s)", what, subject->user,
                 item != NULL ? ssh_place(item, place)
                 : is_default ? "by default"
                              : "so says sshd -T");
    if (item != NULL || is_default)
        ssh_mend(subject, settings, item, line, finding);
}

static bool is_yes(const struct sshd_settings *settings, enum sshd_keyword keyword, const char *by_default)
{
    return strcasecmp(sshd_settings_word(settings, keyword, by_default), "yes") == 0;
}

/* Is each of these methods, with commas between them, one that takes the password? */
static bool is_enough(const char *methods, bool password, bool keyboard)
{
    for (;;) {
        const size_t len = strcspn(methods, ",");
        const size_t name = strcspn(methods, ",:"); /* "keyboard-interactive:pam" */
        const bool is_taken =
            (password && name == strlen("password") && strncmp(methods, "password", name) == 0) ||
            (keyboard && name == strlen("keyboard-interactive") &&
             strncmp(methods, "keyboard-interactive", name) == 0) ||
            (len == strlen("any") && strncmp(methods, "any", len) == 0);

        if (!is_taken || methods[len] == '\0')
            return is_taken;
        methods += len + 1;
    }
}

/* Of AuthenticationMethods the first line counts, any of whose words will do. NULL: that is so. */
static const struct sshd_item *find_more_asked(const struct sshd_settings *settings, bool password,
                                               bool keyboard)
{
    size_t at = 0;
    const struct sshd_item *first = sshd_settings_next(settings, SSHD_METHODS, &at);

    for (const struct sshd_item *item = first; item != NULL && item->line == first->line;
         item = sshd_settings_next(settings, SSHD_METHODS, &at)) {
        if (item->file == first->file && is_enough(item->word, password, keyboard))
            return NULL;
    }
    return first;
}

static void judge_password(const struct probe_subject *subject, const struct sshd_settings *settings,
                           struct finding *finding)
{
    const bool password = is_yes(settings, SSHD_PASSWORD, "yes");
    const bool keyboard = is_yes(settings, SSHD_KEYBOARD, "yes") && is_yes(settings, SSHD_PAM, "no");
    const struct sshd_item *more = find_more_asked(settings, password, keyboard);

    if (!password && !keyboard)
        warn_of_setting(subject, settings, SSHD_PASSWORD, "no", "sshd takes no passwords from",
                        "PasswordAuthentication yes", finding);
    else if (more != NULL)
        warn_of_setting(subject, settings, SSHD_METHODS, more->word, "sshd wants more than a password from",
                        "AuthenticationMethods any", finding);
    else
        finding_ok(finding, "sshd takes passwords from %s%s", subject->user, caveat(settings));
}

static void judge_root(const struct probe_subject *subject, const struct sshd_settings *settings,
                       struct finding *finding)
{
    const char *word = sshd_settings_word(settings, SSHD_ROOT_LOGIN, sshd_default_root_login(subject->root));
    /* sshd -T says its old name. */
    const char *name = strcasecmp(word, "without-password") == 0 ? "prohibit-password" : word;
    char what[128];

    if (!settings->account.is_superuser) {
        finding_ok(finding, "%s is not root", subject->user);
    } else if (strcasecmp(word, "yes") == 0) {
        finding_ok(finding, "sshd lets root in with a password%s", caveat(settings));
    } else {
        (void)snprintf(what, sizeof what, "PermitRootLogin %.40s: sshd takes no password from", name);
        warn_of_setting(subject, settings, SSHD_ROOT_LOGIN, word, what, "PermitRootLogin yes", finding);
    }
}

/* Lists of users and groups. */

struct list {
    const char *name;
    enum sshd_keyword keyword;
    bool allows;
    bool of_groups;
};

/* NAME@HOST is about some clients; one that names no account of ours says nothing of it. */
static bool names_account(const struct list *list, const struct sshd_account *account, const char *word)
{
    const char *host = list->of_groups ? NULL : strrchr(word, '@');
    char user[256];

    if (list->of_groups)
        return sshd_account_in_group(account, word);
    if (host == NULL)
        return sshd_pattern_matches(word, account->name);
    if (!list->allows && strcmp(host, "@*") != 0)
        return false;
    (void)snprintf(user, sizeof user, "%.*s", (int)(host - word), word);
    return sshd_pattern_matches(user, account->name);
}

/* The line of item as it should be: with one word more, or without one. One that is cut short leaves no room
 * for a command around it. */
static void rewrite(const struct sshd_settings *settings, const struct list *list,
                    const struct sshd_item *item, const char *without, const char *with, char *out,
                    size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s", list->name);
    size_t words = 0;

    for (size_t i = 0; i < settings->files->item_count && len < size; i++) {
        const struct sshd_item *other = &settings->files->items[i];

        if (other->file != item->file || other->line != item->line || strcmp(other->word, without) == 0)
            continue;
        len += (size_t)snprintf(out + len, size - len, " %s", other->word);
        words++;
    }
    if (*with != '\0' && len < size)
        (void)snprintf(out + len, size - len, " %s", with);
    else if (words == 0)
        *out = '\0';
}

/* The word that is about this account and nobody else; "": there is none, as its group has others in it. */
static const char *own_word(const struct list *list, const struct sshd_account *account)
{
    return list->of_groups && !account->has_own_group ? "" : account->name;
}

/* A pattern that denies is about others, too. What a distribution denies in /usr/etc no file of one's own
 * undoes. */
static bool may_be_mended(const struct list *list, const struct sshd_item *item, const char *own)
{
    if (list->allows)
        return *own != '\0';
    return strcmp(item->word, own) == 0 && strncmp(item->file, "/etc/", strlen("/etc/")) == 0;
}

/* item is what keeps the account out: a word that denies, or the first one of a list that it is not in. */
static void warn_of_list(const struct probe_subject *subject, const struct sshd_settings *settings,
                         const struct list *list, const struct sshd_item *item, struct finding *finding)
{
    const struct sshd_item *there = sshd_settings_place(settings, list->keyword, item->word);
    const char *own = own_word(list, &settings->account);
    char place[SSH_PLACE_SIZE];
    char line[FINDING_MEND_MAX];

    finding_warn(finding, "%s keeps %s out%s%s (%s)", list->name, subject->user, list->allows ? "" : ": ",
                 list->allows ? "" : item->word, there != NULL ? ssh_place(there, place) : "so says sshd -T");
    if (there == NULL || !may_be_mended(list, there, own))
        return;
    rewrite(settings, list, there, list->allows ? "" : own, list->allows ? own : "", line, sizeof line);
    ssh_mend(subject, settings, there, line, finding);
}

/* What of the list keeps the account out; NULL: nothing. */
static const struct sshd_item *find_obstacle(const struct sshd_settings *settings, const struct list *list)
{
    const struct sshd_item *first = NULL;
    const struct sshd_item *item;
    size_t at = 0;

    while ((item = sshd_settings_next(settings, list->keyword, &at)) != NULL) {
        if (names_account(list, &settings->account, item->word))
            return list->allows ? NULL : item;
        if (first == NULL)
            first = item;
    }
    return list->allows ? first : NULL;
}

static void judge_users(const struct probe_subject *subject, const struct sshd_settings *settings,
                        struct finding *finding)
{
    static const struct list lists[] = {
        {.keyword = SSHD_DENY_USERS, .name = "DenyUsers"},
        {.keyword = SSHD_ALLOW_USERS, .name = "AllowUsers", .allows = true},
        {.keyword = SSHD_DENY_GROUPS, .name = "DenyGroups", .of_groups = true},
        {.keyword = SSHD_ALLOW_GROUPS, .name = "AllowGroups", .allows = true, .of_groups = true},
    };

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const struct sshd_item *item = find_obstacle(settings, &lists[i]);

        if (item != NULL) {
            warn_of_list(subject, settings, &lists[i], item, finding);
            return;
        }
    }
    finding_ok(finding, "no list of sshd keeps %s out%s", subject->user, caveat(settings));
}

void probe_ssh_password(const struct probe_subject *subject, struct finding *finding)
{
    judge(subject, finding, judge_password);
}

void probe_ssh_root(const struct probe_subject *subject, struct finding *finding)
{
    judge(subject, finding, judge_root);
}

void probe_ssh_users(const struct probe_subject *subject, struct finding *finding)
{
    judge(subject, finding, judge_users);
}
