// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/probe/hash_trial.h"

#include <string.h>

#include "platform/crypto.h"
#include "platform/linux/shadow_file.h"

enum { PASSWORD_LEN = 16 };

bool hash_trial_is_own(const char *root)
{
    return root[0] == '\0' || strcmp(root, "/") == 0;
}

enum status hash_trial_plan(const char *root, const char *user, const char *hash_method,
                            struct hash_trial *trial)
{
    struct shadow_file file;
    enum status status = shadow_file_open(root, &file);

    *trial = (struct hash_trial){0};
    if (status == STATUS_OK) {
        (void)shadow_file_read(&file);
        trial->defs = login_defs_read(file.etc_fd);
        trial->plan = hash_choose(hash_method, &trial->defs, &file.text, user, hash_trial_is_own(root));
    }
    shadow_file_close(&file);
    return status;
}

enum status hash_trial_password(struct secret *password)
{
    unsigned char bytes[PASSWORD_LEN];
    enum status status = crypto_random(bytes, sizeof bytes);

    if (status == STATUS_OK)
        status = secret_alloc(password, sizeof bytes);
    for (size_t i = 0; status == STATUS_OK && i < sizeof bytes; i++)
        (void)secret_append(password, &"abcdefghijklmnop"[bytes[i] % 16], 1);
    crypto_wipe(bytes, sizeof bytes);
    return status;
}
