// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "agent/metadata.h"
#include "agent/text.h"
#include "platform/file.h"
#include "tests/unit/host_double.h"
#include "tests/unit/reset_double.h"

struct reset_double cloud;
struct config config;

int reset_double_setup(void **state)
{
    memset(&cloud, 0, sizeof cloud);
    cloud.uuid = UUID;
    cloud.user_name = "";
    cloud.reported_applied = NO_REPORT;
    config_defaults(&config);
    (void)strcpy(config.root, "/the/root");
    return host_double_reset(state);
}

int reset_double_teardown(void **state)
{
    (void)state;
    secret_free(&cloud.pending);
    secret_free(&cloud.next);
    return cloud.open_count;
}

void start_again(void)
{
    (void)reset_double_teardown(NULL);
    (void)reset_double_setup(NULL);
}

static void note(const char *word)
{
    size_t len = strlen(cloud.trace);

    (void)snprintf(cloud.trace + len, sizeof cloud.trace - len, "%s%s", len > 0 ? " " : "", word);
}

/* What each call has in common: the time it takes, a stop, the deadline, and what the script says. */
static enum status begin(enum endpoint endpoint, const char *word, int64_t deadline_ms)
{
    size_t call = cloud.calls[endpoint]++;
    int64_t left_ms = deadline_ms - host_double.now_ms;

    note(word);
    if (host_stopping())
        return STATUS_STOPPED;
    if (left_ms <= cloud.cost_ms[endpoint]) {
        host_double.now_ms += left_ms > 0 ? left_ms : 0;
        return STATUS_TIMED_OUT;
    }
    host_double.now_ms += cloud.cost_ms[endpoint];
    if (host_stopping())
        return STATUS_STOPPED;
    if (endpoint == GET_RESET && call + 1 == cloud.stop_behind_look)
        host_double.stop_at_ms = host_double.now_ms;
    return call < SCRIPT_MAX && cloud.script[endpoint][call] != STATUS_OK ? cloud.script[endpoint][call]
                                                                          : cloud.then[endpoint];
}

struct metadata {
    int unused;
};

enum status metadata_open(const char *base_url, bool require_confinement, int64_t deadline_ms,
                          struct metadata **out)
{
    static struct metadata metadata;

    assert_string_equal(base_url, BASE_URL);
    assert_true(deadline_ms > host_double.now_ms);
    assert_int_equal(require_confinement, config.require_confinement);
    if (cloud.open_status != STATUS_OK)
        return cloud.open_status;
    cloud.open_count++;
    *out = &metadata;
    return STATUS_OK;
}

void metadata_close(struct metadata *metadata)
{
    if (metadata != NULL)
        cloud.open_count--;
}

enum status metadata_get_flag(struct metadata *metadata, int64_t deadline_ms, bool *announced)
{
    enum status status = begin(GET_FLAG, "flag?", deadline_ms);

    assert_non_null(metadata);
    if (status == STATUS_OK)
        *announced = cloud.flag;
    return status;
}

enum status metadata_announce(struct metadata *metadata, int64_t deadline_ms)
{
    enum status status = begin(ANNOUNCE, "flag!", deadline_ms);

    assert_non_null(metadata);
    if (status == STATUS_OK)
        cloud.flag = !cloud.forgets_flag;
    return status;
}

enum status metadata_get_reset(struct metadata *metadata, int64_t deadline_ms, struct metadata_reset *out)
{
    enum status status = begin(GET_RESET, "reset?", deadline_ms);

    assert_non_null(metadata);
    if (status != STATUS_OK)
        return status;
    if (cloud.pending.len == 0)
        return STATUS_NOTHING_PENDING;
    out->blob = secret_of(cloud.pending.bytes, cloud.pending.len);
    (void)snprintf(out->user_name, sizeof out->user_name, "%s", cloud.user_name);
    return STATUS_OK;
}

enum status metadata_get_uuid(struct metadata *metadata, int64_t deadline_ms, struct secret *uuid)
{
    enum status status = begin(GET_UUID, "uuid?", deadline_ms);

    assert_non_null(metadata);
    if (status == STATUS_OK)
        *uuid = secret_of_text(cloud.uuid);
    return status;
}

void replace_pending(struct secret blob)
{
    secret_free(&cloud.pending);
    cloud.pending = blob;
}

/* The owner asks for another reset just before a DELETE arrives. */
static void let_the_next_one_come(void)
{
    if (cloud.next.len > 0 && cloud.calls[ACKNOWLEDGE] == cloud.next_at) {
        replace_pending(cloud.next);
        cloud.next = (struct secret){0};
    }
}

enum status metadata_acknowledge(struct metadata *metadata, int64_t deadline_ms)
{
    enum status status = begin(ACKNOWLEDGE, "DELETE", deadline_ms);

    assert_non_null(metadata);
    if (status == STATUS_OK && cloud.ignored_deletes > 0) {
        cloud.ignored_deletes--;
    } else if (status == STATUS_OK) {
        secret_free(&cloud.pending);
        if (cloud.lost_deletes > 0) {
            cloud.lost_deletes--;
            status = STATUS_CONNECTION_LOST;
        }
    }
    let_the_next_one_come();
    return status;
}

enum status metadata_report(struct metadata *metadata, int64_t deadline_ms,
                            const struct metadata_report *report)
{
    enum status status = begin(REPORT, "report", deadline_ms);

    assert_non_null(metadata);
    cloud.reported_applied = report->applied;
    (void)snprintf(cloud.reported_reason, sizeof cloud.reported_reason, "%s", report->reason);
    (void)snprintf(cloud.reported_user, sizeof cloud.reported_user, "%s", report->user);
    (void)snprintf(cloud.reported_request, sizeof cloud.reported_request, "%s", report->request);
    return status;
}

enum status account_administrator(const char *root, char name[ACCOUNT_NAME_MAX + 1])
{
    assert_string_equal(root, config.root);
    if (cloud.administrator_status == STATUS_OK)
        (void)strcpy(name, "admin");
    return cloud.administrator_status;
}

bool account_is_name(const char *name)
{
    return *name != '\0' && strlen(name) <= ACCOUNT_NAME_MAX && text_is_printable(name);
}

bool account_is_same_name(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

enum status account_check(const char *root, const char *name, const struct account_settings *settings)
{
    assert_string_equal(root, config.root);
    assert_true(strlen(name) > 0);
    assert_ptr_equal(settings, &config.account);
    return cloud.check_status;
}

enum status account_set_password(const char *root, const char *name, const struct account_settings *settings,
                                 const struct secret *password, int64_t deadline_ms)
{
    char word[ACCOUNT_NAME_MAX + 8];
    enum status status = account_check(root, name, settings);

    if (status != STATUS_OK)
        return status;
    (void)snprintf(word, sizeof word, "set:%s", name);
    status = begin(SET, word, deadline_ms);
    (void)snprintf(cloud.method, sizeof cloud.method, "%s", settings->hash_method);
    (void)snprintf(cloud.password, sizeof cloud.password, "%s", secret_text(password));
    return status;
}

enum status account_tidy(const char *root, int64_t deadline_ms)
{
    assert_string_equal(root, config.root);
    (void)deadline_ms;
    cloud.tidied++;
    return STATUS_OK;
}

enum status file_lock(const char *root, const char *dir, const char *name, int64_t end_ms)
{
    const int64_t left_ms = end_ms - host_double.now_ms;

    assert_string_equal(root, config.root);
    assert_string_equal(dir, "/" STATE_DIR);
    assert_string_equal(name, "lock");
    if (cloud.lock_ms >= left_ms) {
        host_double.now_ms += left_ms;
        return STATUS_LOCK_TIMEOUT;
    }
    host_double.now_ms += cloud.lock_ms;
    return cloud.lock_status;
}

enum status file_clear(const char *root, const char *dir, const char *lock)
{
    fail_msg("no run clears %s%s (%s)", root, dir, lock);
    return STATUS_INTERNAL;
}

enum status file_read(const char *root, const char *path, size_t limit, struct secret *out)
{
    assert_string_equal(root, config.root);
    assert_string_equal(path, "/" STATE_DIR "/record");
    assert_true(strlen(cloud.record) <= limit);
    if (cloud.record[0] == '\0')
        return STATUS_NOT_FOUND;
    *out = secret_of_text(cloud.record);
    return STATUS_OK;
}

enum status file_replace(const char *root, const char *dir, const char *name, const void *bytes, size_t len)
{
    assert_string_equal(root, config.root);
    assert_string_equal(dir, "/" STATE_DIR);
    assert_string_equal(name, "record");
    note("record");
    if (cloud.record_status != STATUS_OK)
        return cloud.record_status;
    assert_true(len < sizeof cloud.record);
    memcpy(cloud.record, bytes, len);
    cloud.record[len] = '\0';
    return STATUS_OK;
}

void ask_for_reset(void)
{
    replace_pending(seal(UUID, PASSWORD, strlen(PASSWORD)));
}

void ask_for_reset_when_announced(void)
{
    cloud.flag = true;
    ask_for_reset();
}

void fail_always(enum endpoint endpoint, enum status status)
{
    cloud.then[endpoint] = status;
}

void forget_trace(void)
{
    cloud.trace[0] = '\0';
}

struct record last_record(void)
{
    struct record record;

    assert_status(record_load(config.root, &record), STATUS_OK);
    return record;
}

void assert_recorded(enum status outcome)
{
    struct record record = last_record();

    assert_true(record.has_outcome);
    assert_status(record.outcome, outcome);
}

void assert_nothing_done(void)
{
    assert_int_equal(cloud.calls[SET], 0);
    assert_int_equal(cloud.calls[ACKNOWLEDGE], 0);
    assert_string_equal(last_record().applied_request, "");
}

void assert_reported(bool applied, const char *reason, const char *user)
{
    assert_int_equal(cloud.reported_applied, applied);
    assert_string_equal(cloud.reported_reason, reason);
    assert_string_equal(cloud.reported_user, user);
    assert_int_equal(strlen(cloud.reported_request), 16);
}

int64_t elapsed_ms(void)
{
    return host_double.now_ms - 1000000;
}
