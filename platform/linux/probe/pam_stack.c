// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/probe/pam_stack.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "platform/linux/lines.h"
#include "platform/linux/root_file.h"

enum { FILE_MAX = 64 * 1024, DEPTH_MAX = 8, FILES_MAX = 50, WORD_SIZE = 256 };

struct search {
    const char *root;
    const char *module;
    struct pam_line *out;
    unsigned depth;
    unsigned files; /* read so far: files may include each other */
};

static bool search_file(struct search *search, const char *name);

/* Moves the next word of *at to word; what stands in brackets is one. "" at the end. */
static void take_word(const char **at, char word[WORD_SIZE])
{
    const char *start = *at + strspn(*at, " \t");
    size_t len = strcspn(start, start[0] == '[' ? "]" : " \t");

    if (start[0] == '[' && start[len] == ']')
        len++;
    (void)snprintf(word, WORD_SIZE, "%.*s", (int)(len < WORD_SIZE ? len : WORD_SIZE - 1), start);
    *at = start + len;
}

static bool is_module(const char *path, const char *module)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash != NULL ? slash + 1 : path, module) == 0;
}

/* Files include each other: at most DEPTH_MAX deep. */
/* NOLINTBEGIN(misc-no-recursion) */

/* One whole line: does it start the module, or include a file in which one does? */
static bool search_line(struct search *search, const char *file, unsigned number, const char *line)
{
    char word[WORD_SIZE];
    char control[WORD_SIZE];

    take_word(&line, word);
    if (strcmp(word, "@include") == 0) {
        take_word(&line, word);
        return search_file(search, word);
    }
    if (strcasecmp(word[0] == '-' ? word + 1 : word, "auth") != 0)
        return false;
    take_word(&line, control);
    take_word(&line, word);
    if (strcasecmp(control, "include") == 0 || strcasecmp(control, "substack") == 0)
        return search_file(search, word);
    if (!is_module(word, search->module))
        return false;
    (void)snprintf(search->out->file, sizeof search->out->file, "%s", file);
    (void)snprintf(search->out->arguments, sizeof search->out->arguments, "%s", line);
    search->out->number = number;
    return true;
}

/* Lines that end with a backslash go on in the next one. */
static bool search_text(struct search *search, const char *file, struct secret *text)
{
    struct lines lines = lines_of(text);
    char whole[PAM_LINE_SIZE] = "";
    unsigned number = 0;
    size_t len = 0;
    char *line;

    while ((line = lines_next(&lines)) != NULL) {
        size_t end;

        if (len == 0)
            number = lines.number;
        line[strcspn(line, "#")] = '\0';
        (void)snprintf(whole + len, sizeof whole - len, "%s", line);
        end = strlen(whole);
        if (end > 0 && whole[end - 1] == '\\') {
            whole[end - 1] = ' ';
            len = end;
            continue;
        }
        len = 0;
        if (search_line(search, file, number, whole))
            return true;
    }
    return false;
}

/* Reads a file of pam.d: the administrator's, or else the vendor's. */
static bool read_service(const struct search *search, const char *name, char path[PAM_PATH_SIZE],
                         struct secret *text)
{
    static const char *const folders[] = {"/etc/pam.d/", "/usr/lib/pam.d/", "/usr/etc/pam.d/"};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)snprintf(path, PAM_PATH_SIZE, "%s%s", name[0] == '/' ? "" : folders[i], name);
        if (root_file_read(search->root, path, FILE_MAX, text))
            return true;
    }
    return false;
}

static bool search_file(struct search *search, const char *name)
{
    char path[PAM_PATH_SIZE];
    struct secret text = {0};
    bool is_found = false;

    if (name[0] == '\0' || search->depth >= DEPTH_MAX || search->files >= FILES_MAX)
        return false;
    search->depth++;
    search->files++;
    if (read_service(search, name, path, &text))
        is_found = search_text(search, path, &text);
    secret_free(&text);
    search->depth--;
    return is_found;
}

/* NOLINTEND(misc-no-recursion) */

bool pam_stack_find(const char *root, const char *service, const char *module, struct pam_line *out)
{
    struct search search = {.root = root, .module = module, .out = out};

    return search_file(&search, service);
}
