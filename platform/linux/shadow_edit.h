// SPDX-License-Identifier: Apache-2.0
/* The text of /etc/shadow (shadow(5)): an account's line found, and its password changed. Pure. */
#ifndef PLATFORM_LINUX_SHADOW_EDIT_H
#define PLATFORM_LINUX_SHADOW_EDIT_H

#include <stdint.h>

#include "agent/secret.h"
#include "agent/status.h"
#include "platform/linux/colon_line.h"

enum shadow_field {
    SHADOW_NAME,
    SHADOW_HASH,
    SHADOW_LAST_CHANGE,
    SHADOW_MIN,
    SHADOW_MAX,
    SHADOW_OLD_FIELDS = 5,
    SHADOW_INACTIVE,
    SHADOW_EXPIRE = 7,
    SHADOW_FIELDS = 9
};

/* How many bytes an edit can add to a text, beside the new hash. */
enum { SHADOW_EDIT_GROWTH = 24 };

/*
 * Finds an account's line, the one that getspnam(3) reads: the first one that is well-formed, with nine
 * fields, eight, or the five of the old form, of which the third to the last are numbers or empty. OK;
 * ACCOUNT_UNKNOWN; SHADOW_MALFORMED when only broken lines bear the name.
 */
enum status shadow_find(const struct secret *text, const char *name, struct colon_line *line);

/*
 * Copies text to out, which is empty and has room, with a new hash and day of last change (days since
 * 1970-01-01; left empty when not positive, because 0 would mean "must change") in that line, and every other
 * byte as it was. Returns what shadow_find() does; INTERNAL when out has no room, or hash is no value for a
 * field.
 */
enum status shadow_edit(const struct secret *text, const char *name, const char *hash, int64_t day,
                        struct secret *out);

#endif
