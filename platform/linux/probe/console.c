// SPDX-License-Identifier: Apache-2.0
/* Where a login prompt comes up without a network: on the screen, or on a serial line. */
#include <stdio.h>
#include <string.h>

#include "platform/linux/boot.h"
#include "platform/linux/lines.h"
#include "platform/linux/probe/console_lines.h"
#include "platform/linux/root_dir.h"
#include "platform/linux/root_file.h"
#include "platform/probe.h"

enum { FILE_MAX = 256 * 1024 };

/* In systemd, where line is what a unit has behind its '@'. */
static bool is_masked(const char *root, const char *line)
{
    char unit[BOOT_NAME_MAX + 1];

    (void)snprintf(unit, sizeof unit, "%s@%s.service", console_is_screen(line) ? "getty" : "serial-getty",
                   line);
    return boot_service(root, BOOT_SYSTEMD, (const char *const[]){unit, NULL}).state == BOOT_MASKED;
}

/* Those that names in a folder have behind this word, if they lead somewhere or need not. */
static void add_names(const char *root, const char *folder, const char *word, bool must_lead,
                      struct console_lines *lines)
{
    struct root_dir dir;

    if (!root_dir_read(root, folder, "", &dir))
        return;
    for (size_t i = 0; i < dir.count; i++) {
        char path[BOOT_PATH_MAX + 1];

        (void)snprintf(path, sizeof path, "%s/%s", folder, dir.names[i]);
        if (strncmp(dir.names[i], word, strlen(word)) == 0 && (!must_lead || root_file_exists(root, path)))
            console_lines_add(lines, dir.names[i] + strlen(word));
    }
    root_dir_free(&dir);
}

/* Of its own accord systemd starts a getty on the kernel's consoles, but for the screen. */
static void find_of_systemd(const char *root, struct console_lines *lines)
{
    struct console_lines all = {.count = 0};
    struct console_lines used = {.count = 0};
    char wants[BOOT_PATH_MAX + 1];

    for (const char *const *dir = boot_unit_dirs; *dir != NULL; dir++) {
        (void)snprintf(wants, sizeof wants, "%s/getty.target.wants", *dir);
        add_names(root, wants, "getty@", false, &all);
        add_names(root, wants, "serial-getty@", false, &all);
    }
    if (!console_lines_add_used(root, &used))
        console_lines_add_told(root, &used);
    for (size_t i = 0; i < used.count; i++) {
        if (!console_is_screen(used.names[i]) && strcmp(used.names[i], "null") != 0)
            console_lines_add(&all, used.names[i]);
    }
    for (size_t i = 0; i < all.count; i++) {
        if (!is_masked(root, all.names[i]))
            console_lines_add(lines, all.names[i]);
    }
}

/* OpenRC passes over a script that is not there. */
static void find_of_openrc(const char *root, struct console_lines *lines)
{
    add_names(root, "/etc/runlevels/default", "agetty.", true, lines);
    add_names(root, "/etc/runlevels/boot", "agetty.", true, lines);
}

/* A line of inittab(5) that starts a getty: its word that is the name of a terminal. */
static void add_of_inittab(char *entry, struct console_lines *lines)
{
    char *rest = NULL;

    if (*entry == '#' || strstr(entry, "getty") == NULL)
        return;
    for (const char *word = strtok_r(entry, " \t:/", &rest); word != NULL;
         word = strtok_r(NULL, " \t:/", &rest)) {
        if ((strncmp(word, "tty", 3) == 0 && word[3] != '\0') || strncmp(word, "hvc", 3) == 0 ||
            strcmp(word, "console") == 0) {
            console_lines_add(lines, word);
            return;
        }
    }
}

static void find_of_inittab(const char *root, struct console_lines *lines)
{
    struct secret text;
    struct lines entries;

    if (!root_file_read(root, "/etc/inittab", FILE_MAX, &text))
        return;
    entries = lines_of(&text);
    for (char *entry; (entry = lines_next(&entries)) != NULL;)
        add_of_inittab(entry, lines);
    secret_free(&text);
}

/* Does login(1) ask pam_securetty(8), with this option? "" is any. */
static bool login_asks(const char *root, const char *option)
{
    struct secret text;
    struct lines lines;
    bool asks = false;

    if (!root_file_read(root, "/etc/pam.d/login", FILE_MAX, &text))
        return false;
    lines = lines_of(&text);
    for (const char *line; (line = lines_next(&lines)) != NULL;) {
        line += strspn(line, " \t");
        if (*line != '#' && strstr(line, "pam_securetty.so") != NULL && strstr(line, option) != NULL)
            asks = true;
    }
    secret_free(&text);
    return asks;
}

/* Has the list of securetty(5) a line with this name? */
static bool is_listed(const struct secret *list, const char *name)
{
    const size_t len = strlen(name);

    for (const char *at = secret_text(list); *at != '\0'; at += *at == '\n') {
        if (strncmp(at, name, len) == 0 && strchr(" \t\r\n", at[len]) != NULL)
            return true;
        at += strcspn(at, "\n");
    }
    return false;
}

/* pam_securetty(8) keeps root off lines that /etc/securetty does not name, where that is there; but not off
 * the kernel's consoles, unless it is told to. */
static void take_insecure(const char *root, struct console_lines *lines)
{
    struct secret list;
    struct console_lines kernels = {.count = 0};
    struct console_lines secure = {.count = 0};

    if (!login_asks(root, "") || !root_file_read(root, "/etc/securetty", FILE_MAX, &list))
        return;
    if (!login_asks(root, "noconsole")) {
        console_lines_add_told(root, &kernels);
        (void)console_lines_add_used(root, &kernels);
    }
    for (size_t i = 0; i < lines->count; i++) {
        if (is_listed(&list, lines->names[i]) || console_lines_have(&kernels, lines->names[i]))
            console_lines_add(&secure, lines->names[i]);
    }
    secret_free(&list);
    *lines = secure;
}

static void mend_systemd(const char *root, struct finding *finding)
{
    static const char UNIT[] = "serial-getty@ttyS0.service";
    const bool masked = is_masked(root, "ttyS0");

    /* systemctl finds no mask where there is no /dev/null, as in an image. */
    if (root[0] != '\0')
        finding_mend(finding, root, "%ssystemctl enable %s",
                     masked ? "rm /etc/systemd/system/serial-getty@ttyS0.service && " : "", UNIT);
    else
        finding_mend(finding, root, "%ssystemctl enable --now %s",
                     masked ? "systemctl unmask serial-getty@ttyS0.service && " : "", UNIT);
}

/* What is added to a file begins with the end of the line before, which may have none; all who read these
 * files pass over an empty line. */
static void mend_inittab(const char *root, struct finding *finding)
{
    char init[BOOT_PATH_MAX + 1];

    /* What stands first is a name for sysvinit, but the terminal for busybox, which has no runlevels. */
    if (root_file_link(root, "/sbin/init", init, sizeof init) && strstr(init, "busybox") != NULL)
        finding_mend(finding, root,
                     "printf '\\nttyS0::respawn:/sbin/getty -L 115200 ttyS0 vt100\\n' >> /etc/inittab");
    else
        finding_mend(finding, root,
                     "printf '\\nS0:2345:respawn:/sbin/getty -L ttyS0 115200 vt100\\n' >> /etc/inittab");
}

static void mend_none(const char *root, enum boot_init init, struct finding *finding)
{
    if (init == BOOT_SYSTEMD)
        mend_systemd(root, finding);
    else if (init == BOOT_OPENRC && root_file_exists(root, "/etc/init.d/agetty"))
        finding_mend(finding, root,
                     "ln -sf agetty /etc/init.d/agetty.ttyS0 && rc-update add agetty.ttyS0 default");
    else if (root_file_exists(root, "/etc/inittab"))
        mend_inittab(root, finding);
}

static void say(const struct console_lines *lines, struct finding *finding)
{
    char text[CONSOLE_LINES_MAX * (CONSOLE_NAME_MAX + 3)] = "";
    bool has_serial = false;
    size_t len = 0;

    for (size_t i = 0; i < lines->count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? ", " : "", lines->names[i]);
        has_serial |= !console_is_screen(lines->names[i]);
    }
    finding_ok(finding, "a login prompt on %s%s", text, has_serial ? "" : "; on no serial line");
}

void probe_console(const struct probe_subject *subject, struct finding *finding)
{
    const enum boot_init init = boot_init(subject->root);
    struct console_lines lines = {.count = 0};
    char first[CONSOLE_NAME_MAX + 1];

    if (init == BOOT_UNKNOWN) {
        finding_skip(finding, "it is not known what starts a login prompt here");
        return;
    }
    if (init == BOOT_SYSTEMD)
        find_of_systemd(subject->root, &lines);
    else
        find_of_inittab(subject->root, &lines);
    if (init == BOOT_OPENRC)
        find_of_openrc(subject->root, &lines);
    if (lines.count == 0) {
        finding_warn(finding, "no login prompt is started, neither on the screen nor on a serial line");
        mend_none(subject->root, init, finding);
        return;
    }
    memcpy(first, lines.names[0], sizeof first);
    if (strcmp(subject->user, "root") == 0)
        take_insecure(subject->root, &lines);
    if (lines.count > 0) {
        say(&lines, finding);
        return;
    }
    finding_warn(finding, "/etc/securetty keeps root off %s", first);
    finding_mend(finding, subject->root, "printf '\\n%s\\n' >> /etc/securetty", first);
}
