// SPDX-License-Identifier: Apache-2.0
/* Shadow files of any contents, edited: what is changed, what stays, and what the C library reads of it then.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <shadow.h>
#include <string.h>

#include "platform/linux/shadow_edit.h"

enum { HASH_MAX = 32 };

static const char NAME[] = "root";

/* The fields of each line stand one behind the other, and the lines too. */
static void check_lines(const struct secret *text)
{
    struct colon_line line;
    size_t at = 0;

    while (colon_line_read(text, at, &line)) {
        size_t start = at;

        check(line.count >= 1 && line.next > at && line.next <= text->len + 1);
        for (size_t i = 0; i < line.count && i < COLON_FIELDS_MAX; i++) {
            check(line.field[i].start == start && line.field[i].end >= start);
            check(memchr(text->bytes + start, ':', line.field[i].end - start) == NULL);
            start = line.field[i].end + 1;
        }
        check(line.count > COLON_FIELDS_MAX || start == line.next);
        at = line.next;
    }
    check(at >= text->len);
}

/* The first line that fgetspent(3) reads of the account, as getspnam(3) does when somebody logs in. */
struct libc_entry {
    bool is_there;
    char hash[HASH_MAX + 2]; /* as far as it fits */
    long day;
};

static struct libc_entry read_by_libc(const unsigned char *text, size_t len)
{
    static char buffer[64 * 1024];
    struct libc_entry entry = {0};
    FILE *file = fmemopen((void *)text, len, "r");
    struct spwd line;
    struct spwd *found;

    check(file != NULL);
    while (!entry.is_there && fgetspent_r(file, &line, buffer, sizeof buffer, &found) == 0) {
        if (strcmp(line.sp_namp, NAME) != 0)
            continue;
        entry.is_there = true;
        (void)snprintf(entry.hash, sizeof entry.hash, "%s", line.sp_pwdp);
        entry.day = line.sp_lstchg;
    }
    (void)fclose(file);
    return entry;
}

/*
 * Where it can read the line that was edited, it reads what was set, and no line before it. Left out: a last
 * line that does not end, which it reads without white space before the name, and with it not.
 */
static void check_by_libc(const struct secret *text, const struct colon_line *line, const char *hash,
                          int64_t day, const struct secret *edited)
{
    const size_t start = line->field[SHADOW_NAME].start;

    if (line->next <= text->len && read_by_libc(text->bytes + start, line->next - start).is_there) {
        const struct libc_entry is = read_by_libc(edited->bytes, edited->len);

        check(is.is_there && strcmp(is.hash, hash) == 0 && is.day == (day > 0 ? day : -1));
    }
}

/* White space may stand before the name. */
static void check_name(const struct secret *text, size_t start, size_t end)
{
    check(start == 0 || text->bytes[start - 1] == '\n' || isspace(text->bytes[start - 1]));
    while (start < end && isspace(text->bytes[start]))
        start++;
    check(end - start == strlen(NAME) && memcmp(text->bytes + start, NAME, end - start) == 0);
}

static void check_edited(const struct secret *text, const char *hash, int64_t day,
                         const struct secret *edited)
{
    struct colon_line was;
    struct colon_line is;
    size_t from;
    size_t was_to;
    size_t is_to;

    check(shadow_find(text, NAME, &was) == STATUS_OK && shadow_find(edited, NAME, &is) == STATUS_OK);
    check_name(text, was.field[SHADOW_NAME].start, was.field[SHADOW_NAME].end);
    from = was.field[SHADOW_HASH].start;
    was_to = was.field[SHADOW_LAST_CHANGE].end;
    is_to = is.field[SHADOW_LAST_CHANGE].end;
    check(is.field[SHADOW_HASH].start == from && is.count == was.count);
    check(colon_line_field_is(edited, &is, SHADOW_HASH, hash));
    check(memcmp(text->bytes, edited->bytes, from) == 0);
    check(text->len - was_to == edited->len - is_to);
    check(memcmp(text->bytes + was_to, edited->bytes + is_to, text->len - was_to) == 0);
    if (memchr(text->bytes, '\0', text->len) == NULL)
        check_by_libc(text, &was, hash, day, edited);
}

static enum status edit(const struct secret *text, const char *hash, int64_t day, struct secret *out)
{
    check(secret_alloc(out, text->len + strlen(hash) + SHADOW_EDIT_GROWTH) == STATUS_OK);
    return shadow_edit(text, NAME, hash, day, out);
}

static void check_edit(const struct secret *text, const char *hash, int64_t day)
{
    const bool is_hash = *hash != '\0' && strpbrk(hash, ":\n") == NULL;
    struct secret edited;
    struct secret again;
    const enum status status = edit(text, hash, day, &edited);

    if (status == STATUS_OK) {
        check(is_hash);
        check_edited(text, hash, day, &edited);
        check(edit(&edited, hash, day, &again) == STATUS_OK);
        check(again.len == edited.len && memcmp(again.bytes, edited.bytes, edited.len) == 0);
        secret_free(&again);
    } else {
        check(status == STATUS_ACCOUNT_UNKNOWN || status == STATUS_SHADOW_MALFORMED || !is_hash);
        check(edited.len == 0);
    }
    secret_free(&edited);
}

/* The day, the hash, and the file. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    const int64_t day = (int32_t)take_word(&input);
    char hash[HASH_MAX + 1] = "";
    struct secret text;

    take_text(&input, hash, HASH_MAX);
    text = take_rest(&input);
    check_lines(&text);
    check_edit(&text, hash, day);
    secret_free(&text);
    return 0;
}
