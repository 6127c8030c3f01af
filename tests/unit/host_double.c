// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/host_double.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/scratch.h"

struct host_double host_double;

int host_double_reset(void **state)
{
    (void)state;
    host_double = (struct host_double){
        .now_ms = 1000000,
        .time_s = 1600000000,
        .stop_at_ms = HOST_DOUBLE_NEVER,
        .network_at_ms = HOST_DOUBLE_NEVER,
    };
    return 0;
}

/* The text of the next line of that level at or behind `at`; NULL when there is none. */
static const char *next_line(const char *at, enum log_level level)
{
    char prefix[8];

    (void)snprintf(prefix, sizeof prefix, "<%d>", (int)level);
    for (; *at != '\0'; at = strchr(at, '\n') + 1) {
        if (strncmp(at, prefix, strlen(prefix)) == 0)
            return at + strlen(prefix);
    }
    return NULL;
}

bool host_double_logged(enum log_level level, const char *text)
{
    const char *line = host_double.log;

    while ((line = next_line(line, level)) != NULL) {
        const char *end = strchr(line, '\n');
        const char *found = strstr(line, text);

        if (found != NULL && found < end)
            return true;
        line = end + 1;
    }
    return false;
}

size_t host_double_log_count(enum log_level level)
{
    const char *line = host_double.log;
    size_t count = 0;

    for (; (line = next_line(line, level)) != NULL; line = strchr(line, '\n') + 1)
        count++;
    return count;
}

void host_log(enum log_level level, const char *line)
{
    size_t room = sizeof host_double.log - host_double.log_len;
    int len = snprintf(host_double.log + host_double.log_len, room, "<%d>%s\n", (int)level, line);

    /* What does not fit is dropped whole. */
    if (len > 0 && (size_t)len < room)
        host_double.log_len += (size_t)len;
    else
        host_double.log[host_double.log_len] = '\0';
}

void host_console(const char *line)
{
    (void)snprintf(host_double.console, sizeof host_double.console, "%s", line);
    host_double.console_lines++;
}

bool host_shows_colour(void)
{
    return host_double.shows_colour;
}

const char *host_proxy_variable(void)
{
    return host_double.proxy_variable;
}

enum status host_start(void)
{
    return host_double.start_status;
}

static bool comes_until(int64_t event_ms, int64_t end_ms)
{
    return event_ms != HOST_DOUBLE_NEVER && event_ms <= end_ms;
}

bool host_stopping(void)
{
    return comes_until(host_double.stop_at_ms, host_now_ms());
}

static void advance_to(int64_t end_ms)
{
    int64_t waited_ms = end_ms > host_double.now_ms ? end_ms - host_double.now_ms : 0;

    if (host_double.wait_count < HOST_DOUBLE_WAITS_MAX)
        host_double.waits[host_double.wait_count] = waited_ms;
    host_double.wait_count++;
    host_double.now_ms += waited_ms;
}

enum host_wake host_wait(int64_t timeout_ms, bool wake_on_network)
{
    int64_t end_ms = host_double.now_ms + timeout_ms;

    if (comes_until(host_double.stop_at_ms, end_ms)) {
        advance_to(host_double.stop_at_ms);
        return HOST_STOP;
    }
    if (wake_on_network && comes_until(host_double.network_at_ms, end_ms)) {
        advance_to(host_double.network_at_ms);
        host_double.network_at_ms = HOST_DOUBLE_NEVER;
        return HOST_NETWORK;
    }
    advance_to(end_ms);
    return HOST_TIMEOUT;
}

int64_t host_now_ms(void)
{
    return host_double.clock != NULL ? host_double.clock() : host_double.now_ms;
}

int64_t host_time_s(void)
{
    return host_double.time_s;
}

bool host_takes_root(void)
{
    return !host_double.takes_no_root;
}

bool host_is_windows(void)
{
    return host_double.is_windows;
}

const char *host_config_path(void)
{
    static char path[SCRATCH_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/" CONFIG_FILE, scratch.place);
    return path;
}

const char *host_state_dir(void)
{
    static char path[SCRATCH_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/" STATE_DIR, scratch.place);
    return path;
}
