// SPDX-License-Identifier: Apache-2.0
/* Words of commands that people copy into cmd or PowerShell. Pure. */
#ifndef PLATFORM_WINDOWS_PROBE_COMMAND_H
#define PLATFORM_WINDOWS_PROBE_COMMAND_H

#include <stdbool.h>

enum { COMMAND_WORD_SIZE = 512 };

/*
 * Writes text as one word of both, in quotes where it needs them. False when neither quotes nor anything else
 * would make it safe in both.
 */
bool command_word(const char *text, char out[COMMAND_WORD_SIZE]);

#endif
