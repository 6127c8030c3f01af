// SPDX-License-Identifier: Apache-2.0
/* Findings, printed one after the other: as lines for people, or as one JSON object. */
#ifndef AGENT_CHECK_PRINT_H
#define AGENT_CHECK_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "agent/check_list.h"
#include "agent/finding.h"

struct check_print {
    FILE *out;
    bool is_json;
    bool is_coloured;
    int name_width;
    unsigned counts[FINDING_SKIP + 1]; /* how many there were of each level */
};

/* Begins; the lines will be in columns. */
struct check_print check_print_begin(const struct check_list *list, bool is_json, bool is_coloured,
                                     FILE *out);

/* Prints what a check found. */
void check_print_finding(struct check_print *print, const struct check *check, const struct finding *finding);

/* Prints what they come to. */
void check_print_end(struct check_print *print, const struct check_list *list,
                     const struct check_context *context);

#endif
