// SPDX-License-Identifier: Apache-2.0
/* UTF-8 text from outside: is it well-formed, and may it be logged, recorded, shown? Pure. */
#ifndef AGENT_TEXT_H
#define AGENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads one character of well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF)
 * at bytes, of which there are len, at least 1. Returns its length in bytes and sets *point; 0 when there is
 * none.
 */
size_t text_read_character(const unsigned char *bytes, size_t len, uint32_t *point);

/* The control characters of Unicode: general category Cc, which is C0, DEL and C1. */
bool text_is_control(uint32_t point);

/* Puts a '?' in the place of each byte that belongs to a control character, or to no character at all. */
void text_make_printable(char *text);

/* Well-formed, and without a control character? */
bool text_is_printable(const char *text);

#endif
