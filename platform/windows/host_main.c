// SPDX-License-Identifier: Apache-2.0
/* How this process was started. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/log.h"
#include "platform/host.h"
#include "platform/windows/service.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

#include <shellapi.h>

static void free_arguments(char **argv)
{
    for (char **argument = argv; *argument != NULL; argument++)
        free(*argument);
    free(argv);
}

static char *copy_argument(const wchar_t *wide)
{
    const size_t size = 3 * wcslen(wide) + 1; /* of UTF-8, at most */
    char *text = malloc(size);

    if (text != NULL && wide_to_utf8(wide, text, size))
        return text;
    free(text);
    return NULL;
}

/* The command line in UTF-8; main()'s is in the machine's code page. NULL when it is not Unicode. */
static char **copy_arguments(int *argc)
{
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), argc);
    char **argv = wide == NULL ? NULL : calloc((size_t)*argc + 1, sizeof *argv);

    for (int i = 0; argv != NULL && i < *argc; i++) {
        argv[i] = copy_argument(wide[i]);
        if (argv[i] == NULL) {
            free_arguments(argv);
            argv = NULL;
        }
    }
    (void)LocalFree(wide);
    return argv;
}

/* The shell gets its console back as it was. */
static int run_at_console(int argc, char *argv[], host_program *program)
{
    const UINT code_page = GetConsoleOutputCP(); /* 0 without a console */
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD mode;
    const bool is_console = GetConsoleMode(out, &mode);
    int code;

    (void)SetConsoleOutputCP(CP_UTF8);
    code = program(argc, argv);
    if (is_console) {
        (void)fflush(stdout);
        (void)SetConsoleMode(out, mode);
    }
    if (code_page != 0)
        (void)SetConsoleOutputCP(code_page);
    return code;
}

int host_main(int argc, char *argv[], host_program *program)
{
    int code;

    argv = copy_arguments(&argc);
    if (argv == NULL) {
        log_error("the command line cannot be read: it is not Unicode, or memory is short");
        return status_exit_code(STATUS_USAGE);
    }
    if (argc == 2 && strcmp(argv[1], "service") == 0)
        code = service_run(program);
    else
        code = run_at_console(argc, argv, program);
    free_arguments(argv);
    return code;
}
