// SPDX-License-Identifier: Apache-2.0
/* Days in the shadow file that keep an account out, or its password from lasting. */
#include <time.h>

#include "platform/host.h"
#include "platform/linux/probe/account_line.h"
#include "platform/linux/root_file.h"
#include "platform/linux/shadow_ageing.h"
#include "platform/probe.h"

enum { SECONDS_A_DAY = 86400, SOON_DAYS = 7, DATE_SIZE = 32 };

static bool read_ageing(const struct probe_subject *subject, struct finding *finding,
                        struct shadow_ageing *ageing, unsigned *number)
{
    struct account_line line;

    if (!account_line_in_shadow(subject, finding, &line))
        return false;
    *ageing = shadow_ageing_read(&line.text, &line.at);
    *number = account_line_number(&line);
    account_line_free(&line);
    return true;
}

static const char *date_of(int64_t day, char out[DATE_SIZE])
{
    const time_t seconds = (time_t)(day * SECONDS_A_DAY);
    struct tm date;

    /* Years that 32 bits of days can name always fit. */
    (void)gmtime_r(&seconds, &date);
    (void)strftime(out, DATE_SIZE, "%F", &date);
    return out;
}

/* busybox has no such program. */
static void mend(const struct probe_subject *subject, const char *option, struct finding *finding)
{
    char name[FINDING_WORD_SIZE];

    if (root_file_program(subject->root, "chage"))
        finding_mend(finding, subject->root, "chage %s %s", option, finding_word(subject->user, name));
}

void probe_expired(const struct probe_subject *subject, struct finding *finding)
{
    const int64_t today = host_time_s() / SECONDS_A_DAY;
    struct shadow_ageing ageing;
    char date[DATE_SIZE];
    unsigned line;

    if (!read_ageing(subject, finding, &ageing, &line))
        return;
    if (shadow_ageing_has_expired(&ageing, today))
        finding_fail(finding, "the account expired on %s (/etc/shadow:%u)", date_of(ageing.expire, date),
                     line);
    else if (ageing.expire >= 0 && ageing.expire - today <= SOON_DAYS)
        finding_warn(finding, "the account expires on %s (/etc/shadow:%u)", date_of(ageing.expire, date),
                     line);
    else if (ageing.expire >= 0)
        finding_ok(finding, "not before %s", date_of(ageing.expire, date));
    else
        finding_ok(finding, "never");
    if (finding->level != FINDING_OK)
        mend(subject, "-E -1", finding);
}

/* What will be so after a reset, too, which sets today's date; false for nothing. */
static bool judge_new_password(const struct shadow_ageing *ageing, unsigned line, struct finding *finding)
{
    struct shadow_ageing renewed = *ageing;

    renewed.last_change = 1;
    if (shadow_ageing_is_too_old(&renewed, 1)) {
        finding_fail(finding, "a password is refused from the day on that it is set (/etc/shadow:%u)", line);
    } else if (shadow_ageing_must_change(&renewed, 1)) {
        finding_warn(finding, "the new password must be changed at every login (/etc/shadow:%u)", line);
    } else if (ageing->max >= 0 && ageing->max < ageing->min) {
        finding_warn(finding,
                     "must be changed after %lld days, and cannot be until day %lld (/etc/shadow:%u)",
                     (long long)ageing->max, (long long)ageing->min, line);
    } else {
        return false;
    }
    return true;
}

void probe_must_change(const struct probe_subject *subject, struct finding *finding)
{
    const int64_t today = host_time_s() / SECONDS_A_DAY;
    struct shadow_ageing ageing;
    unsigned line;

    if (!read_ageing(subject, finding, &ageing, &line))
        return;
    if (judge_new_password(&ageing, line, finding))
        mend(subject, "-M 99999", finding);
    else if (shadow_ageing_is_too_old(&ageing, today))
        finding_ok(finding, "the password is refused as too old; a reset sets today's date");
    else if (shadow_ageing_must_change(&ageing, today))
        finding_ok(finding, "must be changed at the next login; a reset sets today's date");
    else
        finding_ok(finding, "no");
}
