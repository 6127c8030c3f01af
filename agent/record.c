// SPDX-License-Identifier: Apache-2.0
#include "agent/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/json.h"
#include "agent/keyvalue.h"
#include "agent/text.h"
#include "platform/crypto.h"
#include "platform/file.h"
#include "platform/host.h"

static const char FILE_NAME[] = "record";
static const char LOCK_NAME[] = "lock";

enum { TEXT_MAX = 1024 };

enum status record_identify(const struct secret *blob, record_request request)
{
    unsigned char digest[CRYPTO_SHA256_SIZE];
    enum status status = crypto_sha256(blob->bytes, blob->len, digest);

    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(request + 2 * i, 3, "%02x", digest[i]);
    return STATUS_OK;
}

static void parse_time(int64_t *out, const char *value)
{
    char *end;
    long long seconds = strtoll(value, &end, 10);

    if (end != value && *end == '\0' && seconds >= 0)
        *out = seconds;
}

static void parse_request(record_request out, const char *value)
{
    if (strlen(value) == RECORD_REQUEST_LEN && strspn(value, "0123456789abcdef") == RECORD_REQUEST_LEN)
        memcpy(out, value, RECORD_REQUEST_LEN + 1);
}

static void parse_user(char out[ACCOUNT_NAME_MAX + 1], const char *value)
{
    if (strlen(value) <= ACCOUNT_NAME_MAX && text_is_printable(value))
        memcpy(out, value, strlen(value) + 1);
}

static void parse_pair(struct record *record, const char *key, const char *value)
{
    if (strcmp(key, "outcome") == 0)
        record->has_outcome = status_from_name(value, &record->outcome);
    else if (strcmp(key, "outcome_time") == 0)
        parse_time(&record->outcome_s, value);
    else if (strcmp(key, "outcome_request") == 0)
        parse_request(record->outcome_request, value);
    else if (strcmp(key, "outcome_user") == 0)
        parse_user(record->outcome_user, value);
    else if (strcmp(key, "applied_time") == 0)
        parse_time(&record->applied_s, value);
    else if (strcmp(key, "applied_request") == 0)
        parse_request(record->applied_request, value);
    else if (strcmp(key, "applied_user") == 0)
        parse_user(record->applied_user, value);
}

void record_parse(struct record *record, char *text)
{
    struct keyvalue at = keyvalue_begin(text);
    enum keyvalue_kind kind;

    *record = (struct record){0};
    while ((kind = keyvalue_next(&at)) != KEYVALUE_END) {
        if (kind == KEYVALUE_PAIR)
            parse_pair(record, at.key, at.value);
    }
}

static void add_text(struct secret *out, const char *key, const char *value)
{
    (void)secret_append_text(out, key);
    (void)secret_append_text(out, " = ");
    (void)secret_append_text(out, value);
    (void)secret_append_text(out, "\n");
}

static void add_time(struct secret *out, const char *key, int64_t seconds)
{
    char value[RECORD_TIME_SIZE];

    (void)snprintf(value, sizeof value, "%" PRId64, seconds);
    add_text(out, key, value);
}

void record_format(const struct record *record, struct secret *out)
{
    (void)secret_append_text(out, "# What resetpwd-agent did last; see resetpwd-agent status.\n");
    if (record->has_outcome) {
        add_text(out, "outcome", status_name(record->outcome));
        add_time(out, "outcome_time", record->outcome_s);
        add_text(out, "outcome_request", record->outcome_request);
        add_text(out, "outcome_user", record->outcome_user);
    }
    if (record->applied_request[0] != '\0') {
        add_time(out, "applied_time", record->applied_s);
        add_text(out, "applied_request", record->applied_request);
        add_text(out, "applied_user", record->applied_user);
    }
}

enum status record_lock(const char *root, int64_t end_ms)
{
    return file_lock(root, host_state_dir(), LOCK_NAME, end_ms);
}

enum status record_load(const char *root, struct record *record)
{
    char path[HOST_PATH_MAX];
    struct secret text = {0};
    enum status status;

    *record = (struct record){0};
    (void)snprintf(path, sizeof path, "%s/%s", host_state_dir(), FILE_NAME);
    status = file_read(root, path, TEXT_MAX, &text);
    if (status == STATUS_OK)
        record_parse(record, (char *)text.bytes);
    secret_free(&text);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status record_save(const char *root, const struct record *record)
{
    struct secret text = {0};
    enum status status = secret_alloc(&text, TEXT_MAX);

    if (status != STATUS_OK)
        return status;
    record_format(record, &text);
    status = file_replace(root, host_state_dir(), FILE_NAME, text.bytes, text.len);
    secret_free(&text);
    return status;
}

enum status record_clear(const char *root)
{
    enum status status = file_clear(root, host_state_dir(), LOCK_NAME);

    return status == STATUS_LOCK_TIMEOUT ? STATUS_ALREADY_RUNNING : status;
}

void record_format_time(char out[RECORD_TIME_SIZE], int64_t seconds)
{
    time_t time = (time_t)seconds;
    const struct tm *utc = gmtime(&time);

    if (utc == NULL || strftime(out, RECORD_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", utc) == 0)
        (void)snprintf(out, RECORD_TIME_SIZE, "%" PRId64, seconds);
}

static void print_text(const struct record *record, FILE *out)
{
    char time[RECORD_TIME_SIZE];

    if (!record->has_outcome) {
        (void)fputs("no run has ended here yet\n", out);
    } else {
        record_format_time(time, record->outcome_s);
        (void)fprintf(out, "last run:     %s\noutcome:      %s (%s)\n", time, status_name(record->outcome),
                      status_sentence(record->outcome));
        if (record->outcome_user[0] != '\0')
            (void)fprintf(out, "account:      %s\n", record->outcome_user);
        if (record->outcome_request[0] != '\0')
            (void)fprintf(out, "request:      %.*s\n", RECORD_REQUEST_SHOWN, record->outcome_request);
    }
    if (record->applied_request[0] != '\0') {
        record_format_time(time, record->applied_s);
        (void)fprintf(out, "last applied: %s, account %s, request %.*s\n", time, record->applied_user,
                      RECORD_REQUEST_SHOWN, record->applied_request);
    }
}

/* The four members that the last run and the last reset applied have in common. */
static void print_json_members(int64_t seconds, const char *user, const char *request, FILE *out)
{
    char time[RECORD_TIME_SIZE];
    char shown[RECORD_REQUEST_SHOWN + 1];

    record_format_time(time, seconds);
    (void)snprintf(shown, sizeof shown, "%.*s", RECORD_REQUEST_SHOWN, request);
    (void)fputs("\"time\": ", out);
    json_print_string(time, out);
    (void)fputs(", \"user\": ", out);
    json_print_string(user, out);
    (void)fputs(", \"request\": ", out);
    json_print_string(shown, out);
    (void)fputc('}', out);
}

static void print_json(const struct record *record, FILE *out)
{
    (void)fputs("{\"last_run\": ", out);
    if (record->has_outcome) {
        (void)fputs("{\"outcome\": ", out);
        json_print_string(status_name(record->outcome), out);
        (void)fputs(", \"reason\": ", out);
        json_print_string(status_sentence(record->outcome), out);
        (void)fputs(", ", out);
        print_json_members(record->outcome_s, record->outcome_user, record->outcome_request, out);
    } else {
        (void)fputs("null", out);
    }
    (void)fputs(", \"last_applied\": ", out);
    if (record->applied_request[0] != '\0') {
        (void)fputc('{', out);
        print_json_members(record->applied_s, record->applied_user, record->applied_request, out);
    } else {
        (void)fputs("null", out);
    }
    (void)fputs("}\n", out);
}

void record_print(const struct record *record, bool json, FILE *out)
{
    if (json)
        print_json(record, out);
    else
        print_text(record, out);
}
