// SPDX-License-Identifier: Apache-2.0
#include "agent/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/crypto.h"

enum status secret_alloc(struct secret *s, size_t capacity)
{
    *s = (struct secret){0};
    s->bytes = capacity < SIZE_MAX ? calloc(1, capacity + 1) : NULL;
    if (s->bytes == NULL)
        return STATUS_NO_MEMORY;
    s->capacity = capacity;
    return STATUS_OK;
}

bool secret_append(struct secret *s, const void *bytes, size_t len)
{
    if (len > s->capacity - s->len)
        return false;
    if (len > 0)
        memcpy(s->bytes + s->len, bytes, len);
    s->len += len;
    return true;
}

bool secret_append_text(struct secret *s, const char *text)
{
    return secret_append(s, text, strlen(text));
}

const char *secret_text(const struct secret *s)
{
    return s->bytes != NULL ? (const char *)s->bytes : "";
}

void secret_clear(struct secret *s)
{
    if (s->bytes != NULL)
        crypto_wipe(s->bytes, s->capacity);
    s->len = 0;
}

void secret_free(struct secret *s)
{
    secret_clear(s);
    free(s->bytes);
    *s = (struct secret){0};
}

/*
 * The size of a block stands in front of it, in a space that keeps the block aligned for any type: not every
 * compiler knows C11's max_align_t.
 */
union heap_header {
    size_t size;
    long double real;
    long long integer;
    void *pointer;
};

void *secret_heap_malloc(size_t size)
{
    union heap_header *header;

    if (size > SIZE_MAX - sizeof *header)
        return NULL;
    header = malloc(sizeof *header + size);
    if (header == NULL)
        return NULL;
    header->size = size;
    return header + 1;
}

void *secret_heap_calloc(size_t count, size_t size)
{
    void *block;

    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    block = secret_heap_malloc(count * size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

void *secret_heap_realloc(void *block, size_t size)
{
    void *moved = secret_heap_malloc(size);
    size_t old_size;

    if (moved == NULL || block == NULL)
        return moved;
    old_size = ((union heap_header *)block - 1)->size;
    memcpy(moved, block, old_size < size ? old_size : size);
    secret_heap_free(block);
    return moved;
}

char *secret_heap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = secret_heap_malloc(size);

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

void secret_heap_free(void *block)
{
    union heap_header *header;

    if (block == NULL)
        return;
    header = (union heap_header *)block - 1;
    crypto_wipe(block, header->size);
    free(header);
}
