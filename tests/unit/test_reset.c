// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "agent/config.h"
#include "agent/envelope.h"
#include "agent/metadata.h"
#include "agent/record.h"
#include "agent/reset.h"
#include "platform/account.h"
#include "platform/file.h"
#include "tests/unit/host_double.h"
#include "tests/unit/seal.h"

#define UUID     SEAL_KNOWN_UUID
#define PASSWORD "Fus10n; $(x)"

enum { TRACE_SIZE = 16384, SCRIPT_MAX = 8, RECORD_SIZE = 1024, NO_REPORT = -1 };

/* --- Doubles of the service, the accounts and the disk. Each call leaves a word in a trace.
 * ---------------------- */

enum endpoint { GET_FLAG, ANNOUNCE, GET_RESET, GET_UUID, ACKNOWLEDGE, REPORT, SET, ENDPOINTS };

static struct {
    char trace[TRACE_SIZE];
    /* What the first calls of an endpoint return, and then all others; OK: what the service does when well.
     */
    enum status script[ENDPOINTS][SCRIPT_MAX];
    enum status then[ENDPOINTS];
    int64_t cost_ms[ENDPOINTS];
    size_t calls[ENDPOINTS];
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
    char method[CONFIG_METHOD_MAX + 1];
    char record[RECORD_SIZE];
    enum status record_status;
    int reported_applied;
    char reported_reason[64];
    char reported_user[ACCOUNT_NAME_MAX + 1];
    char reported_request[RECORD_REQUEST_LEN + 1];
} cloud;

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

enum status metadata_open(const char *base_url, struct metadata **out)
{
    static struct metadata metadata;

    assert_string_equal(base_url, "http://169.254.169.254/openstack/latest");
    *out = &metadata;
    return STATUS_OK;
}

void metadata_close(struct metadata *metadata)
{
    (void)metadata;
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

static void replace_pending(struct secret blob)
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
    assert_string_equal(root, "/the/root");
    if (cloud.administrator_status == STATUS_OK)
        (void)strcpy(name, "admin");
    return cloud.administrator_status;
}

enum status account_check(const char *root, const char *name)
{
    assert_string_equal(root, "/the/root");
    assert_true(strlen(name) > 0);
    return cloud.check_status;
}

enum status account_set_password(const char *root, const char *name, const char *hash_method,
                                 const struct secret *password, int64_t deadline_ms)
{
    char word[ACCOUNT_NAME_MAX + 8];
    enum status status = account_check(root, name);

    if (status != STATUS_OK)
        return status;
    (void)snprintf(word, sizeof word, "set:%s", name);
    status = begin(SET, word, deadline_ms);
    (void)snprintf(cloud.method, sizeof cloud.method, "%s", hash_method);
    (void)snprintf(cloud.password, sizeof cloud.password, "%s", secret_text(password));
    return status;
}

enum status file_read(const char *path, size_t limit, struct secret *out)
{
    assert_string_equal(path, "/the/root/var/lib/resetpwd-agent/record");
    assert_true(strlen(cloud.record) <= limit);
    if (cloud.record[0] == '\0')
        return STATUS_NOT_FOUND;
    *out = secret_of_text(cloud.record);
    return STATUS_OK;
}

enum status file_replace(const char *dir, const char *name, const void *bytes, size_t len)
{
    assert_string_equal(dir, "/the/root/var/lib/resetpwd-agent");
    assert_string_equal(name, "record");
    note("record");
    if (cloud.record_status != STATUS_OK)
        return cloud.record_status;
    assert_true(len < sizeof cloud.record);
    memcpy(cloud.record, bytes, len);
    cloud.record[len] = '\0';
    return STATUS_OK;
}

/* --- Helpers
 * ------------------------------------------------------------------------------------------------------*/

static struct config config;

static int setup(void **state)
{
    memset(&cloud, 0, sizeof cloud);
    cloud.uuid = UUID;
    cloud.user_name = "";
    cloud.reported_applied = NO_REPORT;
    config_defaults(&config);
    (void)strcpy(config.root, "/the/root");
    return host_double_reset(state);
}

static int teardown(void **state)
{
    (void)state;
    secret_free(&cloud.pending);
    secret_free(&cloud.next);
    return 0;
}

static void ask_for_reset(void)
{
    replace_pending(seal(UUID, PASSWORD, strlen(PASSWORD)));
}

/* A service that has known of the agent since an earlier run, and has a reset: the shortest way. */
static void ask_for_reset_when_announced(void)
{
    cloud.flag = true;
    ask_for_reset();
}

static void fail_always(enum endpoint endpoint, enum status status)
{
    cloud.then[endpoint] = status;
}

static void forget_trace(void)
{
    cloud.trace[0] = '\0';
}

#define assert_trace(expected) assert_string_equal(cloud.trace, expected)

static struct record last_record(void)
{
    struct record record;

    assert_status(record_load("/the/root", &record), STATUS_OK);
    return record;
}

static void assert_recorded(enum status outcome)
{
    struct record record = last_record();

    assert_true(record.has_outcome);
    assert_status(record.outcome, outcome);
}

static void assert_nothing_done(void)
{
    assert_int_equal(cloud.calls[SET], 0);
    assert_int_equal(cloud.calls[ACKNOWLEDGE], 0);
    assert_string_equal(last_record().applied_request, "");
}

static void assert_reported(bool applied, const char *reason, const char *user)
{
    assert_int_equal(cloud.reported_applied, applied);
    assert_string_equal(cloud.reported_reason, reason);
    assert_string_equal(cloud.reported_user, user);
    assert_int_equal(strlen(cloud.reported_request), 16);
}

static int64_t elapsed_ms(void)
{
    return host_double.now_ms - 1000000;
}

/* --- A reset that goes well
 * ---------------------------------------------------------------------------------------*/

/* The order of the plugin: GET flag, POST flag, GET flag, GET reset, GET meta_data, apply, DELETE, GET. */
static void test_the_order_of_the_plugin(void **state)
{
    struct record record;

    (void)state;
    ask_for_reset();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? flag! flag? reset? uuid? set:admin record DELETE reset? report record");
    assert_string_equal(cloud.password, PASSWORD);
    assert_string_equal(cloud.method, "auto");
    assert_int_equal(cloud.pending.len, 0);
    assert_reported(true, "applied", "admin");
    record = last_record();
    assert_status(record.outcome, STATUS_APPLIED);
    assert_string_equal(record.outcome_user, "admin");
    assert_string_equal(record.applied_user, "admin");
    assert_string_equal(record.applied_request, record.outcome_request);
    assert_int_equal(strlen(record.applied_request), 64);
    assert_memory_equal(record.applied_request, cloud.reported_request, 16);
    assert_int_equal(record.applied_s, host_double.time_s);
    assert_int_equal(elapsed_ms(), 0); /* no wait anywhere */
}

static void test_when_announced_before(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report record");
}

static void test_nothing_pending(void **state)
{
    (void)state;
    cloud.flag = true;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_trace("flag? reset? record");
    assert_recorded(STATUS_NOTHING_PENDING);
    assert_nothing_done();
    assert_int_equal(elapsed_ms(), 0);
}

static void test_nothing_secret_is_logged_or_recorded(void **state)
{
    char blob[512];

    (void)state;
    log_set_verbose();
    ask_for_reset();
    (void)snprintf(blob, sizeof blob, "%s", secret_text(&cloud.pending));
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_null(strstr(host_double.log, PASSWORD));
    assert_null(strstr(host_double.log, UUID));
    assert_null(strstr(host_double.log, blob));
    assert_null(strstr(cloud.record, PASSWORD));
    assert_null(strstr(cloud.record, UUID));
    assert_null(strstr(cloud.record, blob));
}

static void test_the_configured_method_is_passed_on(void **state)
{
    (void)state;
    ask_for_reset();
    (void)strcpy(config.hash_method, "sha256");
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_string_equal(cloud.method, "sha256");
}

/* --- Which account
 * ------------------------------------------------------------------------------------------------*/

static void test_choice_of_account(void **state)
{
    static const struct {
        const char *option;
        const char *requested;
        const char *configured;
        const char *expected;
    } rows[] = {
        {"", "", "", "admin"},      {"", "", "conf", "conf"}, {"", "req", "", "req"},
        {"", "req", "conf", "req"}, {"opt", "", "", "opt"},   {"opt", "req", "conf", "opt"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)teardown(NULL);
        (void)setup(NULL);
        ask_for_reset();
        (void)strcpy(config.user_override, rows[i].option);
        (void)strcpy(config.user, rows[i].configured);
        cloud.user_name = rows[i].requested;
        assert_row_status(rows[i].expected, reset_run(&config), STATUS_APPLIED);
        assert_string_equal(last_record().applied_user, rows[i].expected);
        assert_reported(true, "applied", rows[i].expected);
    }
}

static void test_accounts_that_cannot_be_reset(void **state)
{
    static const enum status failures[] = {STATUS_ACCOUNT_NAME,         STATUS_ACCOUNT_UNKNOWN,
                                           STATUS_ACCOUNT_NOT_SHADOWED, STATUS_SHADOW_MISSING,
                                           STATUS_NOT_REGULAR,          STATUS_SHADOW_MALFORMED};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        (void)teardown(NULL);
        (void)setup(NULL);
        ask_for_reset();
        cloud.user_name = "someone";
        cloud.check_status = failures[i];
        assert_status(reset_run(&config), failures[i]);
        assert_nothing_done();
        assert_recorded(failures[i]);
        assert_reported(false, status_name(failures[i]), "someone");
        assert_true(cloud.pending.len > 0);
    }
}

static void test_a_requested_name_that_is_too_long(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.user_name = "12345678901234567890123456789012345678901234567890123456789012345";
    assert_status(reset_run(&config), STATUS_ACCOUNT_NAME);
    assert_nothing_done();
}

/* The record says how the run ended, whatever the name that the service sent. */
static void test_a_requested_name_cannot_forge_the_record(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.user_name = "x\noutcome = applied";
    cloud.check_status = STATUS_ACCOUNT_NAME;
    assert_status(reset_run(&config), STATUS_ACCOUNT_NAME);
    assert_recorded(STATUS_ACCOUNT_NAME);
}

static void test_no_administrator(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.administrator_status = STATUS_SHADOW_MISSING;
    assert_status(reset_run(&config), STATUS_SHADOW_MISSING);
    assert_nothing_done();
    assert_reported(false, "shadow-missing", "");
}

/* --- What cannot be applied
 * ---------------------------------------------------------------------------------------*/

static void test_a_wrong_uuid(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.uuid = "00000000-0000-0000-0000-000000000000";
    assert_status(reset_run(&config), STATUS_BLOB_PADDING);
    assert_trace("flag? reset? uuid? report record");
    assert_nothing_done();
    assert_recorded(STATUS_BLOB_PADDING);
    assert_reported(false, "blob-padding", "");
    assert_true(cloud.pending.len > 0);
    assert_true(host_double_log_count(LOG_LEVEL_ERROR) == 1);
}

static void test_blobs_that_cannot_be_opened(void **state)
{
    static const struct {
        const char *blob;
        enum status status;
    } rows[] = {
        {"short", STATUS_BLOB_TOO_SHORT},
        {"0Rqv2zwGpvA=", STATUS_BLOB_EMPTY},
        {"0Rqv2zwGpvA=!!!!", STATUS_BLOB_NOT_BASE64},
        {"0Rqv2zwGpvA=AAAA", STATUS_BLOB_LENGTH},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)teardown(NULL);
        (void)setup(NULL);
        replace_pending(secret_of_text(rows[i].blob));
        assert_row_status(rows[i].blob, reset_run(&config), rows[i].status);
        assert_nothing_done();
        assert_recorded(rows[i].status);
        assert_reported(false, status_name(rows[i].status), "");
    }
}

static void test_passwords_that_cannot_be_set(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum status status;
    } rows[] = {
        {"", 0, STATUS_PASSWORD_EMPTY},
        {"a\nb", 3, STATUS_PASSWORD_CONTROL},
        {"a\0b", 3, STATUS_PASSWORD_CONTROL},
        {"\xff", 1, STATUS_PASSWORD_NOT_UTF8},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)teardown(NULL);
        (void)setup(NULL);
        replace_pending(seal(UUID, rows[i].bytes, rows[i].len));
        assert_status(reset_run(&config), rows[i].status);
        assert_nothing_done();
    }
}

static void test_a_system_that_refuses(void **state)
{
    static const enum status failures[] = {STATUS_READ_ONLY,    STATUS_DISK_FULL,   STATUS_DENIED,
                                           STATUS_LOCK_TIMEOUT, STATUS_HASH_FAILED, STATUS_SHADOW_IMMUTABLE,
                                           STATUS_NOT_VERIFIED};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        (void)teardown(NULL);
        (void)setup(NULL);
        ask_for_reset_when_announced();
        fail_always(SET, failures[i]);
        assert_status(reset_run(&config), failures[i]);
        assert_trace("flag? reset? uuid? set:admin report record");
        assert_recorded(failures[i]);
        assert_string_equal(last_record().applied_request, "");
        assert_reported(false, status_name(failures[i]), "admin");
    }
}

/* --- A service that is not well
 * ---------------------------------------------------------------------------------- */

static void test_a_transient_failure_then_success(void **state)
{
    static const enum status failures[] = {
        STATUS_UNREACHABLE,  STATUS_TIMED_OUT,          STATUS_CONNECTION_LOST, STATUS_SERVICE_ERROR,
        STATUS_BAD_RESPONSE, STATUS_RESPONSE_TOO_LARGE, STATUS_SERVICE_FAIL};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        (void)teardown(NULL);
        (void)setup(NULL);
        ask_for_reset_when_announced();
        cloud.script[GET_RESET][0] = failures[i];
        cloud.script[GET_RESET][1] = failures[i];
        assert_status(reset_run(&config), STATUS_APPLIED);
        assert_trace("flag? reset? reset? reset? uuid? set:admin record DELETE reset? report record");
        assert_in_range(elapsed_ms(), 100 + 200, 200 + 400);           /* two delays with their jitter */
        assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 1); /* said once */
    }
}

static void test_a_uuid_that_comes_late(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[GET_UUID][0] = STATUS_BAD_UUID;
    cloud.script[GET_UUID][1] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? reset? uuid? reset? uuid? set:admin record DELETE reset? report record");
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 2);
}

static void test_the_deadline(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_UNREACHABLE);
    fail_always(GET_RESET, STATUS_UNREACHABLE);
    config.deadline_ms = 60000;
    assert_status(reset_run(&config), STATUS_UNREACHABLE);
    assert_int_equal(elapsed_ms(), 57000); /* 3 s are kept for the report */
    assert_recorded(STATUS_UNREACHABLE);
    assert_int_equal(cloud.reported_applied, NO_REPORT);
    /* doubling from 0.2 s to 5 s, of which jitter takes at most a half */
    assert_in_range(cloud.calls[GET_RESET], 5 + 54 / 5, 5 + 60 * 2 / 5 + 3);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "giving up after 57.0 s"));
}

/* A reset was seen and could not be applied: there is time left to say so. */
static void test_a_failure_at_the_deadline_is_reported(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(GET_UUID, STATUS_BAD_UUID);
    cloud.cost_ms[REPORT] = 2000;
    assert_status(reset_run(&config), STATUS_BAD_UUID);
    assert_int_equal(elapsed_ms(), 297000 + 2000);
    assert_reported(false, "bad-uuid", "");
    assert_recorded(STATUS_BAD_UUID);
    assert_nothing_done();
}

static void test_hanging_requests_do_not_outlive_the_deadline(void **state)
{
    (void)state;
    cloud.flag = true;
    cloud.cost_ms[GET_RESET] = 1000000;
    config.deadline_ms = 15000;
    assert_status(reset_run(&config), STATUS_TIMED_OUT);
    assert_int_equal(elapsed_ms(), 13500); /* a tenth is kept for the report */
}

static void test_an_immediate_try_when_the_network_changes(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    for (int i = 0; i < 6; i++)
        cloud.script[GET_RESET][i] = STATUS_UNREACHABLE;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    host_double.network_at_ms = host_double.now_ms + 5000; /* in a delay of 2.5 to 5 s, or before it */
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(host_double.network_at_ms, HOST_DOUBLE_NEVER);
}

/* However often the network changes, there are 50 ms between two tries. */
static void test_the_network_cannot_make_it_spin(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_UNREACHABLE);
    cloud.script[GET_RESET][0] = STATUS_UNREACHABLE;
    host_double.network_at_ms = host_double.now_ms; /* already there */
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_int_equal(elapsed_ms(), 50);
}

/* --- Another cloud
 * ------------------------------------------------------------------------------------------------*/

static void test_404_everywhere(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_NOT_THIS_CLOUD);
    assert_trace("flag? reset? flag? reset? flag? reset? record");
    assert_int_equal(host_double.wait_count, 2);
    assert_int_equal(host_double.waits[0], 5000);
    assert_int_equal(host_double.waits[1], 5000);
    assert_recorded(STATUS_NOT_THIS_CLOUD);
    assert_int_equal(cloud.reported_applied, NO_REPORT);
}

static void test_404_beside_a_working_flag_is_nothing_pending(void **state)
{
    (void)state;
    cloud.flag = true;
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_trace("flag? reset? record");
    assert_int_equal(elapsed_ms(), 0);
}

static void test_404_beside_a_broken_flag(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_SERVICE_ERROR);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_int_equal(cloud.calls[GET_RESET], 3);
    assert_int_equal(elapsed_ms(), 10000);
}

static void test_404_for_a_moment(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.script[GET_FLAG][0] = STATUS_NOT_FOUND;
    cloud.script[GET_RESET][0] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? flag? flag! flag? reset? uuid? set:admin record DELETE reset? report record");
    assert_int_equal(elapsed_ms(), 5000);
}

static void test_404_until_the_third_look(void **state)
{
    (void)state;
    ask_for_reset();
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    cloud.script[GET_RESET][0] = STATUS_NOT_FOUND;
    cloud.script[GET_RESET][1] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(elapsed_ms(), 10000);
}

/* Three in a row: what comes between begins the count again. */
static void test_404_interrupted_by_something_else(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    cloud.script[GET_RESET][2] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_NOT_THIS_CLOUD);
    assert_int_equal(cloud.calls[GET_RESET], 6);
}

static void test_404_and_a_deadline_before_it_is_believed(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    config.deadline_ms = 7000;
    assert_status(reset_run(&config), STATUS_NOT_FOUND);
    assert_int_equal(elapsed_ms(), 6300);
}

/* --- A broken flag
 * ------------------------------------------------------------------------------------------------*/

static void test_a_broken_flag_delays_nothing(void **state)
{
    static const enum status failures[] = {STATUS_NOT_FOUND, STATUS_SERVICE_ERROR, STATUS_BAD_RESPONSE,
                                           STATUS_CONNECTION_LOST};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        (void)teardown(NULL);
        (void)setup(NULL);
        ask_for_reset();
        fail_always(GET_FLAG, failures[i]);
        assert_status(reset_run(&config), STATUS_APPLIED);
        assert_int_equal(elapsed_ms(), 0);
        assert_int_equal(cloud.pending.len, 0);
    }
}

/* One time-out of a request for all tries together, and one more when the reset is through. */
static void test_a_hanging_flag_has_a_budget(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.cost_ms[GET_FLAG] = 1000000;
    cloud.script[GET_RESET][0] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? reset? uuid? set:admin record DELETE reset? report flag? record");
    assert_in_range(elapsed_ms(), 20000, 20200);
}

static void test_a_slow_flag_uses_up_its_budget(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.cost_ms[GET_FLAG] = 4000;
    fail_always(GET_FLAG, STATUS_SERVICE_ERROR);
    for (int i = 0; i < 6; i++)
        cloud.script[GET_RESET][i] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.calls[GET_FLAG], 3 + 1);
}

static void test_a_flag_that_works_after_the_reset(void **state)
{
    (void)state;
    ask_for_reset();
    cloud.script[GET_FLAG][0] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report flag? flag! flag? record");
    assert_true(cloud.flag);
}

static void test_a_flag_that_is_not_kept(void **state)
{
    (void)state;
    cloud.forgets_flag = true;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_trace("flag? flag! flag? reset? flag? flag! flag? record");
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "not announced"));
}

static void test_a_refused_announcement(void **state)
{
    (void)state;
    ask_for_reset();
    fail_always(ANNOUNCE, STATUS_SERVICE_ERROR);
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? flag! reset? uuid? set:admin record DELETE reset? report flag? flag! record");
    assert_int_equal(elapsed_ms(), 0);
}

/* --- The acknowledgement
 * ------------------------------------------------------------------------------------------*/

static void test_an_ignored_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.ignored_deletes = 2;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace(
        "flag? reset? uuid? set:admin record DELETE reset? reset? DELETE reset? reset? DELETE reset? "
        "report record");
    assert_int_equal(cloud.calls[SET], 1);
    assert_reported(true, "applied", "admin");
}

static void test_a_refused_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[ACKNOWLEDGE][0] = STATUS_SERVICE_ERROR;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? DELETE reset? report record");
    assert_int_equal(cloud.calls[SET], 1);
}

/* Done, but its answer was lost: reading it back shows that it is gone. */
static void test_a_lost_answer_to_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lost_deletes = 1;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report record");
}

static void test_a_delete_and_a_look_that_fail(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.lost_deletes = 1;
    cloud.script[GET_RESET][1] = STATUS_UNREACHABLE;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? report record");
}

/* 404 after DELETE is one of the spellings of nothing. */
static void test_a_look_after_delete_that_finds_no_path(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[GET_RESET][1] = STATUS_NOT_FOUND;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(elapsed_ms(), 0);
}

static void test_a_service_without_delete(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(ACKNOWLEDGE, STATUS_NOT_FOUND);
    config.deadline_ms = 30000;
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(elapsed_ms(), 27000);
    assert_int_equal(cloud.calls[SET], 1);
    assert_true(cloud.calls[ACKNOWLEDGE] >= 10); /* by backoff, not in steps of 5 s */
    assert_recorded(STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(last_record().applied_s, host_double.time_s);
}

static void test_the_next_run_acknowledges_and_does_not_set(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(ACKNOWLEDGE, STATUS_SERVICE_ERROR);
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    forget_trace();
    fail_always(ACKNOWLEDGE, STATUS_OK);
    assert_status(reset_run(&config), STATUS_ALREADY_APPLIED);
    assert_trace("flag? reset? DELETE reset? report record");
    assert_int_equal(cloud.calls[SET], 1);
    assert_recorded(STATUS_ALREADY_APPLIED);
    assert_reported(true, "already-applied", "admin");
    /* It is remembered also after that. */
    assert_int_equal(strlen(last_record().applied_request), 64);
}

/* A new request, even for the same password: the salt tells. */
static void test_the_same_password_again(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    assert_status(reset_run(&config), STATUS_APPLIED);
    ask_for_reset();
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.calls[SET], 2);
}

/* A failure forgets nothing: what was applied before is still not to be applied again. */
static void test_a_failure_keeps_what_was_applied(void **state)
{
    struct record before;
    struct record after;

    (void)state;
    ask_for_reset_when_announced();
    assert_status(reset_run(&config), STATUS_APPLIED);
    before = last_record();
    replace_pending(secret_of_text("broken"));
    assert_status(reset_run(&config), STATUS_BLOB_TOO_SHORT);
    after = last_record();
    assert_string_equal(after.applied_request, before.applied_request);
    assert_string_equal(after.applied_user, before.applied_user);
    assert_string_not_equal(after.outcome_request, before.outcome_request);
}

static void test_another_reset_while_acknowledging(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.next = seal(UUID, "second", 6);
    cloud.next_at = 1;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? report "
                 "reset? uuid? set:admin record DELETE reset? report record");
    assert_string_equal(cloud.password, "second");
    assert_int_equal(cloud.pending.len, 0);
}

/* The first DELETE failed; meanwhile another reset came. It must not be deleted before it is read. */
static void test_a_superseding_reset_is_not_deleted_unread(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[ACKNOWLEDGE][0] = STATUS_UNREACHABLE;
    cloud.script[GET_RESET][1] = STATUS_UNREACHABLE;
    cloud.next = seal(UUID, "second", 6);
    cloud.next_at = 1;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? reset? report "
                 "reset? uuid? set:admin record DELETE reset? report record");
    assert_string_equal(cloud.password, "second");
    assert_int_equal(cloud.calls[SET], 2);
}

/* --- Stopping
 * -----------------------------------------------------------------------------------------------------*/

static void test_stopped_while_waiting(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_UNREACHABLE);
    fail_always(GET_RESET, STATUS_UNREACHABLE);
    host_double.stop_at_ms = host_double.now_ms + 7000;
    assert_status(reset_run(&config), STATUS_STOPPED);
    assert_int_equal(elapsed_ms(), 7000);
    assert_recorded(STATUS_STOPPED);
    assert_nothing_done();
}

static void test_stopped_between_looks_for_another_cloud(void **state)
{
    (void)state;
    fail_always(GET_FLAG, STATUS_NOT_FOUND);
    fail_always(GET_RESET, STATUS_NOT_FOUND);
    host_double.stop_at_ms = host_double.now_ms + 2500;
    assert_status(reset_run(&config), STATUS_STOPPED);
    assert_int_equal(elapsed_ms(), 2500);
    assert_int_equal(cloud.calls[GET_RESET], 1);
}

static void test_stopped_before_the_password_is_set(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.cost_ms[GET_UUID] = 500;
    host_double.stop_at_ms = host_double.now_ms + 100;
    assert_status(reset_run(&config), STATUS_STOPPED);
    assert_nothing_done();
    assert_recorded(STATUS_STOPPED);
}

/* The password is set and remembered, so it must not be forgotten that only the acknowledgement is missing.
 */
static void test_stopped_while_acknowledging(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.cost_ms[ACKNOWLEDGE] = 500;
    host_double.stop_at_ms = host_double.now_ms + 100;
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    assert_recorded(STATUS_NOT_ACKNOWLEDGED);
    assert_int_equal(cloud.calls[SET], 1);
    assert_int_equal(strlen(last_record().applied_request), 64);
}

/* The reset is seen to be gone, and then the stop comes: that does not undo how the run ended. */
static void test_stopped_when_all_is_done(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.stop_behind_look = 2;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_recorded(STATUS_APPLIED);
}

/* --- Dry run, report, record
 * --------------------------------------------------------------------------------------*/

static void test_a_dry_run_changes_nothing(void **state)
{
    (void)state;
    ask_for_reset();
    config.dry_run = true;
    assert_status(reset_run(&config), STATUS_WOULD_APPLY);
    assert_trace("flag? reset? uuid?");
    assert_string_equal(cloud.record, "");
    assert_false(cloud.flag);
    assert_true(cloud.pending.len > 0);
}

static void test_a_dry_run_tells_what_would_fail(void **state)
{
    (void)state;
    ask_for_reset();
    config.dry_run = true;
    cloud.check_status = STATUS_ACCOUNT_UNKNOWN;
    assert_status(reset_run(&config), STATUS_ACCOUNT_UNKNOWN);
    assert_trace("flag? reset? uuid?");
    cloud.uuid = "another";
    forget_trace();
    assert_status(reset_run(&config), STATUS_BLOB_PADDING);
    assert_trace("flag? reset? uuid?");
    assert_string_equal(cloud.record, "");
}

static void test_a_dry_run_of_what_was_applied(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(ACKNOWLEDGE, STATUS_SERVICE_ERROR);
    assert_status(reset_run(&config), STATUS_NOT_ACKNOWLEDGED);
    forget_trace();
    config.dry_run = true;
    assert_status(reset_run(&config), STATUS_ALREADY_APPLIED);
    assert_trace("flag? reset?");
}

static void test_without_reports(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    config.report = false;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_trace("flag? reset? uuid? set:admin record DELETE reset? record");
}

static void test_a_report_that_fails_costs_nothing(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    fail_always(REPORT, STATUS_NOT_FOUND);
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.calls[REPORT], 1);
    assert_int_equal(elapsed_ms(), 0);
    assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), 0);
}

/* A reset was seen, could not be handled yet, and was taken back: nothing was applied, and nothing may say
 * so. */
static void test_a_reset_that_is_taken_back(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.script[GET_UUID][0] = STATUS_SERVICE_ERROR;
    cloud.script[GET_RESET][1] = STATUS_NOTHING_PENDING;
    assert_status(reset_run(&config), STATUS_NOTHING_PENDING);
    assert_nothing_done();
    assert_int_not_equal(cloud.reported_applied, true);
}

static void test_a_record_that_cannot_be_written(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    cloud.record_status = STATUS_DISK_FULL;
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_int_equal(cloud.pending.len, 0);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "record"));
}

static void test_a_record_of_garbage(void **state)
{
    (void)state;
    ask_for_reset_when_announced();
    (void)strcpy(cloud.record, "\x01\x02garbage\n= = =\napplied_request = 5\n");
    assert_status(reset_run(&config), STATUS_APPLIED);
    assert_recorded(STATUS_APPLIED);
}

#define with_cloud(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_cloud(test_the_order_of_the_plugin),
        with_cloud(test_when_announced_before),
        with_cloud(test_nothing_pending),
        with_cloud(test_the_configured_method_is_passed_on),
        with_cloud(test_choice_of_account),
        with_cloud(test_accounts_that_cannot_be_reset),
        with_cloud(test_a_requested_name_that_is_too_long),
        with_cloud(test_a_requested_name_cannot_forge_the_record),
        with_cloud(test_no_administrator),
        with_cloud(test_a_wrong_uuid),
        with_cloud(test_blobs_that_cannot_be_opened),
        with_cloud(test_passwords_that_cannot_be_set),
        with_cloud(test_a_system_that_refuses),
        with_cloud(test_a_transient_failure_then_success),
        with_cloud(test_a_uuid_that_comes_late),
        with_cloud(test_the_deadline),
        with_cloud(test_a_failure_at_the_deadline_is_reported),
        with_cloud(test_hanging_requests_do_not_outlive_the_deadline),
        with_cloud(test_an_immediate_try_when_the_network_changes),
        with_cloud(test_the_network_cannot_make_it_spin),
        with_cloud(test_404_everywhere),
        with_cloud(test_404_beside_a_working_flag_is_nothing_pending),
        with_cloud(test_404_beside_a_broken_flag),
        with_cloud(test_404_for_a_moment),
        with_cloud(test_404_until_the_third_look),
        with_cloud(test_404_interrupted_by_something_else),
        with_cloud(test_404_and_a_deadline_before_it_is_believed),
        with_cloud(test_a_broken_flag_delays_nothing),
        with_cloud(test_a_hanging_flag_has_a_budget),
        with_cloud(test_a_slow_flag_uses_up_its_budget),
        with_cloud(test_a_flag_that_works_after_the_reset),
        with_cloud(test_a_flag_that_is_not_kept),
        with_cloud(test_a_refused_announcement),
        with_cloud(test_an_ignored_delete),
        with_cloud(test_a_refused_delete),
        with_cloud(test_a_lost_answer_to_delete),
        with_cloud(test_a_delete_and_a_look_that_fail),
        with_cloud(test_a_look_after_delete_that_finds_no_path),
        with_cloud(test_a_service_without_delete),
        with_cloud(test_the_next_run_acknowledges_and_does_not_set),
        with_cloud(test_the_same_password_again),
        with_cloud(test_a_failure_keeps_what_was_applied),
        with_cloud(test_another_reset_while_acknowledging),
        with_cloud(test_a_superseding_reset_is_not_deleted_unread),
        with_cloud(test_stopped_while_waiting),
        with_cloud(test_stopped_between_looks_for_another_cloud),
        with_cloud(test_stopped_before_the_password_is_set),
        with_cloud(test_stopped_while_acknowledging),
        with_cloud(test_stopped_when_all_is_done),
        with_cloud(test_a_dry_run_changes_nothing),
        with_cloud(test_a_dry_run_tells_what_would_fail),
        with_cloud(test_a_dry_run_of_what_was_applied),
        with_cloud(test_without_reports),
        with_cloud(test_a_report_that_fails_costs_nothing),
        with_cloud(test_a_reset_that_is_taken_back),
        with_cloud(test_a_record_that_cannot_be_written),
        with_cloud(test_a_record_of_garbage),
        with_cloud(test_nothing_secret_is_logged_or_recorded), /* the last: it makes the log verbose */
    };

    return cmocka_run_group_tests_name("reset", tests, NULL, NULL);
}
