// SPDX-License-Identifier: Apache-2.0
#include "agent/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keyvalue.h"
#include "agent/log.h"
#include "agent/secret.h"
#include "platform/file.h"

enum { FILE_MAX = 64 * 1024 };

/* Each setter checks a value before it stores it; false when the value is of no use. */
typedef bool setter(struct config *config, const char *value);

static bool copy(char *out, size_t size, const char *value)
{
    size_t len = strlen(value);

    if (len >= size)
        return false;
    memcpy(out, value, len + 1);
    return true;
}

static bool equal_ignoring_case(const char *a, const char *b)
{
    while (*a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* "host" or "host:port", up to the end or a slash. */
static bool is_authority(const char *text)
{
    size_t host_len = *text == '[' ? strcspn(text, "]/") + 1 : strcspn(text, ":/");
    const char *port = text + host_len;
    char *end;
    unsigned long number;

    if (host_len < 1 || (*text == '[' && text[host_len - 1] != ']'))
        return false;
    if (*port == '\0' || *port == '/')
        return true;
    if (*port != ':' || !isdigit((unsigned char)port[1]))
        return false;
    number = strtoul(port + 1, &end, 10);
    return (*end == '\0' || *end == '/') && number >= 1 && number <= 65535;
}

static bool set_metadata_url(struct config *config, const char *value)
{
    static const char SCHEME[] = "http://";
    size_t len = strlen(value);

    if (strncmp(value, SCHEME, strlen(SCHEME)) != 0 || !is_authority(value + strlen(SCHEME)))
        return false;
    for (const char *c = value; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || strchr("@?#\\\"<>", *c) != NULL)
            return false;
    }
    if (!copy(config->metadata_url, sizeof config->metadata_url, value))
        return false;
    while (config->metadata_url[len - 1] == '/')
        config->metadata_url[--len] = '\0';
    return true;
}

/* An empty value stands for the administrator's account. */
static bool set_user(struct config *config, const char *value)
{
    return (*value == '\0' || account_is_name(value)) && copy(config->user, sizeof config->user, value);
}

static bool set_user_override(struct config *config, const char *value)
{
    return account_is_name(value) && copy(config->user_override, sizeof config->user_override, value);
}

static bool set_deadline(struct config *config, const char *value)
{
    char *end;
    long seconds;

    if (!isdigit((unsigned char)*value))
        return false;
    seconds = strtol(value, &end, 10);
    if (*end != '\0' || seconds < 1 || seconds > CONFIG_DEADLINE_MAX_S)
        return false;
    config->deadline_ms = (int64_t)seconds * 1000;
    return true;
}

static bool set_hash_method(struct config *config, const char *value)
{
    static const char *const methods[] = {"auto", "yescrypt", "gost-yescrypt", "bcrypt", "sha512", "sha256"};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (equal_ignoring_case(value, methods[i]))
            return copy(config->account.hash_method, sizeof config->account.hash_method, methods[i]);
    }
    return false;
}

static bool set_answer(bool *answer, const char *value)
{
    if (!equal_ignoring_case(value, "yes") && !equal_ignoring_case(value, "no"))
        return false;
    *answer = equal_ignoring_case(value, "yes");
    return true;
}

static bool set_report(struct config *config, const char *value)
{
    return set_answer(&config->report, value);
}

static bool set_unlock(struct config *config, const char *value)
{
    return set_answer(&config->account.unlock, value);
}

static bool set_allow_domain_controller(struct config *config, const char *value)
{
    return set_answer(&config->account.allow_domain_controller, value);
}

static bool set_require_confinement(struct config *config, const char *value)
{
    return set_answer(&config->require_confinement, value);
}

static bool set_root(struct config *config, const char *value)
{
    size_t len = strlen(value);

    if (len == 0 || !copy(config->root, sizeof config->root, value))
        return false;
    while (len > 0 && config->root[len - 1] == '/')
        config->root[--len] = '\0';
    return true;
}

static bool set_file(struct config *config, const char *value)
{
    return *value != '\0' && copy(config->file, sizeof config->file, value);
}

static const struct {
    const char *key;
    setter *set;
    const char *fallback;
} keys[] = {
    {"metadata_url", set_metadata_url, "http://169.254.169.254/openstack/latest"},
    {"user", set_user, ""},
    {"deadline_s", set_deadline, "300"},
    {"hash_method", set_hash_method, "auto"},
    {"report", set_report, "yes"},
    {"unlock", set_unlock, "no"},
    {"allow_domain_controller", set_allow_domain_controller, "no"},
    {"require_confinement", set_require_confinement, "no"},
};

enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

void config_defaults(struct config *config)
{
    *config = (struct config){0};
    for (size_t i = 0; i < KEY_COUNT; i++)
        (void)keys[i].set(config, keys[i].fallback);
}

static void apply_pair(struct config *config, const char *name, const struct keyvalue *at)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(at->key, keys[i].key) != 0)
            continue;
        if (!keys[i].set(config, at->value)) {
            log_warning("%s:%u: %s cannot be \"%s\": using the default, \"%s\"", name, at->line, at->key,
                        at->value, keys[i].fallback);
            (void)keys[i].set(config, keys[i].fallback);
        }
        return;
    }
    log_warning("%s:%u: there is no setting \"%s\": line ignored", name, at->line, at->key);
}

void config_apply_text(struct config *config, const char *name, char *text)
{
    struct keyvalue at = keyvalue_begin(text);
    enum keyvalue_kind kind;

    while ((kind = keyvalue_next(&at)) != KEYVALUE_END) {
        if (kind == KEYVALUE_PAIR)
            apply_pair(config, name, &at);
        else
            log_warning("%s:%u: not of the form \"key = value\": line ignored", name, at.line);
    }
}

static void apply_file(struct config *config)
{
    struct secret text = {0};
    bool is_default = config->file[0] == '\0';
    enum status status;

    if (is_default)
        (void)snprintf(config->file, sizeof config->file, "%s%s", config->root, host_config_path());
    status = is_default ? file_read(config->root, host_config_path(), FILE_MAX, &text)
                        : file_read("", config->file, FILE_MAX, &text);
    if (status == STATUS_OK && strlen(secret_text(&text)) != text.len)
        log_warning("%s: has a NUL in it: what stands behind is ignored", config->file);
    if (status == STATUS_OK)
        config_apply_text(config, config->file, (char *)text.bytes);
    else if (!is_default || status != STATUS_NOT_FOUND)
        log_warning("%s: cannot be read (%s): using the defaults", config->file, status_name(status));
    secret_free(&text);
}

/* The options that take a value. */
static const struct {
    const char *name;
    setter *set;
} options[] = {
    {"--config", set_file},        {"--root", set_root},         {"--metadata-url", set_metadata_url},
    {"--user", set_user_override}, {"--deadline", set_deadline},
};

enum { OPTION_COUNT = sizeof options / sizeof options[0] };

static bool set_command(struct config *config, enum config_command command)
{
    /* --help and --version win over a command, whichever comes first. */
    if (config->command == CONFIG_HELP || config->command == CONFIG_VERSION)
        return true;
    if (config->command != CONFIG_NO_COMMAND && command != CONFIG_HELP && command != CONFIG_VERSION) {
        log_error("more than one command");
        return false;
    }
    config->command = command;
    return true;
}

/* A command, or an option without a value; *known tells whether it is one. */
static bool apply_word(struct config *config, const char *word, bool *known)
{
    static const struct {
        const char *word;
        enum config_command command;
    } commands[] = {
        {"run", CONFIG_RUN},     {"status", CONFIG_STATUS}, {"clean", CONFIG_CLEAN},
        {"--help", CONFIG_HELP}, {"-h", CONFIG_HELP},       {"--version", CONFIG_VERSION},
    };

    *known = true;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(word, commands[i].word) == 0)
            return set_command(config, commands[i].command);
    }
    if (strcmp(word, "--dry-run") == 0)
        config->dry_run = true;
    else if (strcmp(word, "--verbose") == 0)
        config->verbose = true;
    else if (strcmp(word, "--json") == 0)
        config->json = true;
    else
        *known = false;
    return true;
}

/* `--name value` or `--name=value` at argv[*index], which is moved to the last word that belongs to it. */
static enum status apply_option(struct config *config, int argc, char *const argv[], int *index)
{
    const char *word = argv[*index];
    size_t name_len = strcspn(word, "=");

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *value = word + name_len + 1;

        if (strlen(options[i].name) != name_len || strncmp(word, options[i].name, name_len) != 0)
            continue;
        if (word[name_len] == '\0') {
            if (*index + 1 >= argc) {
                log_error("%s needs a value", word);
                return STATUS_USAGE;
            }
            value = argv[++*index];
        }
        if (options[i].set(config, value))
            return STATUS_OK;
        log_error("%s cannot be \"%s\"", options[i].name, value);
        return STATUS_USAGE;
    }
    log_error("\"%s\" is not known here; see resetpwd-agent --help", word);
    return STATUS_USAGE;
}

static enum status apply_arguments(struct config *config, int argc, char *const argv[])
{
    for (int i = 1; i < argc; i++) {
        enum status status;
        bool known;

        if (!apply_word(config, argv[i], &known))
            return STATUS_USAGE;
        status = known ? STATUS_OK : apply_option(config, argc, argv, &i);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status config_load(struct config *config, int argc, char *const argv[])
{
    enum status status;

    config_defaults(config);
    status = apply_arguments(config, argc, argv);
    if (status != STATUS_OK)
        return status;
    if (config->command == CONFIG_NO_COMMAND) {
        log_error("no command; see resetpwd-agent --help");
        return STATUS_USAGE;
    }
    if (config->root[0] != '\0' && !host_takes_root()) {
        log_error("--root: here only the running system can be worked on");
        return STATUS_NOT_SUPPORTED;
    }
    if (config->command != CONFIG_RUN)
        return STATUS_OK;
    if (config->verbose)
        log_set_verbose();
    /* The arguments name the file and win over it: they are applied before it and after it. */
    apply_file(config);
    config->command = CONFIG_NO_COMMAND;
    return apply_arguments(config, argc, argv);
}
