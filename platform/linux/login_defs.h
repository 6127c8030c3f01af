// SPDX-License-Identifier: Apache-2.0
/* What login.defs(5) says of password hashes. Pure. */
#ifndef PLATFORM_LINUX_LOGIN_DEFS_H
#define PLATFORM_LINUX_LOGIN_DEFS_H

#include <stddef.h>

enum { LOGIN_DEFS_METHOD_MAX = 15 };

/* A number is 0 where the file does not give a positive one, the method "". */
struct login_defs {
    char encrypt_method[LOGIN_DEFS_METHOD_MAX + 1];
    unsigned long sha_crypt_min_rounds;
    unsigned long sha_crypt_max_rounds;
    unsigned long yescrypt_cost_factor;
    unsigned long bcrypt_min_rounds;
    unsigned long bcrypt_max_rounds;
};

/* Reads the text of the file. Of an item that stands there twice the last one counts, as for shadow-utils. */
struct login_defs login_defs_parse(const char *text);

#endif
