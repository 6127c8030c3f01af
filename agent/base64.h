// SPDX-License-Identifier: Apache-2.0
/* Base64 (RFC 4648, section 4), decoded strictly. Pure. */
#ifndef AGENT_BASE64_H
#define AGENT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* An upper bound of the bytes that len characters decode to. */
#define BASE64_DECODED_MAX(len) ((len) / 4 * 3)

/*
 * Decodes len characters to out, which has room for BASE64_DECODED_MAX(len) bytes; *out_len is their number.
 * False for anything but the one canonical encoding: other characters, white space too, a length that is no
 * multiple of four, missing or superfluous padding, stray bits before it. out may then hold part of it.
 */
bool base64_decode(const char *text, size_t len, unsigned char *out, size_t *out_len);

#endif
