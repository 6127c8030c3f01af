// SPDX-License-Identifier: Apache-2.0
/* The values of settings, wherever they come from: each is checked before it is stored. */
#ifndef AGENT_SETTING_H
#define AGENT_SETTING_H

#include <stdbool.h>

#include "agent/config.h"

/* Stores a value; false when it is of no use, and then what config holds there is as it was. */
typedef bool setting(struct config *config, const char *value);

setting setting_allow_domain_controller;
setting setting_deadline;
setting setting_file;
setting setting_hash_method;
setting setting_metadata_url;
setting setting_policy;
setting setting_report;
setting setting_require_confinement;
setting setting_root;
setting setting_unlock;
setting setting_user;          /* "" for the administrator's account */
setting setting_user_override; /* the one of the command line */

/* The exception: false when something in the list is of no use, and then the rest has been stored. */
setting setting_users;

#endif
