// SPDX-License-Identifier: Apache-2.0
/* Which modules of PAM a login passes: pam.d(5). */
#ifndef PLATFORM_LINUX_PROBE_PAM_STACK_H
#define PLATFORM_LINUX_PROBE_PAM_STACK_H

#include <stdbool.h>

enum { PAM_PATH_SIZE = 256, PAM_LINE_SIZE = 1024 };

/* One line that starts a module. */
struct pam_line {
    char file[PAM_PATH_SIZE];
    unsigned number;
    char arguments[PAM_LINE_SIZE]; /* with blanks between them */
};

/*
 * Finds the first line that starts module ("pam_unix.so") to authenticate a user of service ("sshd") in the
 * system under root, in the service's own file or in one that it includes. False when there is none.
 */
bool pam_stack_find(const char *root, const char *service, const char *module, struct pam_line *out);

#endif
