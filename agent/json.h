// SPDX-License-Identifier: Apache-2.0
/* What this program prints as JSON (RFC 8259). */
#ifndef AGENT_JSON_H
#define AGENT_JSON_H

#include <stdio.h>

/* Prints UTF-8 text as a string, in its quotes. */
void json_print_string(const char *text, FILE *out);

#endif
