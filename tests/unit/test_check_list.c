// SPDX-License-Identifier: Apache-2.0
#include "agent/check_list.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/unit/host_double.h"
#include "tests/unit/unit.h"

static void find_nothing(const struct probe_subject *subject, struct finding *finding)
{
    (void)subject;
    (void)finding;
}

static void find_good(const struct probe_subject *subject, struct finding *finding)
{
    finding_ok(finding, "good%s", subject->proxy != NULL ? subject->proxy : "");
}

static void find_odd(const struct probe_subject *subject, struct finding *finding)
{
    finding_warn(finding, "\"odd\" \\");
    finding_mend(finding, subject->root, "true");
}

static void find_bad(struct check_context *context, struct finding *finding)
{
    context->is_reachable = true;
    finding_fail(finding, "bad");
}

static void find_late(struct check_context *context, struct finding *finding)
{
    host_double.now_ms = context->subject.deadline_ms;
    finding_ok(finding, "late");
}

static void find_stop(struct check_context *context, struct finding *finding)
{
    (void)context;
    host_double.stop_at_ms = host_double.now_ms;
    finding_ok(finding, "stopped");
}

static const struct check CHECKS[] = {
    {"none", "a", 0, find_nothing, NULL},
    {"good", "a", 0, find_good, NULL},
    {"rather-odd", "a", 0, find_odd, NULL},
    {"running", "b", CHECK_RUNNING, find_good, NULL},
    {"account", "b", CHECK_ACCOUNT, find_good, NULL},
    {"early", "b", CHECK_SERVICE, find_good, NULL},
    {"bad", "b", 0, NULL, find_bad},
    {"asked", "b", CHECK_SERVICE, find_good, NULL},
    {"windows", "b", CHECK_ON_WINDOWS, find_good, NULL},
    {"linux", "b", CHECK_ON_LINUX, find_good, NULL},
};

static const struct check LATE[] = {{"late", "a", 0, NULL, find_late}, {"later", "a", 0, find_good, NULL}};
static const struct check STOP[] = {{"stop", "a", 0, NULL, find_stop}, {"never", "a", 0, find_good, NULL}};

#define LIST(checks, number)                                                                                 \
    {                                                                                                        \
        (checks), (number), "it works", "it does not work"                                                   \
    }

static const struct check_list all = LIST(CHECKS, COUNT_OF(CHECKS));
static const struct check_list good = LIST(CHECKS, 3);
static const struct check_list late = LIST(LATE, COUNT_OF(LATE));
static const struct check_list stop = LIST(STOP, COUNT_OF(STOP));

/* What is printed; valid until the next call. */
static const char *run(const struct check_list *list, const struct config *config, enum status expected)
{
    static char text[4096];
    FILE *out = tmpfile();
    size_t len;

    assert_non_null(out);
    assert_status(check_list_run(list, config, out), expected);
    rewind(out);
    len = fread(text, 1, sizeof text - 1, out);
    text[len] = '\0';
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_lines(void **state)
{
    static const struct config config = {0};

    (void)state;
    assert_string_equal(run(&all, &config, STATUS_CHECK_FAILED),
                        "good        OK    good\n"
                        "rather-odd  WARN  \"odd\" \\; mend: true\n"
                        "running     OK    good\n"
                        "account     SKIP  there is no account to look at\n"
                        "early       SKIP  the metadata service cannot be asked\n"
                        "bad         FAIL  bad\n"
                        "asked       OK    good\n"
                        "linux       OK    good\n"
                        "it does not work: 4 OK, 1 WARN, 1 FAIL, 2 SKIP\n");
    assert_string_equal(run(&good, &config, STATUS_OK), "good        OK    good\n"
                                                        "rather-odd  WARN  \"odd\" \\; mend: true\n"
                                                        "it works: 1 OK, 1 WARN\n");
}

static void test_another_system(void **state)
{
    static const struct config config = {.root = "/mnt", .has_root = true};
    const char *text = run(&all, &config, STATUS_CHECK_FAILED);

    (void)state;
    assert_non_null(strstr(text, "rather-odd  WARN  \"odd\" \\; mend: chroot /mnt true\n"));
    assert_non_null(strstr(text, "running     SKIP  only the running system can be asked\n"));
}

static void test_what_the_other_system_has_is_not_listed(void **state)
{
    static const struct config config = {0};
    const char *text;

    (void)state;
    host_double.is_windows = true;
    text = run(&all, &config, STATUS_CHECK_FAILED);
    assert_non_null(strstr(text, "windows     OK    good\n"));
    assert_null(strstr(text, "linux"));
}

static void test_colours(void **state)
{
    static const struct config config = {0};
    static const struct config json = {.json = true};
    const char *text;

    (void)state;
    host_double.shows_colour = true;
    text = run(&all, &config, STATUS_CHECK_FAILED);
    assert_non_null(strstr(text, "good        \033[32mOK  \033[0m  good\n"));
    assert_non_null(strstr(text, "bad         \033[1;31mFAIL\033[0m  bad\n"));
    assert_null(strchr(run(&all, &json, STATUS_CHECK_FAILED), '\033'));
}

static const char *member(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void test_json(void **state)
{
    static const struct config config = {.json = true};
    cJSON *json = cJSON_Parse(run(&all, &config, STATUS_CHECK_FAILED));
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "checks");
    const cJSON *counts = cJSON_GetObjectItemCaseSensitive(json, "counts");
    const cJSON *odd = cJSON_GetArrayItem(list, 1);

    (void)state;
    assert_non_null(json);
    assert_int_equal(cJSON_GetArraySize(list), 8);
    assert_string_equal(member(odd, "name"), "rather-odd");
    assert_string_equal(member(odd, "group"), "a");
    assert_string_equal(member(odd, "level"), "WARN");
    assert_string_equal(member(odd, "found"), "\"odd\" \\");
    assert_string_equal(member(odd, "mend"), "true");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(list, 0), "mend")));
    assert_string_equal(member(json, "version"), AGENT_VERSION);
    assert_string_equal(member(json, "user"), "");
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(counts, "skip")->valueint, 2);
    cJSON_Delete(json);
}

static void test_the_time_is_bounded(void **state)
{
    static const struct config config = {0};
    const int64_t start_ms = host_double.now_ms;

    (void)state;
    assert_string_equal(run(&late, &config, STATUS_OK),
                        "late   OK    late\n"
                        "later  SKIP  the checks before it took all of the time\n"
                        "it works: 1 OK, 1 SKIP\n");
    assert_true(host_double.now_ms - start_ms <= 12000);
}

static void test_a_stop(void **state)
{
    static const struct config config = {0};

    (void)state;
    assert_null(strstr(run(&stop, &config, STATUS_STOPPED), "never"));
}

static void test_a_start_that_fails(void **state)
{
    static const struct config config = {0};

    (void)state;
    host_double.start_status = STATUS_INTERNAL;
    assert_string_equal(run(&all, &config, STATUS_INTERNAL), "");
}

static void test_the_proxy_is_asked_for_early(void **state)
{
    static const struct config config = {0};

    (void)state;
    host_double.proxy_variable = "http_proxy";
    assert_non_null(strstr(run(&good, &config, STATUS_OK), "goodhttp_proxy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_host(test_lines),
        with_host(test_another_system),
        with_host(test_what_the_other_system_has_is_not_listed),
        with_host(test_colours),
        with_host(test_json),
        with_host(test_the_time_is_bounded),
        with_host(test_a_stop),
        with_host(test_a_start_that_fails),
        with_host(test_the_proxy_is_asked_for_early),
    };

    return cmocka_run_group_tests_name("check_list", tests, NULL, NULL);
}
