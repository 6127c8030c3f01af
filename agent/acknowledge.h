// SPDX-License-Identifier: Apache-2.0
/* Taking a reset that is applied off the service. */
#ifndef AGENT_ACKNOWLEDGE_H
#define AGENT_ACKNOWLEDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/metadata.h"
#include "agent/persist.h"
#include "agent/status.h"

struct acknowledgement {
    struct metadata *metadata;
    const char *request; /* the reset, as record_identify() names it */
    int64_t seen_ms;     /* when it was seen there, on the clock of host_now_ms() */
    int64_t end_ms;      /* until when a try may take */
};

/*
 * Sends DELETE and looks whether the reset is gone, again and again until it is: OK, or NOT_ACKNOWLEDGED when
 * persist has no more time, or a stop is asked for. *superseded tells whether another reset has come: it is
 * left as it is, unread.
 */
enum status acknowledge_until_gone(const struct acknowledgement *what, struct persist *persist,
                                   bool *superseded);

#endif
