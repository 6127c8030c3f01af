// SPDX-License-Identifier: Apache-2.0
/* What login.defs(5) says of password hashes. */
#ifndef PLATFORM_LINUX_LOGIN_DEFS_H
#define PLATFORM_LINUX_LOGIN_DEFS_H

#include <stddef.h>

enum { LOGIN_DEFS_METHOD_MAX = 15 };

/* A number is 0 where the file does not give a positive one, the method "". */
struct login_defs {
    const char *path;     /* the file in its system; NULL when there is none */
    unsigned lines;       /* how many it has */
    unsigned method_line; /* the one that names the method; 0 for none */
    char encrypt_method[LOGIN_DEFS_METHOD_MAX + 1];
    unsigned long sha_crypt_min_rounds;
    unsigned long sha_crypt_max_rounds;
    unsigned long yescrypt_cost_factor;
    unsigned long bcrypt_min_rounds;
    unsigned long bcrypt_max_rounds;
};

/* Reads the text of the file. Of an item that stands there twice the last one counts, as for shadow-utils. */
struct login_defs login_defs_parse(const char *text);

/* Reads the file of the system whose folder /etc this is; SUSE keeps the vendor's in /usr/etc. */
struct login_defs login_defs_read(int etc_fd);

#endif
