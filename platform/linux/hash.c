// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/hash.h"

#include <crypt.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "agent/log.h"
#include "platform/crypto.h"
#include "platform/linux/shadow_edit.h"

_Static_assert((int)HASH_SIZE >= (int)CRYPT_OUTPUT_SIZE, "a hash fits");

static const struct method {
    const char *name; /* in login.defs and in our configuration, where the first one of a name is meant */
    const char *prefix;
} methods[] = {
    {"yescrypt", "$y$"}, {"gost-yescrypt", "$gy$"}, {"sha512", "$6$"},  {"sha256", "$5$"},
    {"bcrypt", "$2b$"},  {"bcrypt", "$2y$"},        {"bcrypt", "$2a$"},
};

enum { METHOD_COUNT = sizeof methods / sizeof methods[0] };

static const char SHA512[] = "$6$";

/* Seconds of work for one hash; more would hold up a reset, and a stop, for minutes. */
enum { SHA_ROUNDS_MAX = 1000000, BCRYPT_ROUNDS_MAX = 14, BCRYPT_PASSWORD_MAX = 72 };

static const char *prefix_of_name(const char *name)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (strcasecmp(name, methods[i].name) == 0)
            return methods[i].prefix;
    }
    return hash_replaces_method(name) ? SHA512 : NULL;
}

bool hash_knows_method(const char *name)
{
    return prefix_of_name(name) != NULL;
}

bool hash_replaces_method(const char *name)
{
    return strcasecmp(name, "DES") == 0 || strcasecmp(name, "MD5") == 0;
}

const char *hash_method_name(const char *prefix_or_hash)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (strncmp(prefix_or_hash, methods[i].prefix, strlen(methods[i].prefix)) == 0)
            return methods[i].name;
    }
    return "an unknown method";
}

/* The method of the hash that stands in a line of the shadow file; NULL for none that is worth repeating. */
static const char *prefix_of_line(const struct secret *shadow, const struct colon_line *line)
{
    const unsigned char *hash = shadow->bytes + line->field[SHADOW_HASH].start;
    size_t len =
        line->count > SHADOW_HASH ? line->field[SHADOW_HASH].end - line->field[SHADOW_HASH].start : 0;

    while (len > 0 && *hash == '!') {
        hash++;
        len--;
    }
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        size_t prefix_len = strlen(methods[i].prefix);

        if (len > prefix_len && memcmp(hash, methods[i].prefix, prefix_len) == 0)
            return methods[i].prefix;
    }
    return NULL;
}

static const char *prefix_of_file(const struct secret *shadow, const char *account)
{
    const char *prefix = NULL;
    struct colon_line line;

    if (shadow_find(shadow, account, &line) == STATUS_OK)
        prefix = prefix_of_line(shadow, &line);
    for (size_t at = 0; prefix == NULL && colon_line_read(shadow, at, &line); at = line.next)
        prefix = prefix_of_line(shadow, &line);
    return prefix;
}

static unsigned long clamp(unsigned long value, unsigned long least, unsigned long most)
{
    return value < least ? least : value > most ? most : value;
}

/* Between the two, both included, as login.defs(5) has it; 0 when neither is given. */
static unsigned long pick(unsigned long min, unsigned long max, unsigned long least, unsigned long most)
{
    uint32_t chance = 0;

    if (min == 0 && max == 0)
        return 0;
    min = clamp(min != 0 ? min : max, least, most);
    max = clamp(max != 0 ? max : min, least, most);
    if (max <= min || crypto_random(&chance, sizeof chance) != STATUS_OK)
        return min;
    return min + chance % (max - min + 1);
}

/* The rounds that login.defs asks for; 0 for the default of libcrypt. */
static unsigned long rounds_for(const char *prefix, const struct login_defs *defs)
{
    if (strcmp(prefix, "$5$") == 0 || strcmp(prefix, SHA512) == 0)
        return pick(defs->sha_crypt_min_rounds, defs->sha_crypt_max_rounds, 1000, SHA_ROUNDS_MAX);
    if (strcmp(prefix, "$y$") == 0 || strcmp(prefix, "$gy$") == 0)
        return defs->yescrypt_cost_factor != 0 ? clamp(defs->yescrypt_cost_factor, 1, 11) : 0;
    if (defs->bcrypt_min_rounds == 0 && defs->bcrypt_max_rounds == 0)
        return 13; /* the default of login.defs(5); libcrypt's is weaker */
    return pick(defs->bcrypt_min_rounds, defs->bcrypt_max_rounds, 4, BCRYPT_ROUNDS_MAX);
}

static void add_choice(struct hash_plan *plan, enum hash_source source, const char *prefix,
                       const struct login_defs *defs)
{
    if (prefix != NULL)
        plan->choice[plan->count++] = (struct hash_choice){prefix, rounds_for(prefix, defs), source};
}

/* The method that crypt_gensalt(3) would choose by itself, when it is one that is known here. */
static const char *preferred_prefix(void)
{
    const char *preferred = crypt_preferred_method();

    for (size_t i = 0; preferred != NULL && i < METHOD_COUNT; i++) {
        if (strcmp(preferred, methods[i].prefix) == 0)
            return methods[i].prefix;
    }
    return NULL;
}

struct hash_plan hash_choose(const char *configured, const struct login_defs *defs,
                             const struct secret *shadow, const char *account, bool is_running_system)
{
    struct hash_plan plan = {0};

    add_choice(&plan, HASH_BY_CONFIGURATION, prefix_of_name(configured), defs);
    add_choice(&plan, HASH_BY_LOGIN_DEFS, prefix_of_name(defs->encrypt_method), defs);
    add_choice(&plan, HASH_BY_OTHERS, prefix_of_file(shadow, account), defs);
    if (is_running_system)
        add_choice(&plan, HASH_BY_LIBCRYPT, preferred_prefix(), defs);
    add_choice(&plan, HASH_BY_DEFAULT, SHA512, defs);
    return plan;
}

/* Runs crypt_rn(3); out gets the hash. HASH_FAILED when libcrypt refuses, NO_MEMORY. */
static enum status run_crypt(const char *setting, const struct secret *password, char out[HASH_SIZE])
{
    struct secret work = {0}; /* crypt_data is large, and keeps traces of the password */
    enum status status = secret_alloc(&work, sizeof(struct crypt_data));
    const char *hash;

    if (status != STATUS_OK)
        return status;
    hash = crypt_rn(secret_text(password), setting, work.bytes, (int)sizeof(struct crypt_data));
    if (hash == NULL || strlen(hash) >= HASH_SIZE)
        status = STATUS_HASH_FAILED;
    else
        memcpy(out, hash, strlen(hash) + 1);
    secret_free(&work);
    return status;
}

/* Would the method ignore the end of the password? */
static bool is_cut(const char *prefix, const struct secret *password)
{
    return strncmp(prefix, "$2", 2) == 0 && password->len > BCRYPT_PASSWORD_MAX;
}

enum status hash_make(const struct hash_plan *plan, const struct secret *password, char out[HASH_SIZE])
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    enum status status = STATUS_HASH_FAILED;

    for (size_t i = 0; i < plan->count; i++) {
        const struct hash_choice *choice = &plan->choice[i];

        status = STATUS_HASH_FAILED;
        if (is_cut(choice->prefix, password)) {
            log_warning("bcrypt sees no more than %d bytes of a password: another method is used",
                        BCRYPT_PASSWORD_MAX);
            continue;
        }
        if (crypt_gensalt_rn(choice->prefix, choice->rounds, NULL, 0, setting, sizeof setting) != NULL)
            status = run_crypt(setting, password, out);
        if (status == STATUS_OK) {
            log_debug("hash method %s", choice->prefix);
            break;
        }
        log_warning("libcrypt cannot make hashes of the method %s here", choice->prefix);
    }
    crypto_wipe(setting, sizeof setting);
    return status;
}

enum status hash_verify(const char *hash, const struct secret *password, bool *matches)
{
    char again[HASH_SIZE] = "";
    enum status status = run_crypt(hash, password, again);

    if (status == STATUS_OK || status == STATUS_HASH_FAILED) {
        *matches = status == STATUS_OK && strcmp(again, hash) == 0;
        status = STATUS_OK;
    }
    crypto_wipe(again, sizeof again);
    return status;
}
