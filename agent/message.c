// SPDX-License-Identifier: Apache-2.0
#include "agent/message.h"

#include <stddef.h>
#include <string.h>

bool message_is_uuid(const char *text)
{
    static const char ALPHABET[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
    size_t len = strlen(text);

    return len >= 1 && len <= METADATA_UUID_MAX && strspn(text, ALPHABET) == len;
}

/* What metadata.h says that any call can return, and what it says of this one. */
static bool can_end_so(enum message_kind kind, uint32_t status)
{
    switch (status) {
    case STATUS_OK:
    case STATUS_INTERNAL:
    case STATUS_NO_MEMORY:
    case STATUS_UNREACHABLE:
    case STATUS_TIMED_OUT:
    case STATUS_CONNECTION_LOST:
    case STATUS_SERVICE_ERROR:
    case STATUS_BAD_RESPONSE:
    case STATUS_RESPONSE_TOO_LARGE:
    case STATUS_NOT_FOUND:
        return true;
    case STATUS_NOTHING_PENDING:
    case STATUS_SERVICE_FAIL:
        return kind == MESSAGE_GET_RESET;
    case STATUS_BAD_UUID:
        return kind == MESSAGE_GET_UUID;
    default:
        return false;
    }
}

static bool ends_inside(const char *bytes, size_t size)
{
    return memchr(bytes, '\0', size) != NULL;
}

bool message_is_sane(const struct message_request *request, const struct message_answer *answer)
{
    const bool is_ok = answer->status == STATUS_OK;

    if (!can_end_so(request->kind, answer->status) || answer->announced > 1 ||
        !ends_inside(answer->blob, sizeof answer->blob) || !ends_inside(answer->uuid, sizeof answer->uuid) ||
        !ends_inside(answer->user_name, sizeof answer->user_name))
        return false;
    /* An answer brings what was asked for, and nothing else. */
    return (answer->blob[0] != '\0') == (is_ok && request->kind == MESSAGE_GET_RESET) &&
           (answer->uuid[0] != '\0') == (is_ok && request->kind == MESSAGE_GET_UUID) &&
           (answer->uuid[0] == '\0' || message_is_uuid(answer->uuid)) &&
           (answer->user_name[0] == '\0' || answer->blob[0] != '\0') &&
           (answer->announced == 0 || (is_ok && request->kind == MESSAGE_GET_FLAG));
}
