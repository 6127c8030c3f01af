// SPDX-License-Identifier: Apache-2.0
#include "agent/setting.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
    const bool is_bracketed = *text == '[';
    size_t host_len = is_bracketed ? strcspn(text, "]/") + 1 : strcspn(text, ":/");
    const char *port = text + host_len;
    char *end;
    unsigned long number;

    if (host_len < 1 || (is_bracketed && (host_len < 3 || text[host_len - 1] != ']')))
        return false;
    if (*port == '\0' || *port == '/')
        return true;
    if (*port != ':' || !isdigit((unsigned char)port[1]))
        return false;
    number = strtoul(port + 1, &end, 10);
    return (*end == '\0' || *end == '/') && number >= 1 && number <= 65535;
}

bool setting_metadata_url(struct config *config, const char *value)
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

bool setting_user(struct config *config, const char *value)
{
    return (*value == '\0' || account_is_name(value)) && copy(config->user, sizeof config->user, value);
}

bool setting_user_override(struct config *config, const char *value)
{
    return account_is_name(value) && copy(config->user_override, sizeof config->user_override, value);
}

bool setting_deadline(struct config *config, const char *value)
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

bool setting_hash_method(struct config *config, const char *value)
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

bool setting_report(struct config *config, const char *value)
{
    return set_answer(&config->report, value);
}

bool setting_unlock(struct config *config, const char *value)
{
    return set_answer(&config->account.unlock, value);
}

bool setting_allow_domain_controller(struct config *config, const char *value)
{
    return set_answer(&config->account.allow_domain_controller, value);
}

bool setting_require_confinement(struct config *config, const char *value)
{
    return set_answer(&config->require_confinement, value);
}

bool setting_policy(struct config *config, const char *value)
{
    for (int i = 0; i < POLICY_COUNT; i++) {
        if (equal_ignoring_case(value, policy_name((enum policy)i))) {
            config->policy = (enum policy)i;
            return true;
        }
    }
    return false;
}

bool setting_users(struct config *config, const char *value)
{
    return users_parse(&config->users, value);
}

bool setting_root(struct config *config, const char *value)
{
    size_t len = strlen(value);

    if (len == 0 || !copy(config->root, sizeof config->root, value))
        return false;
    while (len > 0 && config->root[len - 1] == '/')
        config->root[--len] = '\0';
    config->has_root = true;
    return true;
}

bool setting_file(struct config *config, const char *value)
{
    return *value != '\0' && copy(config->file, sizeof config->file, value);
}
