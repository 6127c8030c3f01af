// SPDX-License-Identifier: Apache-2.0
/* Command lines and configuration files of any contents: what comes of them can be worked with. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "agent/config.h"
#include "agent/log.h"
#include "platform/file.h"
#include "platform/linux/connection.h"
#include "platform/linux/resolve.h"

enum { WORDS_MAX = 6, WORD_MAX = 600 };

static struct input file;
static enum status file_status;
static unsigned lookups;

/* --- platform/file.h: the file that the fuzzer made --- */

enum status file_read(const char *root, const char *path, size_t limit, struct secret *out)
{
    check(strlen(root) < HOST_PATH_MAX && path[0] != '\0' && strlen(path) < HOST_PATH_MAX &&
          file.len <= limit);
    *out = (struct secret){0};
    if (file_status != STATUS_OK)
        return file_status;
    check(secret_alloc(out, file.len) == STATUS_OK && secret_append(out, file.bytes, file.len));
    return STATUS_OK;
}

/* --- platform/linux/resolve.h: where a URL leads to --- */

enum status resolve(const struct resolve_query *query, int64_t end_ms,
                    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX], size_t *count)
{
    (void)end_ms;
    (void)addresses;
    *count = 0;
    check(query->host[0] != '\0' && strtol(query->port, NULL, 10) >= 1 &&
          strtol(query->port, NULL, 10) <= 65535);
    lookups++;
    return STATUS_UNREACHABLE;
}

socklen_t resolve_address_len(const struct sockaddr_storage *address)
{
    (void)address;
    return 0;
}

/* --- */

static void check_url(const char *url)
{
    const unsigned before = lookups;
    int fd;

    check(strncmp(url, "http://", 7) == 0 && strlen(url) <= CONFIG_URL_MAX && url[strlen(url) - 1] != '/');
    for (const char *c = url; *c != '\0'; c++)
        check(*c > ' ' && *c <= '~' && strchr("@?#\\\"<>", *c) == NULL);
    /* Whoever connects to it takes it for one, too. */
    check(connection_open(url, INT64_MAX, &fd) == STATUS_UNREACHABLE && lookups == before + 1);
}

static void check_users(const struct users *users)
{
    const char *name = users->names;

    for (; *name != '\0'; name += strlen(name) + 1)
        check(account_is_name(name) && users_allow(users, name));
    check(name <= users->names + USERS_MAX && (users->is_limited || name == users->names));
    check(users_allow(users, "no:name") != users->is_limited);
}

static void check_settings(const struct config *config)
{
    static const char *const METHODS[] = {"auto", "yescrypt", "gost-yescrypt", "bcrypt", "sha512", "sha256"};
    size_t method = 0;

    check_url(config->metadata_url);
    check(config->deadline_ms >= 1000 && config->deadline_ms <= (int64_t)CONFIG_DEADLINE_MAX_S * 1000);
    check(config->user[0] == '\0' || account_is_name(config->user));
    check(config->user_override[0] == '\0' || account_is_name(config->user_override));
    check_users(&config->users);
    check(config->policy < POLICY_COUNT);
    check(config->root[0] == '\0' || config->root[strlen(config->root) - 1] != '/');
    while (strcmp(config->account.hash_method, METHODS[method]) != 0)
        check(++method < sizeof METHODS / sizeof METHODS[0]);
}

/* The settings of a file: of text, and of more behind it. Returns how many warnings there were. */
static unsigned apply(struct config *config, const char *text, const char *more)
{
    const size_t size = strlen(text) + strlen(more) + 1;
    const unsigned before = host_warnings;
    char *copy = malloc(size);

    check(copy != NULL);
    (void)snprintf(copy, size, "%s%s", text, more);
    config_defaults(config);
    config_apply_text(config, "conf", copy);
    free(copy);
    return host_warnings - before;
}

static void check_same(const struct config *a, const struct config *b)
{
    check(strcmp(a->metadata_url, b->metadata_url) == 0 && strcmp(a->user, b->user) == 0);
    check(strcmp(a->account.hash_method, b->account.hash_method) == 0 && a->deadline_ms == b->deadline_ms);
    check(a->account.unlock == b->account.unlock && a->report == b->report);
    check(a->account.allow_domain_controller == b->account.allow_domain_controller);
    check(a->require_confinement == b->require_confinement && a->policy == b->policy);
    check(memcmp(&a->users, &b->users, sizeof a->users) == 0);
}

/* Whatever stands before: a good line counts, and a bad one is a warning. */
static void check_lines(const char *text)
{
    struct config config;
    struct config more;
    const unsigned warnings = apply(&config, text, "");

    check_settings(&config);
    check(apply(&more, text, "\ndeadline_s = 7\n") == warnings);
    config.deadline_ms = 7000;
    check_same(&config, &more);
    check(apply(&more, text, "\nno such = setting\nno setting\ndeadline_s = never\n") == warnings + 3);
    config.deadline_ms = 300000;
    check_same(&config, &more);
}

static void check_load(struct input *words, int count)
{
    static char word[WORDS_MAX][WORD_MAX + 1];
    char *argv[WORDS_MAX + 2] = {"resetpwd-agent"};
    struct config config;
    int argc = 1;

    memset(word, 0, sizeof word);
    for (int i = 0; i < count; i++) {
        take_text(words, word[i], WORD_MAX);
        argv[argc++] = word[i];
    }
    file = *words;
    if (config_load(&config, argc, argv) == STATUS_OK) {
        check(config.command != CONFIG_NO_COMMAND);
        check_settings(&config);
    }
}

/* How the file is read, how many words there are, the words, and the file. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    struct secret text;

    file_status = take_byte(&input) == 'n' ? STATUS_NOT_FOUND : STATUS_OK;
    check_load(&input, take_byte(&input) % (WORDS_MAX + 1));
    log_set_verbosity(LOG_USUAL); /* the command may have been a quiet one, and the warnings are counted */
    text = take_rest(&input);
    check_lines(secret_text(&text));
    secret_free(&text);
    return 0;
}
