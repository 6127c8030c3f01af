// SPDX-License-Identifier: Apache-2.0
/* A small system with accounts, in the temporary folder of a test, and setting passwords in it. */
#ifndef UNIT_ACCOUNT_SYSTEM_H
#define UNIT_ACCOUNT_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "agent/status.h"

#define PASSWORD "pass: word'\"\\ \xe5\xaf\x86 "

#define PASSWD                                                                                               \
    "root:x:0:0:root:/root:/bin/sh\n"                                                                        \
    "ubuntu:x:1000:1000::/home/ubuntu:/bin/sh\n"                                                             \
    "open::1001:1001::/:/bin/sh\n"                                                                           \
    "old:$6$a$b:1002:1002::/:/bin/sh\n"                                                                      \
    "starred:*:1003:1003::/:/bin/sh\n"                                                                       \
    "unshadowed:x:1004:1004::/:/bin/sh\n"                                                                    \
    "broken:x:1005:1005::/:/bin/sh\n"                                                                        \
    "expired:x:1006:1006::/:/bin/sh\n"                                                                       \
    "short:x\n"                                                                                              \
    "nothing\n"                                                                                              \
    "+nis:x::::::\n"

#define SHADOW_HEAD "root:"
#define SHADOW_TAIL                                                                                          \
    ":0:99999:7:::\n"                                                                                        \
    "daemon:*:19000:0:99999:7:::\n"                                                                          \
    "ubuntu:!:19000:0:99999:7:::\n"                                                                          \
    "broken:x:yesterday::::::\n"                                                                             \
    "expired:x:19000:0:99999:7::1:\n"                                                                        \
    "+::::::::\n"                                                                                            \
    "\xff garbage without an end"
#define SHADOW SHADOW_HEAD "$y$j9T$old$old:19000" SHADOW_TAIL

/* When setting a password must be done; a minute after the setup. */
extern int64_t set_deadline_ms;

/* For cmocka, with a host double as new. */
int account_system_setup(void **state);

#define with_system(test) cmocka_unit_test_setup_teardown(test, account_system_setup, scratch_teardown)

/* Settings that follow the system. */
extern const struct account_settings AUTO;

/* Sets PASSWORD. */
enum status set_password(const char *name);
enum status set_with_method(const char *name, const char *method);

/* The shadow file is as it was, and nothing stands beside it but what a run may leave. */
void assert_untouched(size_t names_in_etc);

#endif
