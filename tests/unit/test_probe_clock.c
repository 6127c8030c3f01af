// SPDX-License-Identifier: Apache-2.0
/* platform/linux/probe/clock.c, at any time. */
#include "tests/unit/unit.h"

#include "platform/probe.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

/* The linker puts this in the place of the real one. */
bool __wrap_root_file_exists(const char *root, const char *path);

static const char *installed; /* nothing else is */

bool __wrap_root_file_exists(const char *root, const char *path)
{
    assert_string_equal(root, "");
    return strcmp(path, installed) == 0;
}

static struct finding at(int64_t time_s)
{
    const struct probe_subject subject = {.root = scratch.root, .url = "", .user = ""};
    struct finding finding = {0};

    host_double.time_s = time_s;
    probe_clock(&subject, &finding);
    return finding;
}

static void test_times(void **state)
{
    static const struct {
        int64_t time_s;
        enum finding_level expected;
        const char *text;
    } rows[] = {
        {0, FINDING_WARN, "1970-01-01, before this program was released"},
        {AGENT_RELEASE_S - 1, FINDING_WARN, "before this program was released"},
        {AGENT_RELEASE_S, FINDING_OK, "(UTC)"},
        {4102444800, FINDING_OK, "2100-01-01 (UTC)"},
        {4102444801, FINDING_WARN, "it says 2100-01-01"},
        {INT64_MAX, FINDING_WARN, "it says another age"},
        {INT64_MIN, FINDING_WARN, "it says another age"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct finding finding = at(rows[i].time_s);

        assert_row(rows[i].text, finding.level == rows[i].expected);
        assert_row(finding.found, strstr(finding.found, rows[i].text) != NULL);
        assert_string_equal(finding.mend, "");
    }
}

/* The days of last change of lines that are whole; one too large for a time is none. */
static void test_days(void **state)
{
    static const struct {
        const char *shadow;
        enum finding_level expected;
    } rows[] = {
        {"a:*:1:::::: \n", FINDING_OK},     {"a:*:40000::::::\n", FINDING_WARN},
        {"a:*::::::\n", FINDING_OK},        {"a:*:40000\n", FINDING_OK},
        {"a:*:soon::::::\n", FINDING_OK},   {"a:*:99999999999999999999::::::\n", FINDING_OK},
        {"\n\nb:*:-5::::::\n", FINDING_OK},
    };

    (void)state;
    scratch_mkdir("etc");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        scratch_write_text("etc/shadow", rows[i].shadow);
        /* Later than the file, and before that day. */
        assert_row(rows[i].shadow, at(INT64_C(40000) * 86400 - 2 * 86400).level == rows[i].expected);
    }
}

/* The running system's clock is set by what is installed there. */
static void test_mends(void **state)
{
    static const struct {
        const char *installed;
        const char *mend;
    } rows[] = {{"/usr/bin/chronyc", "chronyc makestep"},
                {"/lib/systemd/systemd-timesyncd", "timedatectl set-ntp true"},
                {"", ""}};
    const struct probe_subject running = {.root = "", .url = "", .user = ""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct finding finding = {0};

        installed = rows[i].installed;
        host_double.time_s = 0;
        probe_clock(&running, &finding);
        assert_int_equal(finding.level, FINDING_WARN);
        assert_string_equal(finding.mend, rows[i].mend);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_scratch(test_times), with_scratch(test_days),
                                       with_scratch(test_mends)};

    return cmocka_run_group_tests_name("probe_clock", tests, NULL, NULL);
}
