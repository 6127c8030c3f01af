// SPDX-License-Identifier: Apache-2.0
#include "agent/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/keyvalue.h"
#include "agent/log.h"
#include "agent/secret.h"
#include "agent/setting.h"
#include "platform/file.h"

enum { FILE_MAX = 64 * 1024 };

static const struct {
    const char *key;
    setting *set;
    const char *fallback;
} keys[] = {
    {"metadata_url", setting_metadata_url, "http://169.254.169.254/openstack/latest"},
    {"user", setting_user, ""},
    {"users", setting_users, ""},
    {"policy", setting_policy, "none"},
    {"deadline_s", setting_deadline, "300"},
    {"hash_method", setting_hash_method, "auto"},
    {"report", setting_report, "yes"},
    {"unlock", setting_unlock, "no"},
    {"allow_domain_controller", setting_allow_domain_controller, "no"},
    {"require_confinement", setting_require_confinement, "no"},
};

enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

void config_defaults(struct config *config)
{
    *config = (struct config){0};
    for (size_t i = 0; i < KEY_COUNT; i++)
        (void)keys[i].set(config, keys[i].fallback);
}

/* Logs what cannot be used, and keeps the first of it for a check. */
static void slip(struct config *config, const char *format, ...)
{
    char line[CONFIG_SLIP_MAX + 1];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_warning("%s", line);
    if (config->slips++ == 0)
        memcpy(config->slip, line, sizeof line);
}

/* Of a value that cannot be used: in a URL there may be a password before the '@'. */
static const char *shown(const char *value)
{
    return strchr(value, '@') != NULL ? "...@..." : value;
}

/* What is left of a limit holds: a slip of the pen lets nobody in. Any other setting is as if it were not
 * there. */
static void pass_over(struct config *config, const char *name, const struct keyvalue *at, size_t key)
{
    if (keys[key].set == setting_users) {
        slip(config, "%s:%u: not every name in \"%s\" can be used: the others are the limit", name, at->line,
             at->value);
        return;
    }
    slip(config, "%s:%u: %s cannot be \"%s\": using the default, \"%s\"", name, at->line, at->key,
         shown(at->value), keys[key].fallback);
    (void)keys[key].set(config, keys[key].fallback);
}

static void apply_pair(struct config *config, const char *name, const struct keyvalue *at)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(at->key, keys[i].key) != 0)
            continue;
        if (!keys[i].set(config, at->value))
            pass_over(config, name, at, i);
        return;
    }
    slip(config, "%s:%u: there is no setting \"%s\": line ignored", name, at->line, at->key);
}

void config_apply_text(struct config *config, const char *name, char *text)
{
    struct keyvalue at = keyvalue_begin(text);
    enum keyvalue_kind kind;

    while ((kind = keyvalue_next(&at)) != KEYVALUE_END) {
        if (kind == KEYVALUE_PAIR)
            apply_pair(config, name, &at);
        else
            slip(config, "%s:%u: not of the form \"key = value\": line ignored", name, at.line);
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
        slip(config, "%s: has a NUL in it: what stands behind is ignored", config->file);
    config->has_file = status != STATUS_NOT_FOUND;
    if (status == STATUS_OK)
        config_apply_text(config, config->file, (char *)text.bytes);
    else if (!is_default || status != STATUS_NOT_FOUND)
        slip(config, "%s: cannot be read (%s): using the defaults", config->file, status_name(status));
    secret_free(&text);
}

/* The options that take a value. */
static const struct {
    const char *name;
    setting *set;
} options[] = {
    {"--config", setting_file},
    {"--root", setting_root},
    {"--metadata-url", setting_metadata_url},
    {"--user", setting_user_override},
    {"--deadline", setting_deadline},
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
        {"run", CONFIG_RUN},     {"status", CONFIG_STATUS},     {"clean", CONFIG_CLEAN},
        {"check", CONFIG_CHECK}, {"selftest", CONFIG_SELFTEST}, {"--help", CONFIG_HELP},
        {"-h", CONFIG_HELP},     {"--version", CONFIG_VERSION},
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
        log_error("%s cannot be \"%s\"", options[i].name, shown(value));
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
    if (config->command != CONFIG_RUN && config->command != CONFIG_CHECK &&
        config->command != CONFIG_SELFTEST)
        return STATUS_OK;
    if (config->verbose)
        log_set_verbosity(LOG_VERBOSE);
    else if (config->command != CONFIG_RUN)
        log_set_verbosity(LOG_QUIET);
    /* The arguments name the file and win over it: they are applied before it and after it. */
    apply_file(config);
    config->command = CONFIG_NO_COMMAND;
    return apply_arguments(config, argc, argv);
}
