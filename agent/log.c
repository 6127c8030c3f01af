// SPDX-License-Identifier: Apache-2.0
#include "agent/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/text.h"
#include "platform/host.h"

enum { LINE_SIZE = 512 };

static enum log_verbosity verbosity = LOG_USUAL;

void log_set_verbosity(enum log_verbosity wanted)
{
    verbosity = wanted;
}

static void make_line(char line[LINE_SIZE], const char *format, va_list arguments)
{
    (void)vsnprintf(line, LINE_SIZE, format, arguments);
    text_make_printable(line);
}

static void write_line(enum log_level level, const char *format, va_list arguments)
{
    char line[LINE_SIZE];

    if (verbosity == LOG_QUIET)
        return;
    make_line(line, format, arguments);
    host_log(level, line);
}

void log_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(LOG_LEVEL_ERROR, format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(LOG_LEVEL_WARNING, format, arguments);
    va_end(arguments);
}

void log_info(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(LOG_LEVEL_INFO, format, arguments);
    va_end(arguments);
}

void log_debug(const char *format, ...)
{
    va_list arguments;

    if (verbosity != LOG_VERBOSE)
        return;
    va_start(arguments, format);
    write_line(LOG_LEVEL_DEBUG, format, arguments);
    va_end(arguments);
}

void log_console(const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    make_line(line, format, arguments);
    va_end(arguments);
    host_console(line);
}
