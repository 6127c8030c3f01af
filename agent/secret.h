// SPDX-License-Identifier: Apache-2.0
/* Memory that holds secrets: buffers of fixed capacity, and a heap for libraries, both wiped before release.
 */
#ifndef AGENT_SECRET_H
#define AGENT_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/status.h"

/*
 * A buffer that never grows, so that no copy is left behind by a reallocation. A zeroed struct is an empty
 * buffer without capacity, and may be freed.
 */
struct secret {
    unsigned char *bytes; /* capacity + 1 of them: a NUL always stands behind the last */
    size_t capacity;
    size_t len;
};

/* Makes s an empty buffer for capacity bytes; the caller frees it. NO_MEMORY leaves s empty, without
 * capacity. */
enum status secret_alloc(struct secret *s, size_t capacity);

/* Appends len bytes; false, and s untouched, when they do not fit. */
bool secret_append(struct secret *s, const void *bytes, size_t len);

/* The same for a string, without its NUL. */
bool secret_append_text(struct secret *s, const char *text);

/* The contents as a string: ends at the first NUL. Valid until s is freed. "" for a buffer without capacity.
 */
const char *secret_text(const struct secret *s);

/* Wipes the whole capacity and empties s. */
void secret_clear(struct secret *s);

/* Wipes and releases; s is then a zeroed struct. */
void secret_free(struct secret *s);

/* malloc(3) and its family, for libraries through which secrets pass: a block is wiped before it is released.
 */
void *secret_heap_malloc(size_t size);
void *secret_heap_calloc(size_t count, size_t size);
void *secret_heap_realloc(void *block, size_t size);
char *secret_heap_strdup(const char *text);
void secret_heap_free(void *block);

#endif
