// SPDX-License-Identifier: Apache-2.0
/* Each allocation of ours fails once, those for libcurl and cJSON among them. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "agent/endpoints.h"
#include "agent/envelope.h"
#include "agent/metadata.h"
#include "agent/record.h"
#include "platform/http.h"
#include "platform/linux/replace.h"
#include "platform/linux/sshd_account.h"
#include "platform/worker.h"
#include "tests/unit/account_system.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"
#include "tests/unit/seal.h"

static const char URL[] = "http://127.0.0.1";

static size_t until_failure; /* 0: none fails */

/* By the linker these stand between the agent and libc; other libraries have their own ways. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool fails(void)
{
    if (until_failure == 0 || --until_failure > 0)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

/* --- What is tried; each leaves nothing behind --- */

static enum status open_endpoints(void)
{
    struct endpoints *endpoints = NULL;
    enum status status = endpoints_open(URL, &endpoints);

    endpoints_close(endpoints);
    return status;
}

/* This process is no worker, and gets no connection. */
static enum status request(void)
{
    const struct http_request post = {.method = HTTP_POST,
                                      .url = URL,
                                      .content_type = "text/plain",
                                      .body = "text",
                                      .deadline_ms = host_now_ms() + 10000};
    unsigned char room[16];
    struct secret body = {.bytes = room, .capacity = sizeof room - 1};
    struct http *http = NULL;
    enum status status = http_open(&http);
    int code;

    if (status == STATUS_OK)
        status = http_perform(http, &post, &code, &body);
    http_close(http);
    return status;
}

static enum status save(void)
{
    static const struct record record = {.outcome_user = "root"};

    return record_save(scratch.path, &record);
}

static enum status open_envelope(void)
{
    static unsigned char blob[] = SEAL_KNOWN_BLOB;
    static unsigned char uuid[] = SEAL_KNOWN_UUID;
    const struct secret sealed = {.bytes = blob, .len = sizeof blob - 1, .capacity = sizeof blob - 1};
    const struct secret key = {.bytes = uuid, .len = sizeof uuid - 1, .capacity = sizeof uuid - 1};
    struct secret password;
    enum status status = envelope_open(&sealed, &key, &password);

    secret_free(&password);
    return status;
}

static enum status replace_with_attributes(void)
{
    const int like = openat(scratch.fd, "etc/passwd", O_RDONLY | O_CLOEXEC);
    enum status status = replace_file(scratch.fd, "new", like, "text", 4);

    (void)close(like);
    return status;
}

/* The first steps alone: what comes behind them starts a process. */
static enum status open_metadata(void)
{
    struct metadata *metadata;

    return until_failure == 1 ? metadata_open(URL, false, 0, &metadata) : STATUS_OK;
}

static enum status open_worker(void)
{
    struct worker *worker;

    return until_failure == 1 ? worker_open(NULL, URL, false, 0, &worker) : STATUS_OK;
}

static enum status read_sshd_account(void)
{
    struct sshd_account account;
    const bool done = sshd_account_read(scratch.path, "root", &account);

    sshd_account_free(&account);
    return done ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Runs it with the number-th allocation failing; false when there are not so many. */
static bool is_short(size_t number, enum status (*attempt)(void), enum status *status)
{
    bool was_reached;

    until_failure = number;
    *status = attempt();
    was_reached = until_failure == 0;
    until_failure = 0;
    return was_reached;
}

static void test_no_memory(void **state)
{
    static const struct {
        const char *what;
        enum status (*attempt)(void);
    } rows[] = {
        {"metadata_open", open_metadata},         {"worker_open", open_worker},
        {"endpoints_open", open_endpoints},       {"record_save", save},
        {"envelope_open", open_envelope},         {"replace_file", replace_with_attributes},
        {"sshd_account_read", read_sshd_account},
    };

    (void)state;
    scratch_write_text("etc/group", "root:x:0:\n");
    assert_true(setxattr(scratch_path("etc/passwd"), "user.label", "kept", 4, 0) == 0 || errno == ENOTSUP);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum status status;
        size_t number = 1;

        for (; is_short(number, rows[i].attempt, &status); number++)
            assert_row_status(rows[i].what, status, STATUS_NO_MEMORY);
        assert_row_status(rows[i].what, status, STATUS_OK);
        assert_row(rows[i].what, number > 1);
        assert_false(scratch_exists(".new.resetpwd-agent"));
    }
}

/* libcurl does not always say what it lacked; but an answer it is not. */
static void test_no_memory_for_a_request(void **state)
{
    enum status status;
    size_t short_of_memory = 0;

    (void)state;
    for (size_t number = 1; is_short(number, request, &status); number++) {
        assert_int_not_equal(status, STATUS_OK);
        short_of_memory += status == STATUS_NO_MEMORY;
    }
    assert_status(status, STATUS_INTERNAL);
    assert_true(short_of_memory > 10);
}

static enum status set(void)
{
    return set_password("root");
}

/* What is said of the shadow file is true. The first allocation is the test's own. */
static void test_no_memory_for_a_password(void **state)
{
    enum status status;
    size_t unverified = 0;

    (void)state;
    for (size_t number = 2; is_short(number, set, &status); number++) {
        struct secret now = scratch_read("etc/shadow");
        const bool is_old = now.len == strlen(SHADOW) && memcmp(now.bytes, SHADOW, now.len) == 0;

        secret_free(&now);
        assert_int_equal(is_old, status != STATUS_OK && status != STATUS_NOT_VERIFIED);
        unverified += status == STATUS_NOT_VERIFIED;
        scratch_write_text("etc/shadow", SHADOW);
    }
    assert_status(status, STATUS_OK);
    assert_int_equal(unverified, 2); /* reading it again, and hashing it again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_system(test_no_memory),
        with_system(test_no_memory_for_a_request),
        with_system(test_no_memory_for_a_password),
    };

    return cmocka_run_group_tests_name("no_memory", tests, NULL, NULL);
}
