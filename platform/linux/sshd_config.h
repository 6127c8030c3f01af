// SPDX-License-Identifier: Apache-2.0
/* What sshd_config(5) says of who may log in, and how. Read as sshd reads it, for one account. */
#ifndef PLATFORM_LINUX_SSHD_CONFIG_H
#define PLATFORM_LINUX_SSHD_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/secret.h"
#include "platform/linux/sshd_account.h"

enum sshd_keyword {
    SSHD_PASSWORD,
    SSHD_KEYBOARD, /* by its old name, too */
    SSHD_PAM,
    SSHD_ROOT_LOGIN,
    SSHD_METHODS,
    SSHD_ALLOW_USERS,
    SSHD_DENY_USERS,
    SSHD_ALLOW_GROUPS,
    SSHD_DENY_GROUPS,
    SSHD_KEYWORDS
};

enum { SSHD_FILES_MAX = 64, SSHD_INCLUDES_MAX = 64, SSHD_ITEMS_MAX = 1024 };

/* One word behind a keyword. */
struct sshd_item {
    enum sshd_keyword keyword;
    bool is_global;  /* not in a Match block: holds where no block that matches has the keyword */
    bool is_matched; /* in one that matches */
    const char *word;
    const char *file;
    unsigned line;
};

struct sshd_config {
    struct sshd_item items[SSHD_ITEMS_MAX];
    size_t item_count;
    struct {
        char path[PATH_MAX];
        struct secret text; /* what the words of items point into */
    } files[SSHD_FILES_MAX];
    size_t file_count;
    size_t include_count; /* patterns of Include, each of which may be a whole folder */
    bool has_conditions;  /* Match blocks that depend on the client were passed over */
    bool is_partial;      /* something was not read: a file that is there, or too much of all */
};

/* Reads the file at path of the system under root, and all that it includes: in part, if that would take
 * longer than to end_ms. NULL without memory; the caller frees it. */
struct sshd_config *sshd_config_read(const char *root, const char *path, const struct sshd_account *account,
                                     int64_t end_ms);

/* The same for a text, which is taken over (*text is then a zeroed struct): what `sshd -T` says. */
struct sshd_config *sshd_config_parse(struct secret *text);

void sshd_config_free(struct sshd_config *config);

/* Finds the next item from index *at on that holds for this keyword, and moves *at behind it. The first one
 * is what counts of a keyword that is no list. NULL: no more. */
const struct sshd_item *sshd_config_next(const struct sshd_config *config, enum sshd_keyword keyword,
                                         size_t *at);

#endif
