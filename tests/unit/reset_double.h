// SPDX-License-Identifier: Apache-2.0
/*
 * What a reset meets, for tests: doubles of agent/metadata.h, platform/account.h and platform/file.h. Each
 * call leaves a word in a trace.
 */
#ifndef UNIT_RESET_DOUBLE_H
#define UNIT_RESET_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/config.h"
#include "agent/envelope.h"
#include "agent/record.h"
#include "agent/secret.h"
#include "agent/status.h"
#include "platform/account.h"
#include "tests/unit/seal.h"

#define UUID     SEAL_KNOWN_UUID
#define PASSWORD "Fus10n; $(x)"
#define BASE_URL "http://169.254.169.254/openstack/latest"

enum { TRACE_SIZE = 16384, SCRIPT_MAX = 8, RECORD_SIZE = 1024, NO_REPORT = -1 };

enum endpoint { GET_FLAG, ANNOUNCE, GET_RESET, GET_UUID, ACKNOWLEDGE, REPORT, SET, ENDPOINTS };

struct reset_double {
    char trace[TRACE_SIZE];
    /* What the first calls of an endpoint return, and then all others; OK: what the service does when well.
     */
    enum status script[ENDPOINTS][SCRIPT_MAX];
    enum status then[ENDPOINTS];
    enum status open_status; /* of metadata_open() */
    int open_count;          /* sessions that are open */
    int64_t cost_ms[ENDPOINTS];
    size_t calls[ENDPOINTS];
    size_t tidied;           /* calls of account_tidy() */
    size_t stop_behind_look; /* a stop is asked for just behind that GET of the reset; 0 for never */
    bool flag;               /* does the service know of an agent? */
    bool forgets_flag;       /* it answers well and keeps no flag */
    struct secret pending;   /* the blob that waits there */
    struct secret next;      /* one that takes its place when `next_at` DELETEs have come */
    size_t next_at;
    unsigned ignored_deletes; /* so many DELETEs are answered well, and not done */
    unsigned lost_deletes;    /* so many DELETEs are done, and their answer is lost */
    const char *uuid;
    const char *user_name;
    enum status administrator_status;
    enum status check_status;
    char password[ENVELOPE_PASSWORD_MAX + 1];
    char method[ACCOUNT_METHOD_MAX + 1];
    char record[RECORD_SIZE];
    enum status record_status;
    enum status lock_status; /* of the lock that keeps other runs off */
    int64_t lock_ms;         /* how long another run still holds it */
    int reported_applied;
    char reported_reason[64];
    char reported_user[ACCOUNT_NAME_MAX + 1];
    char reported_request[RECORD_REQUEST_LEN + 1];
};

extern struct reset_double cloud;

/* The configuration of the runs: the defaults, and a root that the doubles know. */
extern struct config config;

/* For cmocka, with a host double as new. The teardown fails when a session is left open. */
int reset_double_setup(void **state);
int reset_double_teardown(void **state);

#define with_cloud(test) cmocka_unit_test_setup_teardown(test, reset_double_setup, reset_double_teardown)

/* Everything as new, for the next row of a table. */
void start_again(void);

/* Lets this blob, which it takes over, wait at the service. */
void replace_pending(struct secret blob);

void ask_for_reset(void);

/* A service that has known of the agent since an earlier run, and has a reset: the shortest way. */
void ask_for_reset_when_announced(void);

void fail_always(enum endpoint endpoint, enum status status);
void forget_trace(void);

/* Since the setup. */
int64_t elapsed_ms(void);

struct record last_record(void);

#define assert_trace(expected) assert_string_equal(cloud.trace, expected)

void assert_recorded(enum status outcome);
void assert_nothing_done(void);
void assert_reported(bool applied, const char *reason, const char *user);

#endif
