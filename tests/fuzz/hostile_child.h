// SPDX-License-Identifier: Apache-2.0
/*
 * A child of platform/linux/child.c that is none: its messages are the fuzzer's, and lie in the channel when
 * it is started.
 */
#ifndef FUZZ_HOSTILE_CHILD_H
#define FUZZ_HOSTILE_CHILD_H

#include "tests/fuzz/fuzz.h"

/*
 * Whoever is started from now on takes its messages from input, up to one of the length 0xffff: the length,
 * what comes with it ('d': a descriptor), and the bytes.
 */
void hostile_begin(struct input *input);

/* No process or descriptor may be left. */
void hostile_end(void);

#endif
