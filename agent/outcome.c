// SPDX-License-Identifier: Apache-2.0
#include "agent/outcome.h"

#include <stdio.h>

#include "agent/log.h"

enum { LINE_SIZE = 512 };

void outcome_tell(const struct config *config, enum status outcome, bool seen, const char *user)
{
    const bool failed = status_exit_code(outcome) != 0;
    char line[LINE_SIZE];

    if (seen)
        (void)snprintf(line, sizeof line, "%s: reset of %s: %s", status_name(outcome),
                       user[0] != '\0' ? user : "the administrator", status_sentence(outcome));
    else
        (void)snprintf(line, sizeof line, "%s: %s%s", status_name(outcome), status_sentence(outcome),
                       failed ? "; no reset was seen" : "");
    if (!failed)
        log_info("%s", line);
    else if (seen)
        log_error("%s", line);
    else
        log_warning("%s", line);
    if ((seen || failed) && config->root[0] == '\0' && !config->dry_run)
        log_console("%s", line);
}
