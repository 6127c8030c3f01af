// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/log_sink.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "messages.h"
#include "platform/host.h"
#include "platform/windows/winapi.h"

enum { LINE_SIZE = 600 };

static bool is_event_log;

void log_sink_is_event_log(void)
{
    is_event_log = true;
}

/* Not strictly: no line is lost for a character that is none. */
static void widen(const char *line, wchar_t wide[LINE_SIZE])
{
    if (MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, LINE_SIZE) == 0)
        wide[0] = L'\0';
}

/* An event viewer would take a "%1" in the text for something to be filled in. */
static void defuse_percent_signs(wchar_t *wide)
{
    for (; *wide != L'\0'; wide++) {
        if (*wide == L'%')
            *wide = L'\uff05'; /* fullwidth */
    }
}

/* How a level is told to people and to the event log. */
struct kind {
    const char *label;
    WORD type;
    DWORD message;
};

static struct kind kind_of(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return (struct kind){"error: ", EVENTLOG_ERROR_TYPE, MESSAGE_ERROR};
    case LOG_LEVEL_WARNING:
        return (struct kind){"warning: ", EVENTLOG_WARNING_TYPE, MESSAGE_WARNING};
    default:
        return (struct kind){"", EVENTLOG_INFORMATION_TYPE, MESSAGE_INFORMATION};
    }
}

static void write_event(enum log_level level, const char *line)
{
    static HANDLE source;
    const struct kind kind = kind_of(level);
    wchar_t wide[LINE_SIZE];
    const wchar_t *strings[] = {wide};

    widen(line, wide);
    defuse_percent_signs(wide);
    /* Asked for again when it failed: the event log may still be starting. */
    if (source == NULL)
        source = RegisterEventSourceW(NULL, L"resetpwd-agent");
    if (source != NULL)
        (void)ReportEventW(source, kind.type, 0, kind.message, NULL, 1, 0, strings, NULL);
}

/* A console shows UTF-16 rightly whatever its code page; a file or a pipe gets UTF-8. */
static void write_stderr(enum log_level level, const char *line)
{
    HANDLE out = GetStdHandle(STD_ERROR_HANDLE);
    char text[LINE_SIZE];
    wchar_t wide[LINE_SIZE];
    DWORD ignored;

    (void)snprintf(text, sizeof text, "resetpwd-agent: %s%s\r\n", kind_of(level).label, line);
    if (GetConsoleMode(out, &ignored)) {
        widen(text, wide);
        (void)WriteConsoleW(out, wide, (DWORD)wcslen(wide), &ignored, NULL);
    } else {
        (void)WriteFile(out, text, (DWORD)strlen(text), &ignored, NULL);
    }
}

void host_log(enum log_level level, const char *line)
{
    if (!is_event_log)
        write_stderr(level, line);
    else if (level != LOG_LEVEL_DEBUG)
        write_event(level, line);
}

/* Windows shows nobody a text before somebody has logged in: the event log and the service's report have it.
 */
void host_console(const char *line)
{
    (void)line;
}
