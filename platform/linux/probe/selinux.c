// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "platform/linux/root_file.h"
#include "platform/linux/selinux.h"
#include "platform/probe.h"

enum { SMALL_MAX = 64 * 1024, CONTEXTS_MAX = 8 * 1024 * 1024, LABEL_SIZE = 256, PATH_SIZE = 160 };

enum mode { OFF, PERMISSIVE, ENFORCING };

static const char SHADOW[] = "/etc/shadow";
static const char CONFIG[] = "/etc/selinux/config";
static const char RELABEL[] = "/.autorelabel";

static bool setting(const char *root, const char *key, char value[SELINUX_WORD_MAX + 1])
{
    struct secret text;
    bool found;

    value[0] = '\0';
    if (!root_file_read(root, CONFIG, SMALL_MAX, &text))
        return false;
    found = selinux_setting(secret_text(&text), key, value);
    secret_free(&text);
    return found;
}

static enum mode configured_mode(const char *root)
{
    char value[SELINUX_WORD_MAX + 1];

    (void)setting(root, "SELINUX", value);
    if (strcasecmp(value, "enforcing") == 0)
        return ENFORCING;
    return strcasecmp(value, "permissive") == 0 ? PERMISSIVE : OFF;
}

/* Of the running system the kernel knows; of another one its configuration. */
static enum mode mode_of(const char *root)
{
    struct secret text;
    bool is_enforcing;

    if (root[0] != '\0')
        return configured_mode(root);
    if (!root_file_read("", "/sys/fs/selinux/enforce", SMALL_MAX, &text))
        return OFF;
    is_enforcing = secret_text(&text)[0] == '1';
    secret_free(&text);
    return is_enforcing ? ENFORCING : PERMISSIVE;
}

/* What the policy's file wants, or its local additions; in all policies that are known it is shadow_t. */
static void wanted_type(const char *root, char type[SELINUX_WORD_MAX + 1])
{
    static const char *const files[] = {"file_contexts", "file_contexts.local"};
    char policy[SELINUX_WORD_MAX + 1];
    char path[PATH_SIZE];
    char found[SELINUX_WORD_MAX + 1];
    struct secret text;

    memcpy(type, "shadow_t", sizeof "shadow_t");
    if (!setting(root, "SELINUXTYPE", policy))
        memcpy(policy, "targeted", sizeof "targeted");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "/etc/selinux/%s/contexts/files/%s", policy, files[i]);
        if (!root_file_read(root, path, CONTEXTS_MAX, &text))
            continue;
        if (selinux_wanted_type(secret_text(&text), SHADOW, found))
            memcpy(type, found, sizeof found);
        secret_free(&text);
    }
}

/* False with errno; ENODATA where there is none. */
static bool read_label(const char *root, char label[LABEL_SIZE])
{
    int fd = root_file_open(root, SHADOW, O_RDONLY | O_NOFOLLOW);
    ssize_t len;

    if (fd < 0)
        return false;
    len = fgetxattr(fd, "security.selinux", label, LABEL_SIZE - 1);
    if (len >= 0)
        label[len] = '\0';
    (void)close(fd);
    return len >= 0;
}

static void judge_label(const struct probe_subject *subject, enum mode mode, const char *label,
                        struct finding *finding)
{
    const char *mode_name = mode == ENFORCING ? "enforcing" : "permissive";
    char wanted[SELINUX_WORD_MAX + 1];
    char type[SELINUX_WORD_MAX + 1];

    wanted_type(subject->root, wanted);
    if (selinux_type(label, type) && strcmp(type, wanted) == 0) {
        finding_ok(finding, "%s; %s is labelled %s", mode_name, SHADOW, wanted);
        return;
    }
    if (mode == ENFORCING)
        finding_fail(finding, "enforcing; %s is labelled %s, not %s", SHADOW, label, wanted);
    else
        finding_warn(finding, "permissive; %s is labelled %s, not %s", SHADOW, label, wanted);
    if (subject->root[0] == '\0')
        finding_mend(finding, "", "restorecon -F %s", SHADOW);
    else /* restorecon does nothing where the kernel has no policy */
        finding_mend(finding, subject->root, "touch %s", RELABEL);
}

void probe_selinux(const struct probe_subject *subject, struct finding *finding)
{
    const enum mode mode = mode_of(subject->root);
    char label[LABEL_SIZE];

    if (mode == OFF) {
        finding_ok(finding, "off");
    } else if (root_file_exists(subject->root, RELABEL)) {
        finding_ok(finding, "%s has all files labelled at the next boot", RELABEL);
    } else if (read_label(subject->root, label)) {
        judge_label(subject, mode, label, finding);
    } else if (errno == ENODATA && subject->root[0] != '\0') {
        finding_warn(finding, "%s has no label: this system has not been labelled yet", SHADOW);
        finding_mend(finding, subject->root, "touch %s", RELABEL);
    } else {
        finding_skip(finding, "the label of %s cannot be read: %s", SHADOW, strerror(errno));
    }
}
