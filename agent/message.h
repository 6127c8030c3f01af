// SPDX-License-Identifier: Apache-2.0
/*
 * What metadata.c and the worker that speaks to the service say to each other: two structs of fixed size, one
 * for each call of metadata.h. The worker is not trusted: whoever answers for the service may have taken it
 * over. Pure.
 */
#ifndef AGENT_MESSAGE_H
#define AGENT_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/envelope.h"
#include "agent/metadata.h"
#include "agent/status.h"
#include "platform/account.h"

enum message_kind {
    MESSAGE_GET_FLAG,
    MESSAGE_ANNOUNCE,
    MESSAGE_GET_RESET,
    MESSAGE_GET_UUID,
    MESSAGE_ACKNOWLEDGE,
    MESSAGE_REPORT
};

enum { MESSAGE_TEXT_MAX = 64 }; /* bytes of a text in a report; longer ones are cut */

struct message_request {
    enum message_kind kind;
    int64_t deadline_ms; /* of host_now_ms() */
    /* of a MESSAGE_REPORT; see struct metadata_report */
    bool applied;
    char reason[MESSAGE_TEXT_MAX + 1];
    char user[MESSAGE_TEXT_MAX + 1];
    char request[MESSAGE_TEXT_MAX + 1];
};

/* Texts are NUL-terminated, and "" where the call has none. */
struct message_answer {
    uint32_t status;    /* an enum status: how the call ended */
    uint32_t announced; /* 0 or 1 */
    char blob[ENVELOPE_BLOB_MAX + 1];
    char uuid[METADATA_UUID_MAX + 1];
    char user_name[ACCOUNT_NAME_MAX + 2]; /* as in struct metadata_reset */
};

/* Letters, digits and hyphens, 1 to METADATA_UUID_MAX of them: a uuid in any of its spellings, and no
 * surprise in what is made of it. */
bool message_is_uuid(const char *text);

/*
 * Can this be the answer to that request? Any bytes may be passed as an answer. True: its status is one that
 * the call can have, each text ends inside its array, the uuid is one, and there is what was asked for and
 * nothing else. The contents of blob and user name are left to envelope_open() and account_is_name(): they
 * are the service's.
 */
bool message_is_sane(const struct message_request *request, const struct message_answer *answer);

#endif
