// SPDX-License-Identifier: Apache-2.0
/* What may be said of text from outside before it is logged, recorded or shown. Pure. */
#ifndef AGENT_TEXT_H
#define AGENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of control characters (Unicode's Cc: C0, DEL, and C1 in UTF-8) begin at text: 0, 1 or 2. */
size_t text_control_len(const char *text);

/* No control character at all? */
bool text_is_printable(const char *text);

#endif
