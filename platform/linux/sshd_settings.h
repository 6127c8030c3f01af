// SPDX-License-Identifier: Apache-2.0
/* The settings of sshd that hold for an account, and where they stand. */
#ifndef PLATFORM_LINUX_SSHD_SETTINGS_H
#define PLATFORM_LINUX_SSHD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/linux/sshd_config.h"

enum sshd_server { SSHD_SERVER_NONE, SSHD_SERVER_DROPBEAR, SSHD_SERVER_OPENSSH };

/* Which server is installed in the system under root? */
enum sshd_server sshd_server(const char *root);

/* Asks the running system's sshd (`sshd -T`) what holds for an account that logs in from outside. False: it
 * cannot be asked. *code is its exit code, out what it says, or complains of; the caller frees it. */
bool sshd_ask(const char *user, int64_t end_ms, struct secret *out, int *code);

/* Where OpenSSH's settings begin; NULL: nowhere, and then it does not start. */
const char *sshd_main_file(const char *root);

/* What PermitRootLogin is where nothing sets it. */
const char *sshd_default_root_login(const char *root);

struct sshd_settings {
    struct sshd_account account;
    struct sshd_config *files;
    struct sshd_config *told; /* by sshd itself; NULL where it cannot be asked: then the files count */
};

/* False: they cannot be read. The caller frees them in any case. */
bool sshd_settings_read(const char *root, const char *user, int64_t end_ms, struct sshd_settings *settings);

void sshd_settings_free(struct sshd_settings *settings);

/* The first word that counts; the default where nothing is set. */
const char *sshd_settings_word(const struct sshd_settings *settings, enum sshd_keyword keyword,
                               const char *by_default);

/* As sshd_config_next(), of what counts. */
const struct sshd_item *sshd_settings_next(const struct sshd_settings *settings, enum sshd_keyword keyword,
                                           size_t *at);

/* The item of a file that sets this word; NULL: none does. */
const struct sshd_item *sshd_settings_place(const struct sshd_settings *settings, enum sshd_keyword keyword,
                                            const char *word);

#endif
