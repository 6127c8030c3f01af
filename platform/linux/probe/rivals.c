// SPDX-License-Identifier: Apache-2.0
/* Other programs for the same job: of two, one acknowledges a reset that the other one has not seen. */
#include "platform/probe.h"

#include <stdio.h>
#include <string.h>

#include "platform/linux/boot.h"
#include "platform/linux/root_file.h"

enum { NAMES_MAX = 3 };

static struct boot_service look_for(const char *root, const char *name)
{
    const char *const names[] = {name, NULL};

    return boot_service(root, boot_init(root), names);
}

/* Each of its services has a remover, which is in its folder. */
static const struct {
    const char *name;
    const char *remover;
    const char *folder;
} plugin[] = {
    {"cloudResetPwdAgent", "/CloudrResetPwdAgent/bin/cloudResetPwdAgent.script", "/CloudrResetPwdAgent"},
    {"cloudResetPwdUpdateAgent", "/CloudResetPwdUpdateAgent/bin/cloudResetPwdUpdateAgent.script",
     "/CloudResetPwdUpdateAgent"},
};

enum { PLUGIN_SERVICES = sizeof plugin / sizeof plugin[0] };

/* Appends to a command whatever ends this service. */
static void add_mend(char mend[FINDING_MEND_MAX + 1], const char *root, const char *remover,
                     const struct boot_service *service)
{
    char command[BOOT_COMMAND_MAX + 1];
    const size_t len = strlen(mend);

    if (root_file_is_program(root, remover))
        (void)snprintf(command, sizeof command, "%s remove", remover);
    else
        boot_disable_command(root, boot_init(root), service, command);
    (void)snprintf(mend + len, FINDING_MEND_MAX + 1 - len, "%s%s", len != 0 ? " && " : "", command);
}

void probe_old_plugin(const struct probe_subject *subject, struct finding *finding)
{
    const char *folder = NULL;
    char enabled[BOOT_PATH_MAX + 1] = "";
    char mend[FINDING_MEND_MAX + 1] = "";

    for (size_t i = 0; i < PLUGIN_SERVICES; i++) {
        const struct boot_service service = look_for(subject->root, plugin[i].name);

        if (root_file_exists(subject->root, plugin[i].folder))
            folder = plugin[i].folder;
        if (service.state != BOOT_ENABLED)
            continue;
        add_mend(mend, subject->root, plugin[i].remover, &service);
        if (enabled[0] == '\0')
            memcpy(enabled, service.path, sizeof enabled);
    }
    if (enabled[0] != '\0') {
        finding_warn(finding, "the Java plugin is started at boot, too: %s", enabled);
        finding_mend(finding, subject->root, "%s", mend);
    } else if (folder != NULL) {
        finding_ok(finding, "%s is there, and nothing starts it at boot", folder);
    } else {
        finding_ok(finding, "none");
    }
}

/* Those that set passwords at boot by themselves. One that waits to be told, as QEMU's agent, is no rival. */
static const struct {
    const char *owner;
    const char *names[NAMES_MAX];
} agents[] = {
    {"CloudStack's", {"cloud-set-guest-password"}},
    {"Azure's", {"walinuxagent", "waagent"}},
    {"OpenNebula's", {"one-context", "vmcontext"}},
    {"Rackspace's", {"nova-agent"}},
};

void probe_other_agent(const struct probe_subject *subject, struct finding *finding)
{
    const enum boot_init init = boot_init(subject->root);

    finding_ok(finding, "none");
    for (size_t i = 0; i < sizeof agents / sizeof agents[0]; i++) {
        const struct boot_service service = boot_service(subject->root, init, agents[i].names);
        char command[BOOT_COMMAND_MAX + 1];

        if (service.state != BOOT_ENABLED)
            continue;
        finding_warn(finding, "%s agent is started at boot and sets passwords, too: %s", agents[i].owner,
                     service.path);
        boot_disable_command(subject->root, init, &service, command);
        finding_mend(finding, subject->root, "%s", command);
        return;
    }
}
