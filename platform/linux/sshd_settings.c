// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/sshd_settings.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/command.h"
#include "platform/linux/lines.h"
#include "platform/linux/root_file.h"

enum { PATIENCE_MS = 3000, READING_MS = 1000, OS_RELEASE_MAX = 64 * 1024 };

/* NULL: there is none. */
static const char *find_program(const char *root)
{
    static const char *const paths[] = {"/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"};

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (root_file_exists(root, paths[i]))
            return paths[i];
    }
    return NULL;
}

enum sshd_server sshd_server(const char *root)
{
    if (find_program(root) != NULL)
        return SSHD_SERVER_OPENSSH;
    return root_file_exists(root, "/usr/sbin/dropbear") || root_file_exists(root, "/usr/bin/dropbear")
               ? SSHD_SERVER_DROPBEAR
               : SSHD_SERVER_NONE;
}

/* Can nobody but root have put it there? */
static bool is_trusted(const char *path)
{
    struct stat is;

    return stat(path, &is) == 0 && S_ISREG(is.st_mode) && is.st_uid == 0 && (is.st_mode & 022) == 0;
}

bool sshd_ask(const char *user, int64_t end_ms, struct secret *out, int *code)
{
    const int64_t soon_ms = host_now_ms() + PATIENCE_MS;
    char client[ACCOUNT_NAME_MAX + 128];
    const char *argv[] = {find_program(""), "-T", "-C", client, NULL};

    /* An address for documentation (RFC 5737): nobody's, so from outside. */
    (void)snprintf(client, sizeof client, "user=%s,host=192.0.2.1,addr=192.0.2.1,laddr=192.0.2.2,lport=22",
                   user);
    *out = (struct secret){0};
    return argv[0] != NULL && is_trusted(argv[0]) && geteuid() == 0 &&
           command_run(argv, end_ms < soon_ms ? end_ms : soon_ms, out, code);
}

const char *sshd_main_file(const char *root)
{
    static const char MAIN[] = "/etc/ssh/sshd_config";
    static const char VENDOR[] = "/usr/etc/ssh/sshd_config"; /* SUSE's, where the other one is not there */

    return root_file_exists(root, MAIN) ? MAIN : root_file_exists(root, VENDOR) ? VENDOR : NULL;
}

/* ID or ID_LIKE of os-release(5) has the word, as in ID_LIKE="rhel fedora". */
static bool is_kin(const char *line, const char *word)
{
    const char *value = lines_value(line, "ID", '=');

    if (value == NULL)
        value = lines_value(line, "ID_LIKE", '=');
    return value != NULL && strstr(value, word) != NULL;
}

/* VERSION_ID="7.9" is of release 7. */
static bool is_release(const char *line, const char *release)
{
    const char *value = lines_value(line, "VERSION_ID", '=');
    size_t len;

    if (value == NULL)
        return false;
    value += strspn(value, "\"'");
    len = strcspn(value, ".\"'");
    return len == strlen(release) && strncmp(value, release, len) == 0;
}

/* Red Hat's release 7 and SUSE's 12 and 15, with their kin, have patched OpenSSH. */
static bool lets_root_in(const char *root)
{
    struct secret text;
    struct lines lines;
    bool is_red_hat = false;
    bool is_suse = false;
    bool is_7 = false;
    bool is_12_or_15 = false;

    if (!root_file_read(root, "/etc/os-release", OS_RELEASE_MAX, &text))
        return false;
    lines = lines_of(&text);
    for (const char *line; (line = lines_next(&lines)) != NULL;) {
        is_red_hat |= is_kin(line, "rhel") || is_kin(line, "fedora");
        is_suse |= is_kin(line, "suse") || is_kin(line, "sles");
        is_7 |= is_release(line, "7");
        is_12_or_15 |= is_release(line, "12") || is_release(line, "15");
    }
    secret_free(&text);
    return (is_red_hat && is_7) || (is_suse && is_12_or_15);
}

const char *sshd_default_root_login(const char *root)
{
    return lets_root_in(root) ? "yes" : "prohibit-password";
}

bool sshd_settings_read(const char *root, const char *user, int64_t end_ms, struct sshd_settings *settings)
{
    const char *path = sshd_main_file(root);
    struct secret text;
    int code = -1;

    *settings = (struct sshd_settings){0};
    if (path == NULL || !sshd_account_read(root, user, &settings->account))
        return false;
    settings->files = sshd_config_read(root, path, &settings->account, host_now_ms() + READING_MS);
    if (root[0] == '\0' && sshd_ask(user, end_ms, &text, &code)) {
        if (code == 0)
            settings->told = sshd_config_parse(&text);
        else
            secret_free(&text);
    }
    return settings->files != NULL && (settings->told != NULL || !settings->files->is_partial);
}

void sshd_settings_free(struct sshd_settings *settings)
{
    sshd_account_free(&settings->account);
    sshd_config_free(settings->files);
    sshd_config_free(settings->told);
    *settings = (struct sshd_settings){0};
}

const struct sshd_item *sshd_settings_next(const struct sshd_settings *settings, enum sshd_keyword keyword,
                                           size_t *at)
{
    return sshd_config_next(settings->told != NULL ? settings->told : settings->files, keyword, at);
}

const char *sshd_settings_word(const struct sshd_settings *settings, enum sshd_keyword keyword,
                               const char *by_default)
{
    size_t at = 0;
    const struct sshd_item *item = sshd_settings_next(settings, keyword, &at);

    return item != NULL ? item->word : by_default;
}

/* sshd -T says the old name of "prohibit-password". */
static const char *plain(const char *word)
{
    return strcasecmp(word, "prohibit-password") == 0 ? "without-password" : word;
}

const struct sshd_item *sshd_settings_place(const struct sshd_settings *settings, enum sshd_keyword keyword,
                                            const char *word)
{
    const struct sshd_item *item;
    size_t at = 0;

    while ((item = sshd_config_next(settings->files, keyword, &at)) != NULL) {
        if (strcasecmp(plain(item->word), plain(word)) == 0)
            return item;
    }
    return NULL;
}
