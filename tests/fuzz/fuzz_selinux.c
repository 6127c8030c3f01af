// SPDX-License-Identifier: Apache-2.0
/* Policies of any contents: which label the shadow file should have, found in bounded time. */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "platform/linux/selinux.h"

/* So many seconds of a processor are a hang. In a short text not all tries are used up. */
enum { CPU_MAX_S = 5, SHORT_MAX = 1024 };

static void check_word(bool is_found, const char *word)
{
    check((word[0] != '\0') == is_found && strlen(word) <= SELINUX_WORD_MAX);
    for (; *word != '\0'; word++)
        check(isalnum((unsigned char)*word) || *word == '_' || *word == '-');
}

/* Whatever stands before: the last line that is the path itself wins. */
static void check_last(const char *contexts)
{
    char more[SHORT_MAX + 64];
    char type[SELINUX_WORD_MAX + 1];

    if (strlen(contexts) > SHORT_MAX)
        return;
    (void)snprintf(more, sizeof more, "%s\n/etc/shadow -- u:r:wanted_t:s0\n", contexts);
    check(selinux_wanted_type(more, "/etc/shadow", type) && strcmp(type, "wanted_t") == 0);
}

/* The text of a file. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    struct secret text = take_rest(&input);
    char word[SELINUX_WORD_MAX + 1];
    const clock_t start = clock();

    check_word(selinux_setting(secret_text(&text), "SELINUX", word), word);
    check_word(selinux_type(secret_text(&text), word), word);
    check_word(selinux_wanted_type(secret_text(&text), "/etc/shadow", word), word);
    check_last(secret_text(&text));
    secret_free(&text);
    check((clock() - start) / CLOCKS_PER_SEC < CPU_MAX_S);
    return 0;
}
