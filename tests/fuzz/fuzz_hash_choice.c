// SPDX-License-Identifier: Apache-2.0
/* What login.defs, hashes and a configuration of any contents make of the choice of a hash method. */
#include "tests/fuzz/fuzz.h"

#include <crypt.h>
#include <string.h>

#include "platform/linux/hash.h"

enum { WORD_MAX = 20, DEFS_MAX = 2048 };

static void check_defs(const struct login_defs *defs)
{
    check(memchr(defs->encrypt_method, '\0', sizeof defs->encrypt_method) != NULL);
    check(strpbrk(defs->encrypt_method, " \t\"\r\n") == NULL);
}

/* Each can be made here, in seconds, and the last one everywhere. */
static void check_plan(const struct hash_plan *plan)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    check(plan->count >= 1 && plan->count <= HASH_CHOICES_MAX);
    for (size_t i = 0; i < plan->count; i++) {
        const struct hash_choice *choice = &plan->choice[i];

        check(choice->rounds <= 1000000 && (choice->prefix[1] != '2' || choice->rounds <= 14));
        check(crypt_gensalt_rn(choice->prefix, choice->rounds, NULL, 0, setting, sizeof setting) != NULL);
        check(strncmp(setting, choice->prefix, strlen(choice->prefix)) == 0);
    }
    check(strcmp(plan->choice[plan->count - 1].prefix, "$6$") == 0);
}

/* The configured method, whether the system runs, login.defs, and the shadow file. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    char configured[WORD_MAX + 1] = "";
    char text[DEFS_MAX + 1] = "";
    struct login_defs defs;
    struct hash_plan plan;
    struct secret shadow;
    bool is_running;

    take_text(&input, configured, WORD_MAX);
    is_running = take_byte(&input) % 2 != 0;
    take_text(&input, text, DEFS_MAX);
    defs = login_defs_parse(text);
    check_defs(&defs);
    shadow = take_rest(&input);
    plan = hash_choose(configured, &defs, &shadow, "root", is_running);
    check_plan(&plan);
    secret_free(&shadow);
    return 0;
}
