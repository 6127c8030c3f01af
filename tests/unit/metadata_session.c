// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "tests/unit/http_double.h"
#include "tests/unit/metadata_session.h"
#include "tests/unit/worker_double.h"

struct metadata *metadata;

int metadata_session_setup(void **state)
{
    (void)state;
    memset(&http_double, 0, sizeof http_double);
    memset(&worker_double, 0, sizeof worker_double);
    return metadata_open(BASE, false, INT64_MAX, &metadata) == STATUS_OK ? 0 : -1;
}

int metadata_session_teardown(void **state)
{
    (void)state;
    metadata_close(metadata);
    return http_double.open_count;
}

enum status call(int index)
{
    const struct metadata_report report = {.reason = "", .user = "", .request = ""};
    struct metadata_reset reset = {.user_name = "as before"};
    struct secret uuid = {0};
    bool announced = true;
    enum status status;

    if (index == GET_FLAG)
        status = metadata_get_flag(metadata, DEADLINE_MS, &announced);
    else if (index == GET_RESET)
        status = metadata_get_reset(metadata, DEADLINE_MS, &reset);
    else if (index == GET_UUID)
        status = metadata_get_uuid(metadata, DEADLINE_MS, &uuid);
    else if (index == ANNOUNCE)
        status = metadata_announce(metadata, DEADLINE_MS);
    else if (index == ACKNOWLEDGE)
        status = metadata_acknowledge(metadata, DEADLINE_MS);
    else
        status = metadata_report(metadata, DEADLINE_MS, &report);
    if (status != STATUS_OK) {
        assert_true(announced);
        assert_null(uuid.bytes);
        assert_null(reset.blob.bytes);
        assert_string_equal(reset.user_name, "as before");
    }
    secret_free(&reset.blob);
    secret_free(&uuid);
    return status;
}
