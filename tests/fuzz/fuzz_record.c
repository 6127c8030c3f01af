// SPDX-License-Identifier: Apache-2.0
/* Records of any contents, read, written and shown; and those that a run can make. */
#include "tests/fuzz/fuzz.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "agent/record.h"
#include "agent/text.h"

enum { ROOM = 1024 };

static bool is_request(const char *request)
{
    return strspn(request, "0123456789abcdef") == RECORD_REQUEST_LEN && request[RECORD_REQUEST_LEN] == '\0';
}

static void check_sane(const struct record *record)
{
    check(!record->has_outcome || record->outcome < STATUS_COUNT);
    check(record->outcome_s >= 0 && record->applied_s >= 0);
    check(record->outcome_request[0] == '\0' || is_request(record->outcome_request));
    check(record->applied_request[0] == '\0' || is_request(record->applied_request));
    check(memchr(record->outcome_user, '\0', sizeof record->outcome_user) != NULL);
    check(memchr(record->applied_user, '\0', sizeof record->applied_user) != NULL);
    check(text_is_printable(record->outcome_user) && text_is_printable(record->applied_user));
}

/* Where the file was written by others, its user may be no name, such as one that would begin a comment. */
static bool is_same_user(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || !account_is_name(a);
}

static void check_same(const struct record *a, const struct record *b)
{
    check(a->has_outcome == b->has_outcome && strcmp(a->applied_request, b->applied_request) == 0);
    if (a->has_outcome) {
        check(a->outcome == b->outcome && a->outcome_s == b->outcome_s);
        check(strcmp(a->outcome_request, b->outcome_request) == 0);
        check(is_same_user(a->outcome_user, b->outcome_user));
    }
    if (a->applied_request[0] != '\0')
        check(a->applied_s == b->applied_s && is_same_user(a->applied_user, b->applied_user));
}

/* What is written is read as it was, and fits. */
static void check_written(const struct record *record)
{
    struct secret text;
    struct record again;

    check(secret_alloc(&text, ROOM) == STATUS_OK);
    record_format(record, &text);
    check(text.len < ROOM && text.bytes[text.len - 1] == '\n');
    record_parse(&again, (char *)text.bytes);
    check_same(record, &again);
    secret_free(&text);
}

/* Calls record_print(); the caller frees the text. */
static char *print(const struct record *record, bool json)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    check(out != NULL);
    record_print(record, json, out);
    check(fclose(out) == 0 && strlen(text) == len);
    return text;
}

static void check_member(const cJSON *object, const char *key, const char *value)
{
    const char *is = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    check(is != NULL && strcmp(is, value) == 0);
}

static void check_shown(const struct record *record)
{
    char *words = print(record, false);
    char *json = print(record, true);
    cJSON *shown = cJSON_ParseWithOpts(json, NULL, true);
    const cJSON *last_run = cJSON_GetObjectItemCaseSensitive(shown, "last_run");
    const cJSON *last_applied = cJSON_GetObjectItemCaseSensitive(shown, "last_applied");

    for (char *c = words; (c = strchr(c, '\n')) != NULL; c++)
        *c = ' ';
    check(text_is_printable(words));
    if (record->has_outcome) {
        check_member(last_run, "outcome", status_name(record->outcome));
        check_member(last_run, "user", record->outcome_user);
    } else {
        check(cJSON_IsNull(last_run));
    }
    if (record->applied_request[0] != '\0')
        check_member(last_applied, "user", record->applied_user);
    else
        check(cJSON_IsNull(last_applied));
    cJSON_Delete(shown);
    free(json);
    free(words);
}

static void check_record(const struct record *record)
{
    check_sane(record);
    check_written(record);
    check_shown(record);
}

/* An account that can be, and a request that can be; else "". */
static void take_user(struct input *input, char user[ACCOUNT_NAME_MAX + 1])
{
    take_text(input, user, ACCOUNT_NAME_MAX);
    user[ACCOUNT_NAME_MAX] = '\0';
    if (!account_is_name(user))
        user[0] = '\0';
}

static void take_request(struct input *input, record_request request)
{
    const uint8_t number = take_byte(input);

    for (size_t i = 0; i < RECORD_REQUEST_LEN; i++)
        request[i] = "0123456789abcdef"[(number + i) % 16];
    request[number == 0 ? 0 : RECORD_REQUEST_LEN] = '\0';
}

static void take_record(struct input *input, struct record *record)
{
    *record =
        (struct record){.has_outcome = take_byte(input) % 2 != 0, .outcome = take_byte(input) % STATUS_COUNT};
    record->outcome_s = (int64_t)take_word(input) << (take_byte(input) % 31);
    take_request(input, record->outcome_request);
    take_user(input, record->outcome_user);
    record->applied_s = (int64_t)take_word(input) << (take_byte(input) % 31);
    take_request(input, record->applied_request);
    take_user(input, record->applied_user);
}

/* 'm' and the members of a record, or a text. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    struct record record;

    if (len > 0 && *bytes == 'm') {
        (void)take_byte(&input);
        take_record(&input, &record);
    } else {
        struct secret text = take_rest(&input);

        record_parse(&record, (char *)text.bytes);
        secret_free(&text);
    }
    check_record(&record);
    return 0;
}
