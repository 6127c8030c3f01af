// SPDX-License-Identifier: Apache-2.0
#include "agent/acknowledge.h"

#include <string.h>

#include "agent/log.h"
#include "agent/record.h"
#include "platform/host.h"

enum { FRESH_MS = 5000 }; /* so old a look at the service is still believed before a DELETE */

/* What the tries have seen. */
struct tries {
    unsigned absent_looks; /* how often in a row the service did not know of resets */
    bool is_superseded;
};

/*
 * Is the reset gone from the service? Another one may have taken its place. That there is no such path is
 * believed at once behind a DELETE that went well, else when it stays so.
 */
static enum status look_whether_gone(const struct acknowledgement *what, struct tries *tries, bool is_deleted,
                                     bool *gone)
{
    struct metadata_reset pending = {0};
    record_request request;
    enum status status = metadata_get_reset(what->metadata, what->end_ms, &pending);

    tries->absent_looks = status == STATUS_NOT_FOUND ? tries->absent_looks + 1 : 0;
    if (status == STATUS_NOTHING_PENDING ||
        (status == STATUS_NOT_FOUND && (is_deleted || tries->absent_looks >= METADATA_LOOKS_BEFORE_ABSENT))) {
        *gone = true;
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = record_identify(&pending.blob, request);
    if (status == STATUS_OK) {
        tries->is_superseded = strcmp(request, what->request) != 0;
        *gone = tries->is_superseded;
    }
    secret_free(&pending.blob);
    return status;
}

/* One try; OK when the reset was seen to be gone. */
static enum status try_once(const struct acknowledgement *what, struct tries *tries, bool look_first)
{
    bool gone = false;
    enum status deleted;
    enum status status = STATUS_OK;

    if (look_first)
        status = look_whether_gone(what, tries, false, &gone);
    if (status != STATUS_OK || gone)
        return status;
    deleted = metadata_acknowledge(what->metadata, what->end_ms);
    if (deleted == STATUS_STOPPED)
        return deleted;
    status = look_whether_gone(what, tries, deleted == STATUS_OK, &gone);
    if (status != STATUS_OK || gone)
        return status;
    return deleted != STATUS_OK ? deleted : STATUS_SERVICE_ERROR;
}

enum status acknowledge_until_gone(const struct acknowledgement *what, struct persist *persist,
                                   bool *superseded)
{
    struct tries tries = {0};

    retry_restart(&persist->retry);
    /* After a while, and before a repetition, another reset may have come: deleting it unread would lose it.
     */
    for (bool look_first = host_now_ms() - what->seen_ms > FRESH_MS;; look_first = true) {
        enum status status = try_once(what, &tries, look_first);

        *superseded = tries.is_superseded;
        if (status == STATUS_OK)
            break;
        /* 404 here is no sign of another cloud, and STOPPED no reason to forget that the password is set. */
        status = persist_after(persist, "acknowledging",
                               status == STATUS_NOT_FOUND ? STATUS_SERVICE_ERROR : status);
        if (status != STATUS_OK)
            return STATUS_NOT_ACKNOWLEDGED;
    }
    log_info("acknowledged to the metadata service");
    return STATUS_OK;
}
