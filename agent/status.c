// SPDX-License-Identifier: Apache-2.0
#include "agent/status.h"

#include <string.h>

static const struct {
    const char *name;
    const char *sentence;
    int exit_code;
    bool transient;
} table[STATUS_COUNT] = {
#define STATUS_ROW(symbol, name, code, transient, sentence) {name, sentence, code, transient},
    STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

const char *status_name(enum status status)
{
    return table[status].name;
}

const char *status_sentence(enum status status)
{
    return table[status].sentence;
}

int status_exit_code(enum status status)
{
    return table[status].exit_code;
}

bool status_is_transient(enum status status)
{
    return table[status].transient;
}

bool status_from_name(const char *name, enum status *out)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (strcmp(table[i].name, name) == 0) {
            *out = (enum status)i;
            return true;
        }
    }
    return false;
}
