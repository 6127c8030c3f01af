// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "tests/worker/probe.h"

static const struct probe_attempt *const TABLES[] = {FILE_ATTEMPTS, PROCESS_ATTEMPTS, KERNEL_ATTEMPTS,
                                                     NETWORK_ATTEMPTS};

bool attempt(const struct probe_request *request, struct probe_answer *answer)
{
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++) {
        for (const struct probe_attempt *each = TABLES[i]; each->word != NULL; each++) {
            if (strcmp(request->word, each->word) != 0)
                continue;
            errno = 0;
            answer->result = (int32_t)each->function(request);
            answer->error = answer->result == -1 ? errno : 0;
            return true;
        }
    }
    return false;
}
