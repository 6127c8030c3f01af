// SPDX-License-Identifier: Apache-2.0
#include "agent/announce.h"

#include "agent/log.h"
#include "platform/host.h"
#include "platform/http.h"

struct announce announce_begin(bool read_only, int64_t limit_ms)
{
    const int64_t share_ms = limit_ms / 4;

    return (struct announce){.read_only = read_only,
                             .flag = STATUS_UNREACHABLE,
                             .budget_ms =
                                 share_ms < HTTP_REQUEST_TIMEOUT_MS ? share_ms : HTTP_REQUEST_TIMEOUT_MS};
}

/* As the plugin does: look, set if need be, look again. */
static enum status set_flag(struct announce *announce, struct metadata *metadata, int64_t deadline_ms)
{
    enum status status = metadata_get_flag(metadata, deadline_ms, &announce->announced);

    if (status != STATUS_OK || announce->announced || announce->read_only)
        return status;
    announce->is_posted = true;
    status = metadata_announce(metadata, deadline_ms);
    if (status == STATUS_OK)
        status = metadata_get_flag(metadata, deadline_ms, &announce->announced);
    return status;
}

void announce_try(struct announce *announce, struct metadata *metadata, int64_t deadline_ms)
{
    const int64_t start_ms = host_now_ms();
    const int64_t end_ms = start_ms + announce->budget_ms;

    if (announce->announced || announce->budget_ms <= 0)
        return;
    announce->flag = set_flag(announce, metadata, end_ms < deadline_ms ? end_ms : deadline_ms);
    announce->budget_ms -= host_now_ms() - start_ms;
    if (announce->announced && announce->is_posted)
        log_info("announced to the metadata service");
    if (announce->flag != STATUS_OK)
        log_debug("the flag: %s", status_sentence(announce->flag));
}

void announce_late(struct announce *announce, struct metadata *metadata, int64_t deadline_ms)
{
    if (announce->announced || announce->read_only || announce->flag == STATUS_NOT_FOUND || host_stopping() ||
        host_now_ms() >= deadline_ms)
        return;
    announce->budget_ms = HTTP_REQUEST_TIMEOUT_MS;
    announce_try(announce, metadata, deadline_ms);
    if (!announce->announced)
        log_warning("not announced to the metadata service (%s): it may refuse resets for this machine",
                    announce->flag == STATUS_OK ? "it did not keep the flag"
                                                : status_sentence(announce->flag));
}
