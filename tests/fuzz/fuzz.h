// SPDX-License-Identifier: Apache-2.0
/* What each fuzzer shares: its input, its checks, and a quiet host whose clock it sets. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/secret.h"

/* libFuzzer's entry: one input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Also without NDEBUG: a failure is an input for libFuzzer to keep. */
#define check(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

struct input {
    const uint8_t *bytes;
    size_t len;
};

/* The next number; 0 when there is nothing left. */
uint8_t take_byte(struct input *input);
uint16_t take_short(struct input *input);
uint32_t take_word(struct input *input);

/* The next size bytes; what is missing is zero. */
void take_bytes(struct input *input, void *out, size_t size);

/* A text behind its length, of at most size bytes, which it may fill to the last: then no NUL ends it. */
void take_text(struct input *input, char *out, size_t size);

/* All that is left, in a buffer of just its size, which the caller frees. */
struct secret take_rest(struct input *input);

extern int64_t host_step_ms;   /* how far each look moves the clock */
extern unsigned host_warnings; /* how many lines of that level have been logged */

#endif
