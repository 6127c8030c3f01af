// SPDX-License-Identifier: Apache-2.0
/*
 * What is started at boot, in the system under root: told by its files alone, as systemctl(1),
 * update-rc.d(8), chkconfig(8) and rc-update(8) leave them. Nothing logs.
 */
#ifndef PLATFORM_LINUX_BOOT_H
#define PLATFORM_LINUX_BOOT_H

#include <stdbool.h>

enum { BOOT_NAME_MAX = 63, BOOT_PATH_MAX = 255, BOOT_COMMAND_MAX = 127 };

enum boot_init {
    BOOT_UNKNOWN, /* none that is known here: a container, an embedded system */
    BOOT_SYSTEMD,
    BOOT_SYSV, /* init and rc scripts, of LSB or older */
    BOOT_OPENRC
};

/* The best of all is the last. */
enum boot_state {
    BOOT_MISSING,  /* there is no unit or script */
    BOOT_DISABLED, /* nothing starts it */
    BOOT_MASKED,   /* nothing can: an empty unit, a link to /dev/null or nowhere, a script without x */
    BOOT_ENABLED   /* something that is started wants it */
};

struct boot_service {
    enum boot_state state;
    char name[BOOT_NAME_MAX + 1]; /* of the unit, with its type, or of the script; "" when it is missing */
    char file[BOOT_PATH_MAX + 1]; /* the unit or the script */
    char path[BOOT_PATH_MAX + 1]; /* what says so: the link that starts it, else the same */
};

/* The init of this system: the one that runs, else the one that would. */
enum boot_init boot_init(const char *root);

/*
 * What becomes of a service at boot, which may have several names (systemd's sshd.service is ssh.service
 * elsewhere): of the one with the best state. Names end with NULL; each is a script's, and, with ".service"
 * behind it, a unit's. One with a dot in it is a unit's alone: "ssh.socket".
 * Under systemd a script counts where there is no unit.
 */
struct boot_service boot_service(const char *root, enum boot_init init, const char *const names[]);

/* The command by which this init starts a service at each boot. */
void boot_enable_command(const char *root, enum boot_init init, const char *name,
                         char out[BOOT_COMMAND_MAX + 1]);

/* The command by which it does not do so any more, for one that is enabled. */
void boot_disable_command(const char *root, enum boot_init init, const struct boot_service *service,
                          char out[BOOT_COMMAND_MAX + 1]);

/* Where units are, the first one wins; NULL is the last. Without /run: that is empty at boot. */
extern const char *const boot_unit_dirs[];

#endif
