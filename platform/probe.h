// SPDX-License-Identifier: Apache-2.0
/*
 * What `check` asks of the system: each probe looks at one thing, changes nothing, and says what it found and
 * what would mend it. No probe shows a secret or logs. One that means nothing on a system leaves the finding
 * as it was (FINDING_NONE); see probe/absent.c of each.
 */
#ifndef PLATFORM_PROBE_H
#define PLATFORM_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/finding.h"
#include "platform/account.h"

/* What they are asked about. */
struct probe_subject {
    const char *root;  /* the folder that holds the system; "" for the running one, "/" for this chroot's */
    const char *url;   /* of the metadata service */
    const char *user;  /* the account to reset, which exists; "" where there is none */
    const char *proxy; /* see host_proxy_variable() */
    const struct account_settings *account;
    int64_t deadline_ms; /* of host_now_ms(): when a probe must have ended */
};

typedef void probe(const struct probe_subject *subject, struct finding *finding);

/* May this process look at everything: is it root's, is it elevated? */
bool probe_is_privileged(void);

/* The way to the service; of the running system only. */
probe probe_route;   /* is there a route to its address, and none in its way? */
probe probe_connect; /* does it take a connection; else, how does it fail, and who may be the cause? */
probe probe_proxy;   /* are there settings for a proxy? They are not followed. */
probe probe_clock;   /* can the time be true? */

/* Setting the password of the account. Privilege is needed. */
probe probe_locked;            /* is the account locked or disabled? */
probe probe_expired;           /* has it expired? */
probe probe_must_change;       /* must its password be changed? */
probe probe_shell;             /* has it a login shell? */
probe probe_nologin;           /* does nologin(5) keep it out? */
probe probe_faillock;          /* is it refused for failed logins? */
probe probe_hash;              /* which hash method is chosen, and does libcrypt verify what it makes? */
probe probe_shadow_file;       /* a regular file with the right owner and mode, which can be replaced? */
probe probe_immutable;         /* is it, or its folder, immutable or append-only? */
probe probe_read_only;         /* is its file system read-only? */
probe probe_disk_space;        /* are there blocks and inodes? */
probe probe_selinux;           /* has it the label that the policy wants? */
probe probe_lock;              /* does somebody hold the lock of the password files, or has left one? */
probe probe_password_policy;   /* Windows: what does a new password have to be? */
probe probe_domain_controller; /* Windows: are the accounts a whole domain's? */

/* Logging in with it. */
probe probe_sshd;         /* is there a server at all? */
probe probe_ssh_password; /* does it take passwords? */
probe probe_ssh_root;     /* does it let root in with one? */
probe probe_ssh_users;    /* do its lists of users and groups let the account in? */
probe probe_console;      /* can one log in on the screen or the serial console? */

/* Running at boot. */
probe probe_service;     /* is the program started at boot? */
probe probe_cloud_init;  /* does it set, lock or forbid passwords after us? */
probe probe_old_plugin;  /* is the Java plugin there, too? */
probe probe_other_agent; /* is another program there for the same job? */
probe probe_setup;       /* Windows: is it being set up? */

/* For `selftest`: sets a password in a system of its own in a temporary folder, as a reset does, and removes
 * it. */
probe probe_rehearsal;

#endif
