// SPDX-License-Identifier: Apache-2.0
/* A list of checks, each for one cause, and how it is gone through. */
#ifndef AGENT_CHECK_LIST_H
#define AGENT_CHECK_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "agent/config.h"
#include "agent/finding.h"
#include "agent/metadata.h"
#include "agent/status.h"
#include "platform/account.h"
#include "platform/probe.h"

/* What a check cannot do without: where that is missing it is skipped. */
enum check_needs {
    CHECK_RUNNING = 1,   /* a system that runs; with --root it is taken for one that does not */
    CHECK_PRIVILEGE = 2, /* the rights of the administrator */
    CHECK_ACCOUNT = 4,   /* that the account exists */
    CHECK_SERVICE = 8,   /* that the metadata service takes connections */
    /* On the other system it is not listed. */
    CHECK_ON_LINUX = 16,
    CHECK_ON_WINDOWS = 32
};

/* What the checks of a list share. */
struct check_context {
    const struct config *config;
    struct probe_subject subject;
    struct metadata *metadata;            /* NULL until a check asks for it */
    bool is_reachable;                    /* does the service take connections and answer? */
    char requested[ACCOUNT_NAME_MAX + 2]; /* see struct metadata_reset */
    char user[ACCOUNT_NAME_MAX + 1];      /* "" until it is known to exist */
};

typedef void check_function(struct check_context *context, struct finding *finding);

struct check {
    const char *name;  /* stands in JSON, as does group: never changes once released */
    const char *group; /* which part of a reset it is about */
    unsigned needs;    /* a set of check_needs */
    probe *probe;      /* asks the system; or else */
    check_function *function;
};

struct check_list {
    const struct check *checks;
    size_t count;
    const char *good; /* what is said at the end when none failed */
    const char *bad;
};

/*
 * Goes through a list and prints what is found, each check as it ends. Within 15 s. OK;
 * CHECK_FAILED when one failed; else why there could be no check.
 */
enum status check_list_run(const struct check_list *list, const struct config *config, FILE *out);

#endif
