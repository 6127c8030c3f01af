// SPDX-License-Identifier: Apache-2.0
/* Levels, one line each. Nothing that is secret may be passed here: passwords, hashes, blobs, uuids, keys. */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

/* The numbers are those of syslog(3) and of systemd's <N> prefixes. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

#if defined(__GNUC__)
#define LOG_FORMAT __attribute__((format(printf, 1, 2)))
#else
#define LOG_FORMAT
#endif

/* Nothing, for a command whose answer tells everything; the usual; also what a developer asks for
 * (--verbose). */
enum log_verbosity { LOG_QUIET, LOG_USUAL, LOG_VERBOSE };

/* From now on; LOG_USUAL until then. */
void log_set_verbosity(enum log_verbosity wanted);

/* One line of at most 511 bytes; control characters become '?', so that no text from outside can forge a
 * line. */
void log_error(const char *format, ...) LOG_FORMAT;
void log_warning(const char *format, ...) LOG_FORMAT;
void log_info(const char *format, ...) LOG_FORMAT;
void log_debug(const char *format, ...) LOG_FORMAT;

/* A line for the machine's console, where an owner looks who cannot log in. It is logged nowhere else. */
void log_console(const char *format, ...) LOG_FORMAT;

#endif
