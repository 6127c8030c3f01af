// SPDX-License-Identifier: Apache-2.0
/* What to do and how: defaults, the configuration file over them, the command line over both. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/policy.h"
#include "agent/status.h"
#include "agent/users.h"
#include "platform/account.h"
#include "platform/host.h"

enum { CONFIG_URL_MAX = 255, CONFIG_DEADLINE_MAX_S = 86400, CONFIG_SLIP_MAX = 511 };

enum config_command {
    CONFIG_NO_COMMAND,
    CONFIG_RUN,
    CONFIG_STATUS,
    CONFIG_CLEAN,
    CONFIG_CHECK,
    CONFIG_SELFTEST,
    CONFIG_HELP,
    CONFIG_VERSION
};

struct config {
    enum config_command command;
    char file[HOST_PATH_MAX];              /* the configuration file */
    char root[HOST_PATH_MAX];              /* the folder that holds the system to work on; "" for this one */
    bool has_root;                         /* was such a folder named, be it "/"? */
    char metadata_url[CONFIG_URL_MAX + 1]; /* without a slash at its end */
    char user[ACCOUNT_NAME_MAX + 1];       /* the configured account; "" for the administrator's */
    char user_override[ACCOUNT_NAME_MAX + 1]; /* the account that --user names; "" for none */
    struct users users;                       /* those that may be reset; not asked about user_override */
    enum policy policy;
    struct account_settings account;
    int64_t deadline_ms;      /* how long a run may take */
    bool report;              /* tell the service how a reset ended */
    bool require_confinement; /* rather do nothing than speak to the service with more rights than needed */
    bool dry_run;
    bool verbose;
    bool json;
    bool has_file;                  /* was there a configuration file? */
    unsigned slips;                 /* how much of it could not be used */
    char slip[CONFIG_SLIP_MAX + 1]; /* the first of these, as it was logged */
};

/* All defaults; no command. */
void config_defaults(struct config *config);

/*
 * Applies a configuration file's text, which is changed. A line that cannot be used is logged as a warning
 * with name and line number, and its key gets its default: a slip of the pen must not lock an owner out.
 */
void config_apply_text(struct config *config, const char *name, char *text);

/*
 * Reads the command line and the file that it names, or the default one. OK; or USAGE, or NOT_SUPPORTED for a
 * root where there can be none, with the reason logged.
 * A file that cannot be read is a warning; the default one may be missing.
 */
enum status config_load(struct config *config, int argc, char *const argv[]);

#endif
