// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/probe/faillock_settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/lines.h"

enum { RECORDS_MAX = 1024, TIME_MAX_S = 7 * 24 * 3600, IS_VALID = 1, WORD_SIZE = 160 };

/* Where the numbers stand in a record of either module, in the order of bytes of the machine. */
enum { COUNT_OR_STATUS_AT = 54, TIME_AT = 56 };

struct record {
    uint16_t count_or_status;
    uint64_t time_s;
};

struct faillock_settings faillock_defaults(void)
{
    return (struct faillock_settings){
        .path = "/var/run/faillock", .deny = 3, .fail_interval = 900, .unlock_time = 600};
}

struct faillock_settings tally2_defaults(void)
{
    return (struct faillock_settings){.path = "/var/log/tallylog"};
}

static void set_path(char path[TALLY_PATH_SIZE], const char *value)
{
    if (value[0] == '/' && strlen(value) < TALLY_PATH_SIZE)
        (void)snprintf(path, TALLY_PATH_SIZE, "%s", value);
}

/* A number that makes no sense leaves what was there, as it does for the modules. */
static bool set_number(uint64_t *number, const char *value, uint64_t max)
{
    const unsigned long read = strtoul(value, NULL, 10);

    if (!isdigit((unsigned char)*value) || read > max)
        return false;
    *number = read;
    return true;
}

static bool set_time(uint64_t *time_s, const char *value)
{
    return set_number(time_s, strcmp(value, "never") == 0 ? "0" : value, TIME_MAX_S);
}

static void set(struct faillock_settings *settings, const char *name, const char *value)
{
    uint64_t deny = settings->deny;

    if (strcmp(name, "dir") == 0 || strcmp(name, "file") == 0) {
        set_path(settings->path, value);
    } else if (strcmp(name, "conf") == 0) {
        set_path(settings->config, value);
    } else if (strcmp(name, "deny") == 0) {
        if (set_number(&deny, value, UINT16_MAX))
            settings->deny = (unsigned)deny;
    } else if (strcmp(name, "fail_interval") == 0) {
        (void)set_number(&settings->fail_interval, value, TIME_MAX_S);
    } else if (strcmp(name, "unlock_time") == 0) {
        (void)set_time(&settings->unlock_time, value);
    } else if (strcmp(name, "root_unlock_time") == 0) {
        settings->has_root_unlock_time = set_time(&settings->root_unlock_time, value);
    } else if (strcmp(name, "even_deny_root") == 0) {
        settings->even_deny_root = true;
    }
}

void faillock_take_arguments(struct faillock_settings *settings, const char *arguments)
{
    while (*(arguments += strspn(arguments, " \t")) != '\0') {
        const size_t len = strcspn(arguments, " \t");
        char word[WORD_SIZE];
        char *equals;

        if (len < sizeof word) {
            (void)snprintf(word, sizeof word, "%.*s", (int)len, arguments);
            equals = strchr(word, '=');
            if (equals != NULL)
                *equals = '\0';
            set(settings, word, equals != NULL ? equals + 1 : "");
        }
        arguments += len;
    }
}

/* "name = value", "name value" or "name", each perhaps with a comment behind it. */
static void take_line(struct faillock_settings *settings, char *line)
{
    char *value;
    size_t end;

    line[strcspn(line, "#")] = '\0';
    for (end = strlen(line); end > 0 && isspace((unsigned char)line[end - 1]); end--)
        line[end - 1] = '\0';
    line += strspn(line, " \t");
    value = line + strcspn(line, " \t=");
    if (*value != '\0')
        *value++ = '\0';
    value += strspn(value, " \t=");
    set(settings, line, value);
}

void faillock_take_config(struct faillock_settings *settings, struct secret *text)
{
    struct lines lines = lines_of(text);
    char *line;

    while ((line = lines_next(&lines)) != NULL)
        take_line(settings, line);
}

static struct record read_record(const unsigned char *bytes)
{
    struct record record;

    memcpy(&record.count_or_status, bytes + COUNT_OR_STATUS_AT, sizeof record.count_or_status);
    memcpy(&record.time_s, bytes + TIME_AT, sizeof record.time_s);
    return record;
}

/* The verdict on so many failures, the last of them at last_s. */
static struct faillock_verdict judge(const struct faillock_settings *settings, unsigned failures,
                                     uint64_t last_s, bool is_root, int64_t now_s)
{
    const bool has_own_time = is_root && settings->has_root_unlock_time;
    const uint64_t unlock_s = has_own_time ? settings->root_unlock_time : settings->unlock_time;
    const uint64_t now = now_s > 0 ? (uint64_t)now_s : 0;
    struct faillock_verdict verdict = {.failures = failures};

    if (settings->deny == 0 || failures < settings->deny || (is_root && !settings->even_deny_root))
        return verdict;
    verdict.is_refused = unlock_s == 0 || now <= last_s || now - last_s <= unlock_s;
    if (verdict.is_refused && unlock_s != 0)
        verdict.left_s = unlock_s + 1 - (now > last_s ? now - last_s : 0);
    return verdict;
}

/* Those count that are not much older than the last one. */
struct faillock_verdict faillock_judge(const struct faillock_settings *settings, const unsigned char *records,
                                       size_t len, bool is_root, int64_t now_s)
{
    const size_t stored = len / TALLY_RECORD_SIZE;
    const size_t count = stored < RECORDS_MAX ? stored : RECORDS_MAX;
    unsigned failures = 0;
    uint64_t last_s = 0;

    for (size_t i = 0; i < count; i++) {
        const struct record record = read_record(records + i * TALLY_RECORD_SIZE);

        if ((record.count_or_status & IS_VALID) != 0 && record.time_s > last_s)
            last_s = record.time_s;
    }
    for (size_t i = 0; i < count; i++) {
        const struct record record = read_record(records + i * TALLY_RECORD_SIZE);

        if ((record.count_or_status & IS_VALID) != 0 && last_s - record.time_s < settings->fail_interval)
            failures++;
    }
    return judge(settings, failures, last_s, is_root, now_s);
}

/* The module counts a login before it decides: as many failures as it allows are one too many. */
struct faillock_verdict tally2_judge(const struct faillock_settings *settings,
                                     const unsigned char record[TALLY_RECORD_SIZE], bool is_root,
                                     int64_t now_s)
{
    const struct record at = read_record(record);

    return judge(settings, at.count_or_status, at.time_s, is_root, now_s);
}
