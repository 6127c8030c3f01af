// SPDX-License-Identifier: Apache-2.0
/*
 * What is remembered between runs: the last reset that was applied here, so that it is never applied again
 * over a password which the owner has chosen since, and how the last run ended. Holds no secret: of a reset
 * only the SHA-256 of its blob, which is salted ciphertext.
 */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "agent/secret.h"
#include "agent/status.h"
#include "platform/account.h"

enum { RECORD_REQUEST_LEN = 64, RECORD_REQUEST_SHOWN = 16, RECORD_TIME_SIZE = 32 };

/* The SHA-256 of a blob in hex: names a request for a reset. "" for none. */
typedef char record_request[RECORD_REQUEST_LEN + 1];

struct record {
    bool has_outcome; /* has any run ended yet? */
    enum status outcome;
    int64_t outcome_s; /* seconds since 1970 */
    record_request outcome_request;
    char outcome_user[ACCOUNT_NAME_MAX + 1];
    int64_t applied_s; /* of the last reset applied; these three are 0 or "" when there was none */
    record_request applied_request;
    char applied_user[ACCOUNT_NAME_MAX + 1];
};

/* The name of the reset that came in this blob. OK, or what crypto_sha256() says. */
enum status record_identify(const struct secret *blob, record_request request);

/* Reads a record's text, which is changed. What it does not know or cannot use it passes over. */
void record_parse(struct record *record, char *text);

/* Writes the text of a record to out, which must have room for 1024 bytes. */
void record_format(const struct record *record, struct secret *out);

/*
 * Keeps other runs off the record until this process ends, and waits for those that keep us off: one reset,
 * one acknowledgement. LOCK_TIMEOUT at end_ms of host_now_ms(); STOPPED; else why there is no lock, logged.
 */
enum status record_lock(const char *root, int64_t end_ms);

/*
 * The record of the system under root. OK, also without a record: then *record is empty. Else why it cannot
 * be read, logged, and *record is empty.
 */
enum status record_load(const char *root, struct record *record);

/* Writes the record, whole or not at all, and to the disk. A failure is logged. */
enum status record_save(const char *root, const struct record *record);

/*
 * Forgets all runs, before an image is made of the system under root. ALREADY_RUNNING when a run is under
 * way; else why that cannot be done, logged.
 */
enum status record_clear(const char *root);

/* ISO 8601, UTC, of seconds since 1970. */
void record_format_time(char out[RECORD_TIME_SIZE], int64_t seconds);

/* Tells people, or with json programs, what the last run did. */
void record_print(const struct record *record, bool json, FILE *out);

#endif
