// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/probe/command.h"

#include <stdio.h>
#include <string.h>

#include "agent/text.h"

/*
 * Within quotes cmd still fills in %these% and, if told so, !these!, and PowerShell $these, with ` to escape
 * them; which takes typographic quotes for its own. Those, and what turns the direction of writing, are in
 * the block of Unicode whose characters begin with e2 80. A \ at the end would escape the closing quote.
 */
static bool can_be_quoted(const char *text)
{
    return text[0] != '\0' && strpbrk(text, "\"%!$`") == NULL && strstr(text, "\xe2\x80") == NULL &&
           text[strlen(text) - 1] != '\\' && text_is_printable(text);
}

static bool needs_quotes(const char *text)
{
    static const char SAFE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:\\-";

    return strspn(text, SAFE) < strlen(text);
}

bool command_word(const char *text, char out[COMMAND_WORD_SIZE])
{
    const char *quote = needs_quotes(text) ? "\"" : "";

    return can_be_quoted(text) &&
           snprintf(out, COMMAND_WORD_SIZE, "%s%s%s", quote, text, quote) < COMMAND_WORD_SIZE;
}
