// SPDX-License-Identifier: Apache-2.0
/* Is the program started at boot, and may it speak to the service there? */
#include "platform/probe.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "platform/linux/boot.h"
#include "platform/linux/root_file.h"
#include "platform/linux/unit.h"

#define NAME "resetpwd-agent"

enum { HOST_MAX = 255 };

/* A package has the scripts of all inits; the one for this init may have to be put into its place. */
static void say_missing(const char *root, enum boot_init init, const char *enable, struct finding *finding)
{
    static const char *const prefixes[] = {"/usr", "/usr/local"};
    const char *kind = init == BOOT_OPENRC ? "openrc" : "sysv";
    char script[64];

    if (init == BOOT_SYSTEMD) {
        finding_fail(finding, "not installed: systemd finds no " NAME ".service");
        return;
    }
    finding_fail(finding, "not installed: there is no /etc/init.d/" NAME);
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        (void)snprintf(script, sizeof script, "%s/share/" NAME "/%s/" NAME, prefixes[i], kind);
        if (root_file_exists(root, script))
            finding_mend(finding, root, "cp %s /etc/init.d/ && %s", script, enable);
    }
}

static void say_masked(const char *root, enum boot_init init, const struct boot_service *service,
                       const char *enable, struct finding *finding)
{
    if (init == BOOT_SYSTEMD) {
        /* Not systemctl unmask: it knows links to a /dev/null that is there, and nothing else. */
        finding_fail(finding, "masked by %s", service->path);
        finding_mend(finding, root, "rm %s && %s", service->path, enable);
    } else {
        finding_fail(finding, "%s is not executable", service->path);
        finding_mend(finding, root, "chmod +x %s && %s", service->path, enable);
    }
}

/* The host of the URL of the service. */
static void host_of(const char *url, char host[HOST_MAX + 1])
{
    const char *begin = strstr(url, "://");

    begin = begin != NULL ? begin + 3 : url;
    if (*begin == '[') /* an address of IPv6 */
        (void)snprintf(host, HOST_MAX + 1, "%.*s", (int)strcspn(begin + 1, "]%"), begin + 1);
    else
        (void)snprintf(host, HOST_MAX + 1, "%.*s", (int)strcspn(begin, ":/"), begin);
}

/* A list of families where there is none would shut off the others. */
static void say_walled_in(const char *root, const char *host, bool needs_ipv6, struct finding *finding)
{
    static const char FOLDER[] = "/etc/systemd/system/" NAME ".service.d";

    finding_fail(finding, "started at boot, but " NAME ".service lets it speak to %s, not to %s",
                 needs_ipv6 ? "IPv4 alone" : "169.254.169.254 alone", host);
    finding_mend(finding, root, "mkdir -p %s && printf '[Service]\\nIPAddressAllow=%s\\n%s' >%s/address.conf",
                 FOLDER, host, needs_ipv6 ? "RestrictAddressFamilies=AF_INET6\\n" : "", FOLDER);
}

static void look_at_program(const struct probe_subject *subject, const struct boot_service *service,
                            struct finding *finding)
{
    char host[HOST_MAX + 1];
    struct in_addr address = {0};
    struct unit unit;
    bool is_ipv6;
    bool is_name;

    host_of(subject->url, host);
    is_ipv6 = strchr(host, ':') != NULL;
    is_name = inet_pton(AF_INET, host, &address) != 1 && !is_ipv6;
    unit = unit_read(subject->root, service, host);
    if (unit.program[0] != '\0' && !root_file_is_program(subject->root, unit.program))
        finding_fail(finding, "%s starts %s, which is not there or not executable", unit.file, unit.program);
    else if ((unit.denies && !unit.allows && !is_name) || (is_ipv6 && unit.lacks_ipv6))
        say_walled_in(subject->root, host, is_ipv6 && unit.lacks_ipv6, finding);
    else if (unit.denies && !unit.allows) /* nor may it ask a name server elsewhere */
        finding_warn(finding,
                     "started at boot, but " NAME ".service may keep it from %s: see IPAddressAllow= there",
                     host);
    else if (strcmp(unit.file, service->file) != 0)
        finding_ok(finding, "enabled by %s; what it starts is in %s", service->path, unit.file);
    else
        finding_ok(finding, "enabled by %s", service->path);
}

void probe_service(const struct probe_subject *subject, struct finding *finding)
{
    static const char *const names[] = {NAME, NULL};
    const enum boot_init init = boot_init(subject->root);
    const struct boot_service service = boot_service(subject->root, init, names);
    char enable[BOOT_COMMAND_MAX + 1];

    boot_enable_command(subject->root, init, NAME, enable);
    if (init == BOOT_UNKNOWN) {
        finding_skip(finding, "neither systemd, OpenRC nor an init with /etc/init.d is here");
    } else if (service.state == BOOT_MISSING) {
        say_missing(subject->root, init, enable, finding);
    } else if (service.state == BOOT_MASKED) {
        say_masked(subject->root, init, &service, enable, finding);
    } else if (service.state == BOOT_DISABLED) {
        finding_fail(finding, "not started at boot: %s is not enabled", service.path);
        finding_mend(finding, subject->root, "%s", enable);
    } else {
        look_at_program(subject, &service, finding);
    }
}
