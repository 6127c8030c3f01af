// SPDX-License-Identifier: Apache-2.0
/* A session of agent/metadata.h over the double of platform/http.h. */
#ifndef UNIT_METADATA_SESSION_H
#define UNIT_METADATA_SESSION_H

#include "agent/metadata.h"
#include "agent/status.h"

#define BASE "http://h/base"
#define BOM  "\xef\xbb\xbf"

enum { DEADLINE_MS = 4242 };

extern struct metadata *metadata;

/* For cmocka. The teardown fails when a client is left open. */
int metadata_session_setup(void **state);
int metadata_session_teardown(void **state);

#define with_metadata(test)                                                                                  \
    cmocka_unit_test_setup_teardown(test, metadata_session_setup, metadata_session_teardown)

/* The calls by number: first those that get something, then those that only order it. */
enum { GET_FLAG, GET_RESET, GET_UUID, GETS, ANNOUNCE = GETS, ACKNOWLEDGE, REPORT, CALLS };

/* One of them, for what they have in common; it must leave its outputs alone when it fails. */
enum status call(int index);

#endif
