// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "platform/linux/boot.h"
#include "platform/linux/sshd_settings.h"
#include "platform/probe.h"

/* sshd's complaint of its configuration, which keeps it from starting; false where there is none. Others it
 * has elsewhere, too: before its first start it has no keys. */
static bool find_complaint(const struct probe_subject *subject, struct finding *finding)
{
    struct secret text;
    bool found = false;
    int code = 0;

    if (subject->root[0] != '\0' || !sshd_ask("root", subject->deadline_ms, &text, &code))
        return false;
    if (code != 0 && strstr(secret_text(&text), " line ") != NULL) {
        finding_warn(finding, "sshd does not start: %.*s", (int)strcspn(secret_text(&text), "\r\n"),
                     secret_text(&text));
        found = true;
    }
    secret_free(&text);
    return found;
}

static void mend_start(const struct probe_subject *subject, enum boot_init init,
                       const struct boot_service *service, struct finding *finding)
{
    const bool is_masked = service->state == BOOT_MASKED;
    const char *name = service->name;
    char enable[BOOT_COMMAND_MAX + 1];

    boot_enable_command(subject->root, init, name, enable);
    if (init == BOOT_SYSTEMD && subject->root[0] == '\0')
        finding_mend(finding, "", "%s%s%ssystemctl enable --now %s", is_masked ? "systemctl unmask " : "",
                     is_masked ? name : "", is_masked ? " && " : "", name);
    else if (is_masked) /* systemctl finds no mask where there is no /dev/null, as in an image */
        finding_mend(finding, subject->root, "%s %s && %s", init == BOOT_SYSTEMD ? "rm" : "chmod +x",
                     service->path, enable);
    else
        finding_mend(finding, subject->root, "%s", enable);
}

void probe_sshd(const struct probe_subject *subject, struct finding *finding)
{
    static const char *const openssh[] = {"ssh", "sshd", "ssh.socket", "sshd.socket", NULL};
    static const char *const dropbear[] = {"dropbear", "dropbear.socket", NULL};
    const enum sshd_server server = sshd_server(subject->root);
    const enum boot_init init = boot_init(subject->root);
    struct boot_service service;

    if (server == SSHD_SERVER_NONE) {
        finding_warn(finding, "no sshd is installed: one can log in on the console only");
        return;
    }
    if (server == SSHD_SERVER_OPENSSH && sshd_main_file(subject->root) == NULL) {
        finding_warn(finding, "sshd does not start: there is no /etc/ssh/sshd_config");
        finding_mend(finding, subject->root, "touch /etc/ssh/sshd_config"); /* the defaults hold */
        return;
    }
    service = boot_service(subject->root, init, server == SSHD_SERVER_OPENSSH ? openssh : dropbear);
    if (server == SSHD_SERVER_OPENSSH && find_complaint(subject, finding))
        return;
    if (service.state == BOOT_ENABLED) {
        finding_ok(finding, "%s%s is started at boot", server == SSHD_SERVER_DROPBEAR ? "dropbear: " : "",
                   service.name);
    } else if (init == BOOT_UNKNOWN || service.state == BOOT_MISSING) {
        finding_skip(finding, "%s is installed; what starts it is not known here",
                     server == SSHD_SERVER_DROPBEAR ? "dropbear" : "sshd");
    } else {
        finding_warn(finding, "%s is %s: it is not started at boot", service.name,
                     service.state == BOOT_MASKED ? "masked" : "not enabled");
        mend_start(subject, init, &service, finding);
    }
}
