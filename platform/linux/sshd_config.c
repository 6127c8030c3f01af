// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/sshd_config.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "platform/host.h"
#include "platform/linux/root_dir.h"
#include "platform/linux/root_file.h"
#include "platform/linux/sshd_line.h"

enum { FILE_MAX = 256 * 1024, DEPTH_MAX = 16, LIST_MAX = 4096 };

struct reader {
    const char *root;
    const struct sshd_account *account; /* NULL: a text without blocks and other files */
    struct sshd_config *config;
    int64_t end_ms;
};

/*
 * Where a line stands. sshd reads its files once for all clients, and once more for a client, then only what
 * its Match blocks say; "Match all" counts both times. Within a file that is included in a block, blocks
 * count only if that one does.
 */
struct place {
    bool is_global;
    bool is_matched;
    bool may_be_global; /* what a Match block here can become */
    bool may_be_matched;
    bool is_before_match; /* no Match has come yet, in this file or those that include it */
    int depth;
};

static void read_file(const struct reader *reader, const char *path, struct place place);

/* Blocks that depend on groups may take for ever, if there are many of both. */
static bool is_late(const struct reader *reader)
{
    const bool late = host_now_ms() >= reader->end_ms;

    reader->config->is_partial |= late;
    return late;
}

static bool find_keyword(const char *word, enum sshd_keyword *keyword)
{
    static const struct {
        const char *name;
        enum sshd_keyword keyword;
    } names[] = {
        {"PasswordAuthentication", SSHD_PASSWORD},
        {"KbdInteractiveAuthentication", SSHD_KEYBOARD},
        {"ChallengeResponseAuthentication", SSHD_KEYBOARD},
        {"SkeyAuthentication", SSHD_KEYBOARD},
        {"UsePAM", SSHD_PAM},
        {"PermitRootLogin", SSHD_ROOT_LOGIN},
        {"AuthenticationMethods", SSHD_METHODS},
        {"AllowUsers", SSHD_ALLOW_USERS},
        {"DenyUsers", SSHD_DENY_USERS},
        {"AllowGroups", SSHD_ALLOW_GROUPS},
        {"DenyGroups", SSHD_DENY_GROUPS},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(word, names[i].name) == 0) {
            *keyword = names[i].keyword;
            return true;
        }
    }
    return false;
}

static void add_item(struct sshd_config *config, const struct sshd_item *item)
{
    if (config->item_count < SSHD_ITEMS_MAX)
        config->items[config->item_count++] = *item;
    else
        config->is_partial = true;
}

/* Does a criterion hold? What depends on the client does not. */
static bool criterion_holds(const struct reader *reader, const char *name, const char *value)
{
    if (strcasecmp(name, "User") == 0)
        return sshd_pattern_list_matches(value, reader->account->name) > 0;
    if (strcasecmp(name, "Group") == 0 && strlen(value) <= LIST_MAX)
        return sshd_account_in_groups(reader->account, value);
    if (strcasecmp(name, "Group") == 0)
        reader->config->is_partial = true;
    else
        reader->config->has_conditions = true;
    return false;
}

/* Match: the words of the line, the first of which is the keyword. */
static void enter_block(const struct reader *reader, char *const words[], size_t count, struct place *place)
{
    const bool is_all = count == 2 && strcasecmp(words[1], "all") == 0;
    bool holds = count > 1;

    for (size_t i = 1; i < count && holds && !is_all; i++) {
        char *sign = strchr(words[i], '=');

        if (sign != NULL) {
            *sign = '\0';
            holds = criterion_holds(reader, words[i], sign + 1);
        } else {
            holds = i + 1 < count && criterion_holds(reader, words[i], words[i + 1]);
            i++;
        }
    }
    place->is_global = is_all && place->may_be_global;
    place->is_matched = holds && place->may_be_matched;
    place->is_before_match = false;
}

/* Files include each other: at most DEPTH_MAX deep. */
/* NOLINTBEGIN(misc-no-recursion) */

static void include_one(const struct reader *reader, const char *pattern, struct place place)
{
    const char *name = strrchr(pattern, '/') + 1;
    char folder[PATH_MAX];
    char path[PATH_MAX];
    struct root_dir files;

    if (strpbrk(name, "*?[") == NULL) {
        read_file(reader, pattern, place);
        return;
    }
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(name - pattern), pattern);
    if (strpbrk(folder, "*?[") != NULL)
        reader->config->is_partial = true;
    if (!root_dir_read(reader->root, folder, "", &files))
        return;
    for (size_t i = 0; i < files.count; i++) {
        if (fnmatch(name, files.names[i], FNM_PERIOD) == 0 &&
            snprintf(path, sizeof path, "%s%s", folder, files.names[i]) < (int)sizeof path)
            read_file(reader, path, place);
    }
    root_dir_free(&files);
}

static void include(const struct reader *reader, char *const words[], size_t count, struct place place)
{
    place.may_be_global = place.is_global;
    place.may_be_matched = place.is_before_match ? place.may_be_matched : place.is_matched;
    place.depth++;
    for (size_t i = 1; i < count; i++) {
        char pattern[PATH_MAX];

        if (reader->config->include_count == SSHD_INCLUDES_MAX) {
            reader->config->is_partial = true;
            return;
        }
        reader->config->include_count++;
        if (snprintf(pattern, sizeof pattern, "%s%s", words[i][0] == '/' ? "" : "/etc/ssh/", words[i]) <
            (int)sizeof pattern)
            include_one(reader, pattern, place);
    }
}

static void read_line(const struct reader *reader, char *line, const struct sshd_item *where,
                      struct place *place)
{
    char *words[SSHD_WORDS_MAX];
    const size_t count = sshd_line_split(line, words);
    struct sshd_item item = *where;

    reader->config->is_partial |= count == SSHD_WORDS_MAX;
    if (count < 2)
        return;
    if (reader->account != NULL && strcasecmp(words[0], "Match") == 0)
        enter_block(reader, words, count, place);
    else if (reader->account != NULL && strcasecmp(words[0], "Include") == 0)
        include(reader, words, count, *place);
    else if (find_keyword(words[0], &item.keyword) && (place->is_global || place->is_matched)) {
        item.is_global = place->is_global;
        item.is_matched = place->is_matched;
        for (size_t i = 1; i < count; i++) {
            item.word = words[i];
            add_item(reader->config, &item);
        }
    }
}

static void read_lines(const struct reader *reader, char *text, const char *path, struct place place)
{
    struct sshd_item where = {.file = path};
    char *rest = text;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL && !is_late(reader)) {
        where.line++;
        read_line(reader, line, &where, &place);
    }
}

static void read_file(const struct reader *reader, const char *path, struct place place)
{
    struct sshd_config *config = reader->config;
    const size_t index = config->file_count;

    if (index == SSHD_FILES_MAX || place.depth > DEPTH_MAX) {
        config->is_partial = true;
        return;
    }
    if (!root_file_read(reader->root, path, FILE_MAX, &config->files[index].text)) {
        config->is_partial |= errno != ENOENT;
        return;
    }
    config->file_count++;
    (void)snprintf(config->files[index].path, sizeof config->files[index].path, "%s", path);
    read_lines(reader, (char *)config->files[index].text.bytes, config->files[index].path, place);
}

/* NOLINTEND(misc-no-recursion) */

static const struct place TOP = {
    .is_global = true, .may_be_global = true, .may_be_matched = true, .is_before_match = true};

struct sshd_config *sshd_config_read(const char *root, const char *path, const struct sshd_account *account,
                                     int64_t end_ms)
{
    struct reader reader = {
        .root = root, .account = account, .config = calloc(1, sizeof *reader.config), .end_ms = end_ms};

    if (reader.config != NULL)
        read_file(&reader, path, TOP);
    return reader.config;
}

struct sshd_config *sshd_config_parse(struct secret *text)
{
    struct reader reader = {.root = "", .config = calloc(1, sizeof *reader.config), .end_ms = INT64_MAX};

    if (reader.config != NULL) {
        reader.config->files[reader.config->file_count++].text = *text;
        read_lines(&reader, (char *)text->bytes, "", TOP);
        *text = (struct secret){0};
    }
    secret_free(text);
    return reader.config;
}

void sshd_config_free(struct sshd_config *config)
{
    for (size_t i = 0; config != NULL && i < config->file_count; i++)
        secret_free(&config->files[i].text);
    free(config);
}

static bool has_matched(const struct sshd_config *config, enum sshd_keyword keyword)
{
    for (size_t i = 0; i < config->item_count; i++) {
        if (config->items[i].keyword == keyword && config->items[i].is_matched)
            return true;
    }
    return false;
}

const struct sshd_item *sshd_config_next(const struct sshd_config *config, enum sshd_keyword keyword,
                                         size_t *at)
{
    const bool is_matched = has_matched(config, keyword);

    for (; *at < config->item_count; ++*at) {
        const struct sshd_item *item = &config->items[*at];

        if (item->keyword == keyword && (is_matched ? item->is_matched : item->is_global)) {
            ++*at;
            return item;
        }
    }
    return NULL;
}
