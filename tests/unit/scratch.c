// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/unit/scratch.h"

struct scratch scratch = {.root = "", .place = ""};

const char *scratch_path(const char *name)
{
    static char path[SCRATCH_PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", scratch.path, name);

    assert_true(len > 0 && (size_t)len < sizeof path);
    return path;
}

void scratch_write_text(const char *name, const char *text)
{
    scratch_write(name, text, strlen(text));
}

void assert_file(const char *name, const char *text)
{
    struct secret is = scratch_read(name);

    assert_holds_text(&is, text);
    secret_free(&is);
}
