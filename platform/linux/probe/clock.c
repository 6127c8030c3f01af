// SPDX-License-Identifier: Apache-2.0
/* A reset works at any time; but the day of last change is written by the clock, and expiry is judged by it.
 */
#include "platform/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "platform/host.h"
#include "platform/linux/colon_line.h"
#include "platform/linux/root_file.h"
#include "platform/linux/shadow_edit.h"
#include "platform/linux/shadow_file.h"

/* A day, for time zones that somebody took for UTC. */
enum { DAY_S = 86400, SLACK_S = DAY_S, DATE_SIZE = 16, PATH_SIZE = 512 };

static const char SHADOW[] = "/etc/shadow";
static const int64_t YEAR_2100_S = 4102444800;

/* A time that has been, and what bears it. */
struct past {
    const char *what;
    int64_t time_s;
};

static const char *date(int64_t time_s, char out[DATE_SIZE])
{
    const time_t seconds = (time_t)time_s;
    struct tm day;

    if (gmtime_r(&seconds, &day) == NULL || strftime(out, DATE_SIZE, "%Y-%m-%d", &day) == 0)
        (void)snprintf(out, DATE_SIZE, "another age");
    return out;
}

/* What sets it at once, where that is installed. The clock is not an image's. */
static void mend(const struct probe_subject *subject, struct finding *finding)
{
    if (subject->root[0] != '\0')
        return;
    if (root_file_exists("", "/usr/bin/chronyc"))
        finding_mend(finding, "", "chronyc makestep");
    else if (root_file_exists("", "/lib/systemd/systemd-timesyncd"))
        finding_mend(finding, "", "timedatectl set-ntp true");
}

/* The latest day on which a password was changed; 0 where that cannot be read. */
static int64_t latest_change_s(const struct probe_subject *subject)
{
    struct secret text;
    struct colon_line line;
    long long latest = 0;

    if (!root_file_read(subject->root, SHADOW, SHADOW_FILE_MAX, &text))
        return 0;
    for (size_t at = 0; colon_line_read(&text, at, &line); at = line.next) {
        /* A colon ends it. */
        const long long day =
            line.count == SHADOW_FIELDS
                ? strtoll((const char *)text.bytes + line.field[SHADOW_LAST_CHANGE].start, NULL, 10)
                : 0;

        if (day > latest && day <= INT64_MAX / DAY_S)
            latest = day;
    }
    secret_free(&text);
    return latest * DAY_S;
}

static int64_t file_time_s(const struct probe_subject *subject, const char *path)
{
    struct stat status;

    return root_file_stat(subject->root, path, &status) ? (int64_t)status.st_mtime : 0;
}

static struct past latest_past(const struct probe_subject *subject)
{
    char record[PATH_SIZE];
    struct past latest = {"", 0};

    (void)snprintf(record, sizeof record, "%s/record", host_state_dir());
    const struct past pasts[] = {{"/etc/shadow was written", file_time_s(subject, SHADOW)},
                                 {"this program ran", file_time_s(subject, record)},
                                 {"a password was changed", latest_change_s(subject)}};

    for (size_t i = 0; i < sizeof pasts / sizeof pasts[0]; i++) {
        if (pasts[i].time_s > latest.time_s)
            latest = pasts[i];
    }
    return latest;
}

void probe_clock(const struct probe_subject *subject, struct finding *finding)
{
    static const char HARM[] = "accounts and passwords expire by it";
    const int64_t now_s = host_time_s();
    const struct past past = latest_past(subject);
    char now[DATE_SIZE];
    char then[DATE_SIZE];

    (void)date(now_s, now);
    if (now_s < AGENT_RELEASE_S)
        finding_warn(finding, "it says %s, before this program was released; %s", now, HARM);
    else if (now_s > YEAR_2100_S)
        finding_warn(finding, "it says %s; %s", now, HARM);
    else if (past.time_s > now_s + SLACK_S)
        finding_warn(finding, "it says %s, but %s on %s; %s", now, past.what, date(past.time_s, then), HARM);
    else
        finding_ok(finding, "%s (UTC)", now);
    if (finding->level == FINDING_WARN)
        mend(subject, finding);
}
