// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "platform/linux/boot.h"
#include "platform/linux/lines.h"
#include "platform/linux/root_file.h"
#include "platform/linux/sshd_settings.h"
#include "platform/probe.h"

#define NOT_TO_BE_RUN "/etc/ssh/sshd_not_to_be_run"

enum { UNIT_MAX = 64 * 1024 };

/* A line of its configuration that it cannot use; not one that it only remarks on, nor what it lacks
 * elsewhere: before its first start it has no keys. */
static bool is_complaint(const char *line)
{
    return strstr(line, " line ") != NULL && strstr(line, ": Deprecated option") == NULL &&
           strstr(line, ": Unsupported option") == NULL;
}

/* sshd's complaint of its configuration, which keeps it from starting; false where there is none. */
static bool find_complaint(const struct probe_subject *subject, struct finding *finding)
{
    struct secret text;
    struct lines lines;
    bool found = false;
    int code = 0;

    if (subject->root[0] != '\0' || !sshd_ask("root", subject->deadline_ms, &text, &code))
        return false;
    lines = lines_of(&text);
    for (const char *line; code != 0 && !found && (line = lines_next(&lines)) != NULL;) {
        found = is_complaint(line);
        if (found)
            finding_warn(finding, "sshd does not start: %s", line);
    }
    secret_free(&text);
    return found;
}

/* Does the socket start a service for each client, name@.service? */
static bool is_accepting(const char *root, const char *file)
{
    static const char *const yes[] = {"yes", "true", "on", "1", "y", "t"};
    struct secret text;
    struct lines lines;
    bool accepts = false;

    if (!root_file_read(root, file, UNIT_MAX, &text))
        return false;
    lines = lines_of(&text);
    for (const char *line; (line = lines_next(&lines)) != NULL;) {
        const char *value = lines_value(line, "Accept", '=');

        if (value == NULL)
            continue;
        accepts = false;
        for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
            accepts |= strcasecmp(value, yes[i]) == 0;
    }
    secret_free(&text);
    return accepts;
}

/* Another one starts nothing where the service of its name is masked. */
static struct boot_service find_service(const char *root, enum boot_init init, enum sshd_server server)
{
    static const char *const openssh[] = {"ssh", "sshd", "ssh.socket", "sshd.socket", NULL};
    static const char *const dropbear[] = {"dropbear", "dropbear.socket", NULL};
    static const char SOCKET[] = ".socket";
    const struct boot_service found =
        boot_service(root, init, server == SSHD_SERVER_OPENSSH ? openssh : dropbear);
    const size_t len = strlen(found.name);
    char name[BOOT_NAME_MAX + 1] = "";
    const char *const names[] = {name, NULL};
    struct boot_service service;

    if (found.state != BOOT_ENABLED || len < sizeof SOCKET ||
        strcmp(found.name + len - (sizeof SOCKET - 1), SOCKET) != 0 || is_accepting(root, found.file))
        return found;
    (void)snprintf(name, sizeof name, "%.*s", (int)(len - (sizeof SOCKET - 1)), found.name);
    service = boot_service(root, init, names);
    return service.state == BOOT_MASKED ? service : found;
}

/* A file of Debian's, for which its unit and its script look. */
static bool must_not_run(const char *root, const struct boot_service *service)
{
    struct secret text;
    bool is_asked;

    if (!root_file_exists(root, NOT_TO_BE_RUN) || !root_file_read(root, service->file, UNIT_MAX, &text))
        return false;
    is_asked = strstr(secret_text(&text), NOT_TO_BE_RUN) != NULL;
    secret_free(&text);
    return is_asked;
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
    service = find_service(subject->root, init, server);
    if (server == SSHD_SERVER_OPENSSH && find_complaint(subject, finding))
        return;
    if (service.state == BOOT_ENABLED && must_not_run(subject->root, &service)) {
        finding_warn(finding, NOT_TO_BE_RUN " keeps %s from starting", service.name);
        finding_mend(finding, subject->root, "rm " NOT_TO_BE_RUN);
    } else if (service.state == BOOT_ENABLED) {
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
