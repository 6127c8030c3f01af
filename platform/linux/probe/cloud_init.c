// SPDX-License-Identifier: Apache-2.0
/*
 * Does cloud-init set, lock or forbid the password behind our back? It runs its modules once in the life of
 * an instance, and before us, unless it is told to run them "always". Its settings are YAML, of which only
 * lines are looked at here: keys at the beginning of one, and words that stand below them.
 */
#include "platform/probe.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/linux/lines.h"
#include "platform/linux/root_dir.h"
#include "platform/linux/root_file.h"

#define FOLDER   "/etc/cloud/cloud.cfg.d"
#define DISABLED "/etc/cloud/cloud-init.disabled"
/* All that an instance was told, in one file. Root alone reads it. */
#define USER_DATA "/var/lib/cloud/instance/cloud-config.txt"

enum { SETTINGS_MAX = 1 << 17, CMDLINE_MAX = 4096, PLACE_MAX = 287, KEY_MAX = 31 };
enum module { PASSWORDS, USERS, MODULES };
enum stage { INIT, CONFIG, FINAL, STAGES };

/* Where something is said: FILE:LINE, or nowhere, "". */
struct place {
    char text[PLACE_MAX + 1];
    bool is_in_list; /* "always" stands there behind a comma, and before any other: it can be taken out */
};

struct settings {
    const char *user;
    struct place always[STAGES][MODULES]; /* runs at every boot */
    struct place sets;                    /* chpasswd names the user */
    struct place password;                /* for the default user */
    struct place makes;                   /* the user among those that it makes */
    struct place makes_default;           /* the default one among them */
    struct place is_default;              /* the user is that */
    struct place forbids;                 /* SSH with passwords */
    struct place too_large;               /* a file that was not read, without a line */
};

/* The line that is looked at. */
struct reader {
    char key[KEY_MAX + 1]; /* at the beginning of this line, or of the last one that had any */
    enum module module;    /* that was named last; MODULES for others */
    const char *file;
    unsigned line;
};

static const char *const stage_keys[] = {
    [INIT] = "cloud_init_modules", [CONFIG] = "cloud_config_modules", [FINAL] = "cloud_final_modules"};
static const struct place nowhere;

/* Of few lines is it asked. */
static struct place here(const struct reader *reader)
{
    struct place place = {.is_in_list = false};

    (void)snprintf(place.text, sizeof place.text, "%s:%u", reader->file, reader->line);
    return place;
}

static bool is_somewhere(const struct place *place)
{
    return place->text[0] != '\0';
}

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Where this word stands, before a comment. */
static const char *find_word(const char *line, const char *word)
{
    const char *comment = strstr(line, " #");

    for (const char *at = line; (at = strstr(at, word)) != NULL && (comment == NULL || at < comment); at++)
        if ((at == line || !is_word_character(at[-1])) && !is_word_character(at[strlen(word)]))
            return at;
    return NULL;
}

static bool is_false(const char *value)
{
    static const char *const words[] = {"false", "False", "FALSE", "no", "No", "off", "Off", "0"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (find_word(value, words[i]) == value)
            return true;
    return false;
}

/* A key at the beginning of a line: what an earlier file says of it goes. */
static void take_key(struct settings *settings, struct reader *reader, const char *line)
{
    const char *value = line + strcspn(line, ":") + 1;

    (void)snprintf(reader->key, sizeof reader->key, "%.*s", (int)strcspn(line, ": \t"), line);
    reader->module = MODULES;
    value += strspn(value, " \t\"'");
    if (strcmp(reader->key, "ssh_pwauth") == 0)
        settings->forbids = is_false(value) ? here(reader) : nowhere;
    else if (strcmp(reader->key, "password") == 0)
        settings->password = *value != '\0' ? here(reader) : nowhere;
    else if (strcmp(reader->key, "users") == 0)
        settings->makes = settings->makes_default = nowhere;
    else if (strcmp(reader->key, "system_info") == 0)
        settings->is_default = nowhere;
    else if (strcmp(reader->key, "chpasswd") == 0)
        settings->sets = nowhere;
    for (int stage = INIT; stage < STAGES; stage++)
        if (strcmp(reader->key, stage_keys[stage]) == 0)
            memset(settings->always[stage], 0, sizeof settings->always[stage]);
}

static bool is_text(const char *word, size_t len, const char *text)
{
    return strlen(text) == len && memcmp(word, text, len) == 0;
}

/* The first "always" of the line, in a list of words: what the command of mend_always() looks for. */
static bool is_first_in_list(const char *line, const char *always)
{
    const char *before = always;

    while (before > line && before[-1] == ' ')
        before--;
    return before > line && before[-1] == ',' && strstr(line, "always") == always;
}

/* One word of a list of modules: "- [set-passwords, always]", or the same as "name: ..., frequency: ...". */
static void take_module_word(struct place always[MODULES], struct reader *reader, const char *line,
                             const char *word, size_t len)
{
    if (is_text(word, len, "set-passwords") || is_text(word, len, "set_passwords"))
        reader->module = PASSWORDS;
    else if (is_text(word, len, "users-groups") || is_text(word, len, "users_groups"))
        reader->module = USERS;
    else if (is_text(word, len, "always") && reader->module != MODULES) {
        always[reader->module] = here(reader);
        always[reader->module].is_in_list = is_first_in_list(line, word);
    } else if (!is_text(word, len, "name") && !is_text(word, len, "frequency"))
        reader->module = MODULES;
}

static void take_modules(struct place always[MODULES], struct reader *reader, const char *line)
{
    const char *at = line;

    while (*at != '\0' && strncmp(at, " #", 2) != 0) {
        size_t len = 0;

        while (is_word_character(at[len]))
            len++;
        if (len > 1) /* not the dash of an item */
            take_module_word(always, reader, line, at, len);
        at += len != 0 ? len : 1;
    }
}

/* A line of what belongs to a key; the first one is the key's own. */
static void take_words(struct settings *settings, struct reader *reader, const char *line)
{
    const bool has_user = find_word(line, settings->user) != NULL;

    if (strcmp(reader->key, "chpasswd") == 0 && has_user)
        settings->sets = here(reader);
    else if (strcmp(reader->key, "users") == 0 && has_user)
        settings->makes = here(reader);
    else if (strcmp(reader->key, "users") == 0 && find_word(line, "default") != NULL)
        settings->makes_default = here(reader);
    else if (strcmp(reader->key, "system_info") == 0 && has_user && find_word(line, "name") != NULL)
        settings->is_default = here(reader);
    for (int stage = INIT; stage < STAGES; stage++)
        if (strcmp(reader->key, stage_keys[stage]) == 0)
            take_modules(settings->always[stage], reader, line);
}

static void take_file(struct settings *settings, const char *root, const char *file)
{
    struct reader reader = {.module = MODULES, .file = file};
    struct secret text;
    struct lines lines;

    if (!root_file_read(root, file, SETTINGS_MAX, &text)) {
        if (errno == EFBIG)
            (void)snprintf(settings->too_large.text, sizeof settings->too_large.text, "%s", file);
        return;
    }
    lines = lines_of(&text);
    for (const char *line; (line = lines_next(&lines)) != NULL;) {
        if (line[strspn(line, " \t")] == '#')
            continue;
        reader.line = lines.number;
        if (isalpha((unsigned char)line[0]) && strchr(line, ':') != NULL)
            take_key(settings, &reader, line);
        take_words(settings, &reader, line);
    }
    secret_free(&text);
}

/* In the order in which they win. */
static void take_all(struct settings *settings, const char *root)
{
    struct root_dir names;

    take_file(settings, root, "/etc/cloud/cloud.cfg");
    if (root_dir_read(root, FOLDER, ".cfg", &names)) {
        for (size_t i = 0; i < names.count; i++) {
            char file[sizeof FOLDER "/" + 256];

            (void)snprintf(file, sizeof file, FOLDER "/%s", names.names[i]);
            take_file(settings, root, file);
        }
        root_dir_free(&names);
    }
    take_file(settings, root, USER_DATA);
}

/* Why it does not run; NULL when it does. */
static const char *why_it_does_not_run(const char *root)
{
    struct secret words;
    bool is_off = false;

    if (!root_file_exists(root, "/usr/bin/cloud-init") &&
        !root_file_exists(root, "/usr/local/bin/cloud-init"))
        return "not installed";
    if (root_file_exists(root, DISABLED))
        return "disabled by " DISABLED;
    if (root[0] == '\0' && root_file_read(root, "/proc/cmdline", CMDLINE_MAX, &words)) {
        is_off = strstr(secret_text(&words), "cloud-init=disabled") != NULL;
        secret_free(&words);
    }
    return is_off ? "disabled by the kernel's command line" : NULL;
}

/* From FILE:LINE it takes "always" out of [module, always]: then the module runs once for an instance. */
static void mend_always(const char *root, const struct place *place, struct finding *finding)
{
    const char *line = strrchr(place->text, ':');
    char file[PLACE_MAX + 1];
    char word[FINDING_WORD_SIZE];

    if (strncmp(place->text, "/etc/", 5) != 0 || !place->is_in_list)
        return;
    (void)snprintf(file, sizeof file, "%.*s", (int)(line - place->text), place->text);
    finding_mend(finding, root, "sed -i '%ss/, *always//' %s", line + 1, finding_word(file, word));
}

/* In the words of what it does at every boot; the last stage comes after us. */
static bool say_always(const struct settings *settings, const char *root, enum module module,
                       const char *what, const struct place *said, struct finding *finding)
{
    for (int stage = INIT; stage < STAGES; stage++) {
        const struct place *always = &settings->always[stage][module];

        if (!is_somewhere(always) || !is_somewhere(said))
            continue;
        if (stage == FINAL)
            finding_fail(finding, "%s %s at every boot, and after a reset: %s, %s", what, settings->user,
                         said->text, always->text);
        else
            finding_warn(finding, "%s %s at every boot, which undoes a reset: %s, %s", what, settings->user,
                         said->text, always->text);
        mend_always(root, always, finding);
        return true;
    }
    return false;
}

void probe_cloud_init(const struct probe_subject *subject, struct finding *finding)
{
    const char *root = subject->root;
    const char *why_not = why_it_does_not_run(root);
    struct settings is = {.user = subject->user};
    const struct place *sets = &is.sets;
    const struct place *makes = &is.makes;

    if (why_not != NULL) {
        finding_ok(finding, "%s", why_not);
        return;
    }
    take_all(&is, root);
    if (!is_somewhere(sets) && is_somewhere(&is.is_default))
        sets = &is.password;
    if (!is_somewhere(makes) && is_somewhere(&is.is_default))
        makes = &is.makes_default;
    if (say_always(&is, root, PASSWORDS, "sets the password of", sets, finding) ||
        say_always(&is, root, USERS, "may lock the password of", makes, finding))
        return;
    if (is_somewhere(&is.forbids) && !root_file_exists(root, "/var/lib/cloud/instance")) {
        finding_warn(finding, "forbids passwords over SSH when an instance first boots: %s", is.forbids.text);
        finding_mend(finding, root, "echo 'ssh_pwauth: true' >" FOLDER "/zz-ssh-pwauth.cfg");
    } else if (is_somewhere(&is.too_large)) {
        finding_skip(finding, "%s is too large to be looked at", is.too_large.text);
    } else if (is_somewhere(sets)) {
        finding_ok(finding, "sets the password of %s when an instance first boots, before a reset: %s",
                   is.user, sets->text);
    } else {
        finding_ok(finding, "once for each instance, before a reset");
    }
}
