// SPDX-License-Identifier: Apache-2.0
/*
 * The metadata service's endpoints: what is sent to each, and what its answer means. The only user of cJSON
 * and of platform/http.h: runs in the worker, see agent/metadata.c.
 */
#ifndef AGENT_ENDPOINTS_H
#define AGENT_ENDPOINTS_H

#include "agent/message.h"
#include "agent/status.h"

struct endpoints; /* those of one service, and the connection to it */

/* Those of the service at base_url, which must live as long; the caller closes it. NO_MEMORY; INTERNAL. */
enum status endpoints_open(const char *base_url, struct endpoints **out);

/* Does one call. The answer holds secrets: it is the caller's to wipe. */
void endpoints_perform(struct endpoints *endpoints, const struct message_request *request,
                       struct message_answer *answer);

/* NULL is allowed. */
void endpoints_close(struct endpoints *endpoints);

#endif
