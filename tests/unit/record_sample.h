// SPDX-License-Identifier: Apache-2.0
/* A record in which everything is filled in. */
#ifndef UNIT_RECORD_SAMPLE_H
#define UNIT_RECORD_SAMPLE_H

#include "agent/record.h"

#define REQUEST_A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REQUEST_B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static const struct record RECORD_SAMPLE = {
    .has_outcome = true,
    .outcome = STATUS_BLOB_PADDING,
    .outcome_s = 1600000000,
    .outcome_request = REQUEST_A,
    .outcome_user = "ubuntu",
    .applied_s = 1500000000,
    .applied_request = REQUEST_B,
    .applied_user = "root",
};

#endif
