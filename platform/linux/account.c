// SPDX-License-Identifier: Apache-2.0
#include "platform/account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/log.h"
#include "agent/text.h"
#include "platform/crypto.h"
#include "platform/host.h"
#include "platform/linux/colon_line.h"
#include "platform/linux/hash.h"
#include "platform/linux/login_defs.h"
#include "platform/linux/os_error.h"
#include "platform/linux/read_file.h"
#include "platform/linux/root_file.h"
#include "platform/linux/shadow_ageing.h"
#include "platform/linux/shadow_edit.h"
#include "platform/linux/shadow_file.h"

enum { SMALL_FILE_MAX = 1024 * 1024, PASSWD_MAX = 16 * 1024 * 1024, SECONDS_A_DAY = 86400 };

enum passwd_field { PASSWD_NAME, PASSWD_PASSWORD };

/* Does the text of os-release(5) say ID=ubuntu? */
static bool says_ubuntu(const char *text)
{
    static const char *const spellings[] = {"ID=ubuntu", "ID=\"ubuntu\"", "ID='ubuntu'"};

    while (*text != '\0') {
        size_t len = strcspn(text, "\r\n");

        for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
            if (len == strlen(spellings[i]) && strncmp(text, spellings[i], len) == 0)
                return true;
        }
        text += len;
        text += strspn(text, "\r\n");
    }
    return false;
}

/* /etc/os-release is mostly a link to the other one, which is a link itself here and there. */
static enum status read_os_release(const char *root, int etc_fd, struct secret *out)
{
    enum status status = read_file(etc_fd, "os-release", SMALL_FILE_MAX, out);

    if (status == STATUS_NOT_FOUND || status == STATUS_NOT_REGULAR)
        status = read_file(etc_fd, "../usr/lib/os-release", SMALL_FILE_MAX, out);
    if (status != STATUS_NOT_REGULAR)
        return status;
    if (root_file_read(root, "/usr/lib/os-release", SMALL_FILE_MAX, out))
        return STATUS_OK;
    return errno == ENOENT ? STATUS_NOT_FOUND : os_error_log("reading", "/usr/lib/os-release");
}

/* A file that is there, but cannot be read, could have named another account than root. */
static enum status find_ubuntu(const char *root, int etc_fd, bool *is_ubuntu)
{
    struct secret text = {0};
    enum status status = read_os_release(root, etc_fd, &text);

    *is_ubuntu = status == STATUS_OK && says_ubuntu(secret_text(&text));
    secret_free(&text);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status account_administrator(const char *root, char name[ACCOUNT_NAME_MAX + 1])
{
    struct shadow_file file;
    struct colon_line line;
    const char *chosen = "root";
    bool is_ubuntu = false;
    enum status status = shadow_file_open(root, &file);

    if (status == STATUS_OK)
        status = find_ubuntu(root, file.etc_fd, &is_ubuntu);
    if (status == STATUS_OK && is_ubuntu) {
        status = shadow_file_read(&file);
        if (status == STATUS_OK && shadow_find(&file.text, "ubuntu", &line) != STATUS_ACCOUNT_UNKNOWN)
            chosen = "ubuntu";
    }
    if (status == STATUS_OK)
        memcpy(name, chosen, strlen(chosen) + 1);
    shadow_file_close(&file);
    return status;
}

/* Could this be the name of a local account? Nothing that would be another field, line, path or comment. */
bool account_is_name(const char *name)
{
    size_t len = strlen(name);

    if (len < 1 || len > ACCOUNT_NAME_MAX || strchr("+-", *name) != NULL || !text_is_printable(name))
        return false;
    for (; *name != '\0'; name++) {
        if (*name == ' ' || strchr(":/\\\"'#", *name) != NULL)
            return false;
    }
    return true;
}

bool account_is_same_name(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The account stands in passwd(5), and that file sends its readers on to the shadow file. */
static enum status check_passwd(int etc_fd, const char *name)
{
    struct secret text = {0};
    struct colon_line line;
    enum status status = read_file(etc_fd, "passwd", PASSWD_MAX, &text);

    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !colon_line_find(&text, 0, name, &line)))
        status = STATUS_ACCOUNT_UNKNOWN;
    else if (status == STATUS_OK && !colon_line_field_is(&text, &line, PASSWD_PASSWORD, "x"))
        status = STATUS_ACCOUNT_NOT_SHADOWED;
    secret_free(&text);
    return status;
}

enum status account_check(const char *root, const char *name, const struct account_settings *settings)
{
    struct shadow_file file;
    struct colon_line line;
    enum status status;

    (void)settings;
    if (!account_is_name(name))
        return STATUS_ACCOUNT_NAME;
    status = shadow_file_open(root, &file);
    if (status == STATUS_OK)
        status = check_passwd(file.etc_fd, name);
    if (status == STATUS_OK)
        status = shadow_file_read(&file);
    if (status == STATUS_OK)
        status = shadow_find(&file.text, name, &line);
    shadow_file_close(&file);
    return status;
}

/* The text of the shadow file with the new password in it; the caller frees *edited. */
static enum status edit(const struct shadow_file *file, const char *name, const char *hash,
                        struct secret *edited)
{
    enum status status = secret_alloc(edited, file->text.len + strlen(hash) + SHADOW_EDIT_GROWTH);

    if (status == STATUS_OK)
        status = shadow_edit(&file->text, name, hash, host_time_s() / SECONDS_A_DAY, edited);
    return status;
}

static enum status make_hash(const struct shadow_file *file, const char *name, const char *hash_method,
                             bool is_running_system, const struct secret *password, char hash[HASH_SIZE])
{
    struct login_defs defs = login_defs_read(file->etc_fd);
    struct hash_plan plan = hash_choose(hash_method, &defs, &file->text, name, is_running_system);
    return hash_make(&plan, password, hash);
}

/* An expired account keeps its owner out, whatever the password. That is not ours to change, but to tell. */
static void report_expiry(const struct secret *text, const struct colon_line *line, const char *name)
{
    const struct shadow_ageing ageing = shadow_ageing_read(text, line);

    if (shadow_ageing_has_expired(&ageing, host_time_s() / SECONDS_A_DAY))
        log_warning("the account %s has expired: logging in will be refused until chage -E -1 %s", name,
                    name);
}

/* Reads the file back from the disk: does the new password verify? */
static enum status verify(struct shadow_file *file, const char *name, const struct secret *password)
{
    char hash[HASH_SIZE] = "";
    struct colon_line line;
    bool matches = false;

    if (shadow_file_read(file) != STATUS_OK || shadow_find(&file->text, name, &line) != STATUS_OK ||
        !colon_line_copy(&file->text, &line, SHADOW_HASH, hash, sizeof hash))
        return STATUS_NOT_VERIFIED;
    if (hash_verify(hash, password, &matches) != STATUS_OK)
        matches = false;
    crypto_wipe(hash, sizeof hash);
    if (matches)
        report_expiry(&file->text, &line, name);
    return matches ? STATUS_OK : STATUS_NOT_VERIFIED;
}

/* With the lock held: from the file as it is to one with the new password. */
static enum status change(struct shadow_file *file, const char *name, const char *hash_method,
                          bool is_running_system, const struct secret *password)
{
    char hash[HASH_SIZE] = "";
    struct secret edited = {0};
    enum status replaced;
    enum status status = shadow_file_read(file);

    if (status == STATUS_OK)
        status = make_hash(file, name, hash_method, is_running_system, password, hash);
    if (status == STATUS_OK)
        status = edit(file, name, hash, &edited);
    crypto_wipe(hash, sizeof hash);
    if (status != STATUS_OK)
        goto out;
    replaced = shadow_file_replace(file, &edited);
    status = replaced;
    if (replaced == STATUS_OK || replaced == STATUS_NOT_DURABLE)
        status = verify(file, name, password);
    if (status == STATUS_OK)
        status = replaced;
out:
    secret_free(&edited);
    return status;
}

enum status account_set_password(const char *root, const char *name, const struct account_settings *settings,
                                 const struct secret *password, int64_t deadline_ms)
{
    struct shadow_file file;
    enum status status = account_check(root, name, settings);

    if (status != STATUS_OK)
        return status;
    status = shadow_file_open(root, &file);
    if (status == STATUS_OK)
        status = shadow_file_lock(&file, deadline_ms);
    if (status == STATUS_OK)
        status = change(&file, name, settings->hash_method, root[0] == '\0', password);
    shadow_file_close(&file);
    return status;
}

enum status account_tidy(const char *root, int64_t deadline_ms)
{
    struct shadow_file file;
    enum status status = shadow_file_open(root, &file);

    if (status == STATUS_OK)
        status = shadow_file_tidy(&file, deadline_ms);
    shadow_file_close(&file);
    return status == STATUS_SHADOW_MISSING ? STATUS_OK : status;
}
