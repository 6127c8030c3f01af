// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/probe/ssh_mend.h"

#include <stdio.h>
#include <string.h>

#include "platform/linux/boot.h"
#include "platform/linux/root_file.h"

const char *ssh_place(const struct sshd_item *item, char out[SSH_PLACE_SIZE])
{
    (void)snprintf(out, SSH_PLACE_SIZE, "%.140s:%u", item->file, item->line);
    return out;
}

/* Nothing that means something to a shell in single quotes, or to sed. */
static bool is_plain(const char *line)
{
    return strpbrk(line, "'/&\\\n") == NULL;
}

/* What makes a running sshd read its files anew, with " && " before it; one that does not run is not started.
 */
static void reload_command(const char *root, char *out, size_t size)
{
    static const char *const names[] = {"ssh", "sshd", NULL};
    const bool is_systemd = root_file_exists("", "/run/systemd/system");
    struct boot_service service;

    *out = '\0';
    if (root[0] != '\0')
        return;
    service = boot_service(root, is_systemd ? BOOT_SYSTEMD : boot_init(root), names);
    if (service.state == BOOT_MISSING)
        return;
    if (is_systemd) /* its name up to systemd 228, which the later ones know, too */
        (void)snprintf(out, size, " && systemctl reload-or-try-restart %s", service.name);
    else if (strchr(service.name, '.') == NULL)
        (void)snprintf(out, size, " && /etc/init.d/%s reload", service.name);
}

void ssh_mend(const struct probe_subject *subject, const struct sshd_settings *settings,
              const struct sshd_item *item, const char *line, struct finding *finding)
{
    const char *file = item != NULL                      ? item->file
                       : settings->files->file_count > 0 ? settings->files->files[0].path
                                                         : "";
    char word[FINDING_WORD_SIZE];
    char reload[128];

    if (!is_plain(line))
        return;
    reload_command(subject->root, reload, sizeof reload);
    (void)finding_word(file, word);
    /* What a distribution keeps in /usr/etc is changed by a file of one's own that comes first. */
    if (strncmp(file, "/etc/", 5) != 0)
        finding_mend(finding, subject->root, "echo '%s' >> /etc/ssh/sshd_config.d/00-login.conf%s", line,
                     reload);
    else if (item == NULL && settings->files->files[0].text.len == 0) /* where sed inserts nothing */
        finding_mend(finding, subject->root, "echo '%s' >> %s%s", line, word, reload);
    else if (item == NULL)
        finding_mend(finding, subject->root, "sed -i '1i %s' %s%s", line, word, reload);
    else if (*line == '\0')
        finding_mend(finding, subject->root, "sed -i %ud %s%s", item->line, word, reload);
    else
        finding_mend(finding, subject->root, "sed -i '%us/.*/%s/' %s%s", item->line, line, word, reload);
}
