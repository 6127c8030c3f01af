// SPDX-License-Identifier: Apache-2.0
/* What is said of a setting of sshd, and the command that changes it. */
#ifndef PLATFORM_LINUX_PROBE_SSH_MEND_H
#define PLATFORM_LINUX_PROBE_SSH_MEND_H

#include "platform/linux/sshd_settings.h"
#include "platform/probe.h"

enum { SSH_PLACE_SIZE = 160 };

/* Where an item stands: "/etc/ssh/sshd_config:3". Returns out. */
const char *ssh_place(const struct sshd_item *item, char out[SSH_PLACE_SIZE]);

/*
 * Names as the mend that this line takes the place of item's, or stands before all others where item is NULL.
 * An empty line: item's goes away. No mend where the line cannot stand in a command, or its file is not the
 * owner's.
 */
void ssh_mend(const struct probe_subject *subject, const struct sshd_settings *settings,
              const struct sshd_item *item, const char *line, struct finding *finding);

#endif
