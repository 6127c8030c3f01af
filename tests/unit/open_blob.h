// SPDX-License-Identifier: Apache-2.0
/* One call of envelope_open(). */
#ifndef UNIT_OPEN_BLOB_H
#define UNIT_OPEN_BLOB_H

#include "agent/envelope.h"
#include "tests/unit/unit.h"

/* Opens the blob, which it frees. */
static inline enum status open_blob(struct secret blob, const char *uuid_text, struct secret *password)
{
    struct secret uuid = secret_of_text(uuid_text);
    enum status status = envelope_open(&blob, &uuid, password);

    secret_free(&blob);
    secret_free(&uuid);
    return status;
}

#endif
