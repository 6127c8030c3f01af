// SPDX-License-Identifier: Apache-2.0
/* One call of shadow_edit(), as its contract allows. */
#ifndef UNIT_SHADOW_EDIT_CALL_H
#define UNIT_SHADOW_EDIT_CALL_H

#include "platform/linux/shadow_edit.h"
#include "tests/unit/unit.h"

#define HASH "$6$new"

enum { DAY = 20000 };

/* Edits a text; *out, which the caller frees, has just the room that the contract asks for. */
static inline enum status edit(const void *bytes, size_t len, const char *name, const char *hash, int64_t day,
                               struct secret *out)
{
    struct secret text = secret_of(bytes, len);
    enum status status;

    assert_status(secret_alloc(out, len + strlen(hash) + SHADOW_EDIT_GROWTH), STATUS_OK);
    status = shadow_edit(&text, name, hash, day, out);
    assert_holds(&text, bytes, len);
    secret_free(&text);
    return status;
}

#endif
