// SPDX-License-Identifier: Apache-2.0
/* How pam_faillock(8) and pam_tally2(8) count failed logins, and whom they refuse. Pure. */
#ifndef PLATFORM_LINUX_PROBE_FAILLOCK_SETTINGS_H
#define PLATFORM_LINUX_PROBE_FAILLOCK_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/secret.h"

enum { TALLY_RECORD_SIZE = 64, TALLY_PATH_SIZE = 128 };

/* Times in seconds. */
struct faillock_settings {
    char path[TALLY_PATH_SIZE];   /* of pam_faillock's folder, pam_tally2's file */
    char config[TALLY_PATH_SIZE]; /* "conf=", or "" */
    unsigned deny;                /* after so many failures; 0 for never */
    uint64_t fail_interval;
    uint64_t unlock_time; /* 0 for never */
    uint64_t root_unlock_time;
    bool has_root_unlock_time;
    bool even_deny_root;
};

struct faillock_verdict {
    unsigned failures;
    bool is_refused;
    uint64_t left_s; /* until the account is let in again; 0 for never */
};

struct faillock_settings faillock_defaults(void);
struct faillock_settings tally2_defaults(void);

/* Takes in the arguments of a module's line, and the text of faillock.conf(5), which is taken apart. */
void faillock_take_arguments(struct faillock_settings *settings, const char *arguments);
void faillock_take_config(struct faillock_settings *settings, struct secret *text);

/* Judges what an account's file of failures holds; each record has TALLY_RECORD_SIZE bytes. */
struct faillock_verdict faillock_judge(const struct faillock_settings *settings, const unsigned char *records,
                                       size_t len, bool is_root, int64_t now_s);

/* Judges the one record of an account. */
struct faillock_verdict tally2_judge(const struct faillock_settings *settings,
                                     const unsigned char record[TALLY_RECORD_SIZE], bool is_root,
                                     int64_t now_s);

#endif
