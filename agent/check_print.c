// SPDX-License-Identifier: Apache-2.0
#include "agent/check_print.h"

#include <string.h>

#include "agent/json.h"

/* Names as they stand in lines and in JSON, and colours of ECMA-48: green, yellow, red, faint. */
static const struct {
    const char *name;
    const char *key;
    const char *colour;
} levels[] = {
    [FINDING_NONE] = {"", "", ""},
    [FINDING_OK] = {"OK", "ok", "\033[32m"},
    [FINDING_WARN] = {"WARN", "warn", "\033[33m"},
    [FINDING_FAIL] = {"FAIL", "fail", "\033[1;31m"},
    [FINDING_SKIP] = {"SKIP", "skip", "\033[2m"},
};

struct check_print check_print_begin(const struct check_list *list, bool is_json, bool is_coloured, FILE *out)
{
    struct check_print print = {.out = out, .is_json = is_json, .is_coloured = is_coloured && !is_json};

    for (size_t i = 0; i < list->count; i++) {
        const int width = (int)strlen(list->checks[i].name);

        if (width > print.name_width)
            print.name_width = width;
    }
    if (is_json)
        (void)fputs("{\"version\": \"" AGENT_VERSION "\", \"checks\": [", out);
    return print;
}

static void print_line(const struct check_print *print, const struct check *check,
                       const struct finding *finding)
{
    (void)fprintf(print->out, "%-*s  %s%-4s%s  %s", print->name_width, check->name,
                  print->is_coloured ? levels[finding->level].colour : "", levels[finding->level].name,
                  print->is_coloured ? "\033[0m" : "", finding->found);
    if (finding->mend[0] != '\0')
        (void)fprintf(print->out, "; mend: %s", finding->mend);
    (void)fputc('\n', print->out);
}

static void print_member(const char *before, const char *value, FILE *out)
{
    (void)fputs(before, out);
    json_print_string(value, out);
}

static void print_object(const struct check_print *print, const struct check *check,
                         const struct finding *finding)
{
    print_member("\n  {\"name\": ", check->name, print->out);
    print_member(", \"group\": ", check->group, print->out);
    print_member(", \"level\": ", levels[finding->level].name, print->out);
    print_member(", \"found\": ", finding->found, print->out);
    if (finding->mend[0] != '\0')
        print_member(", \"mend\": ", finding->mend, print->out);
    else
        (void)fputs(", \"mend\": null", print->out);
    (void)fputc('}', print->out);
}

void check_print_finding(struct check_print *print, const struct check *check, const struct finding *finding)
{
    bool is_first = true;

    if (finding->level == FINDING_NONE)
        return;
    for (int level = FINDING_OK; level <= FINDING_SKIP; level++)
        is_first &= print->counts[level] == 0;
    print->counts[finding->level]++;
    if (print->is_json) {
        (void)fputs(is_first ? "" : ",", print->out);
        print_object(print, check, finding);
    } else {
        print_line(print, check, finding);
    }
    /* Whoever waits for the network sees how far it is. */
    (void)fflush(print->out);
}

static void print_counts(const struct check_print *print)
{
    for (int level = FINDING_OK; level <= FINDING_SKIP; level++)
        (void)fprintf(print->out, "%s\"%s\": %u", level == FINDING_OK ? "" : ", ", levels[level].key,
                      print->counts[level]);
}

void check_print_end(struct check_print *print, const struct check_list *list,
                     const struct check_context *context)
{
    const char *separator = ": ";

    if (print->is_json) {
        print_member("\n], \"user\": ", context->user, print->out);
        (void)fputs(", \"counts\": {", print->out);
        print_counts(print);
        (void)fputs("}}\n", print->out);
        return;
    }
    (void)fputs(print->counts[FINDING_FAIL] == 0 ? list->good : list->bad, print->out);
    for (int level = FINDING_OK; level <= FINDING_SKIP; level++) {
        if (print->counts[level] == 0)
            continue;
        (void)fprintf(print->out, "%s%u %s", separator, print->counts[level], levels[level].name);
        separator = ", ";
    }
    (void)fputc('\n', print->out);
}
