// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/boot.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/linux/lines.h"
#include "platform/linux/root_dir.h"
#include "platform/linux/root_file.h"

#define RUNLEVELS   "/etc/runlevels/"
#define UPDATE_RC_D "/usr/sbin/update-rc.d" /* Debian's; others have chkconfig */

enum { INITTAB_MAX = 65536 };

const char *const boot_unit_dirs[] = {"/etc/systemd/system", "/usr/local/lib/systemd/system",
                                      "/usr/lib/systemd/system", "/lib/systemd/system", NULL};

enum boot_init boot_init(const char *root)
{
    char init[BOOT_PATH_MAX + 1] = "";

    /* In a chroot nothing runs: then as for any folder. */
    if (root[0] == '\0' && root_file_exists(root, "/run/systemd/system"))
        return BOOT_SYSTEMD;
    if (root_file_link(root, "/sbin/init", init, sizeof init) && strstr(init, "systemd") != NULL)
        return BOOT_SYSTEMD;
    /* Debian's OpenRC is started by sysvinit, Alpine's by busybox. */
    if (root_file_exists(root, "/sbin/openrc-run"))
        return BOOT_OPENRC;
    if (root_file_exists(root, "/sbin/init"))
        return root_file_exists(root, "/etc/init.d") ? BOOT_SYSV : BOOT_UNKNOWN;
    if (root_file_exists(root, "/usr/lib/systemd/systemd") || root_file_exists(root, "/lib/systemd/systemd"))
        return BOOT_SYSTEMD;
    return BOOT_UNKNOWN;
}

/* Makes the path of a name in a folder; false when it is too long. */
static bool join(char out[BOOT_PATH_MAX + 1], const char *dir, const char *name)
{
    const int len = snprintf(out, BOOT_PATH_MAX + 1, "%s/%s", dir, name);

    return len > 0 && len <= BOOT_PATH_MAX;
}

/* In an image there need not be a /dev/null to be led to. */
static bool leads_to_null(const char *root, const char *path)
{
    static const char null[] = "/dev/null";
    char target[BOOT_PATH_MAX + 1];
    size_t len;

    if (!root_file_link(root, path, target, sizeof target))
        return false;
    len = strlen(target);
    return len >= sizeof null - 1 && strcmp(target + len - (sizeof null - 1), null) == 0;
}

/* systemd since 246 takes such a link for the unit all the same, and cannot load it. */
static bool leads_nowhere(const char *root, const char *path)
{
    char target[BOOT_PATH_MAX + 1];
    struct stat is;

    return root_file_link(root, path, target, sizeof target) && !root_file_stat(root, path, &is) &&
           errno == ENOENT;
}

/* Finds the unit, and whether it is masked. */
static void find_unit(const char *root, const char *unit, struct boot_service *out)
{
    for (const char *const *dir = boot_unit_dirs; *dir != NULL; dir++) {
        struct stat is;

        if (!join(out->file, *dir, unit))
            continue;
        out->state = BOOT_MASKED;
        if (leads_to_null(root, out->file) || leads_nowhere(root, out->file))
            return;
        out->state = BOOT_MISSING;
        if (!root_file_stat(root, out->file, &is))
            continue;
        out->state = S_ISREG(is.st_mode) && is.st_size > 0 ? BOOT_DISABLED : BOOT_MASKED;
        return;
    }
}

/* Is name, in one of the folders in dir whose names end so, a link that counts? */
static bool find_link(const char *root, const char *dir, const char *suffix, const char *name,
                      char path[BOOT_PATH_MAX + 1])
{
    struct root_dir folders;
    char folder[BOOT_PATH_MAX + 1];
    char target[BOOT_PATH_MAX + 1];
    bool found = false;

    if (!root_dir_read(root, dir, suffix, &folders))
        return false;
    /* Where it leads to does not matter to systemd. */
    for (size_t i = 0; i < folders.count && !found; i++)
        found = join(folder, dir, folders.names[i]) && join(path, folder, name) &&
                root_file_link(root, path, target, sizeof target) && !leads_to_null(root, path);
    root_dir_free(&folders);
    return found;
}

static bool is_wanted(const char *root, const char *unit, char path[BOOT_PATH_MAX + 1])
{
    for (const char *const *dir = boot_unit_dirs; *dir != NULL; dir++)
        if (find_link(root, *dir, ".wants", unit, path) || find_link(root, *dir, ".requires", unit, path))
            return true;
    return false;
}

/* The runlevel that inittab(5) names; Debian has another one than all others where it names none. */
static char default_runlevel(const char *root)
{
    char level = root_file_exists(root, "/etc/debian_version") ? '2' : '3';
    struct secret text;
    struct lines lines;

    if (!root_file_read(root, "/etc/inittab", INITTAB_MAX, &text))
        return level;
    lines = lines_of(&text);
    for (const char *line; (line = lines_next(&lines)) != NULL;) {
        const char *action = strstr(line, ":initdefault:");

        if (line[0] != '#' && action != NULL && action > line && isdigit((unsigned char)action[-1]))
            level = action[-1];
    }
    secret_free(&text);
    return level;
}

/* Is there a link S??NAME in this folder? */
static bool find_start_link(const char *root, const char *dir, const char *name, char path[BOOT_PATH_MAX + 1])
{
    struct root_dir links;
    bool found = false;

    if (!root_dir_read(root, dir, name, &links))
        return false;
    for (size_t i = 0; i < links.count && !found; i++)
        found = links.names[i][0] == 'S' && strlen(links.names[i]) == strlen(name) + 3 &&
                join(path, dir, links.names[i]);
    root_dir_free(&links);
    return found;
}

static bool is_in_runlevel(const char *root, const char *name, char path[BOOT_PATH_MAX + 1])
{
    static const char *const dirs[] = {"/etc/rc%c.d", "/etc/rc.d/rc%c.d", "/etc/init.d/rc%c.d"};
    const char levels[] = {default_runlevel(root), 'S'};

    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0] * 2; i++) {
        char dir[sizeof "/etc/init.d/rc0.d"];

        (void)snprintf(dir, sizeof dir, dirs[i / 2], levels[i % 2]);
        if (find_start_link(root, dir, name, path))
            return true;
    }
    return false;
}

static bool is_in_openrc(const char *root, const char *name, char path[BOOT_PATH_MAX + 1])
{
    static const char *const dirs[] = {RUNLEVELS "default", RUNLEVELS "boot", RUNLEVELS "sysinit"};
    char target[BOOT_PATH_MAX + 1];

    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        if (join(path, dirs[i], name) && root_file_link(root, path, target, sizeof target))
            return true;
    return false;
}

static void look_at_script(const char *root, enum boot_init init, const char *name, struct boot_service *out)
{
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    if (!join(out->file, "/etc/init.d", name) || !root_file_exists(root, out->file))
        return;
    out->state = root_file_is_program(root, out->file) ? BOOT_DISABLED : BOOT_MASKED;
    if (out->state == BOOT_DISABLED &&
        (init == BOOT_OPENRC ? is_in_openrc(root, name, out->path) : is_in_runlevel(root, name, out->path)))
        out->state = BOOT_ENABLED;
}

static void look_at_unit(const char *root, const char *name, struct boot_service *out)
{
    (void)snprintf(out->name, sizeof out->name, "%s%s", name, strchr(name, '.') != NULL ? "" : ".service");
    find_unit(root, out->name, out);
    if (out->state == BOOT_DISABLED && is_wanted(root, out->name, out->path))
        out->state = BOOT_ENABLED;
}

struct boot_service boot_service(const char *root, enum boot_init init, const char *const names[])
{
    struct boot_service best = {.state = BOOT_MISSING};

    for (; *names != NULL; names++) {
        struct boot_service service = {.state = BOOT_MISSING};

        if (init == BOOT_SYSTEMD)
            look_at_unit(root, *names, &service);
        if (service.state == BOOT_MISSING && init != BOOT_UNKNOWN && strchr(*names, '.') == NULL)
            look_at_script(root, init, *names, &service);
        if (service.state <= best.state)
            continue;
        best = service;
        if (best.state != BOOT_ENABLED)
            memcpy(best.path, best.file, sizeof best.path);
    }
    return best;
}

void boot_enable_command(const char *root, enum boot_init init, const char *name,
                         char out[BOOT_COMMAND_MAX + 1])
{
    const size_t size = BOOT_COMMAND_MAX + 1;

    if (init == BOOT_SYSTEMD)
        (void)snprintf(out, size, "systemctl enable %s", name);
    else if (init == BOOT_OPENRC)
        (void)snprintf(out, size, "rc-update add %s default", name);
    else if (root_file_exists(root, UPDATE_RC_D))
        /* The first one leaves a script alone that was disabled, the second one that never was enabled. */
        (void)snprintf(out, size, "update-rc.d %s defaults && update-rc.d %s enable", name, name);
    else
        (void)snprintf(out, size, "chkconfig %s on", name);
}

void boot_disable_command(const char *root, enum boot_init init, const struct boot_service *service,
                          char out[BOOT_COMMAND_MAX + 1])
{
    const size_t size = BOOT_COMMAND_MAX + 1;
    const char *runlevel = service->path + (sizeof RUNLEVELS - 1); /* where OpenRC has it */

    if (init == BOOT_SYSTEMD)
        (void)snprintf(out, size, "systemctl disable %s", service->name);
    else if (init == BOOT_OPENRC)
        (void)snprintf(out, size, "rc-update del %s %.*s", service->name, (int)strcspn(runlevel, "/"),
                       runlevel);
    else if (root_file_exists(root, UPDATE_RC_D))
        (void)snprintf(out, size, "update-rc.d %s disable", service->name);
    else
        (void)snprintf(out, size, "chkconfig %s off", service->name);
}
