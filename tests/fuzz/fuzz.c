// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "agent/text.h"
#include "platform/host.h"
#include "platform/linux/host_stop.h"

int64_t host_step_ms;
unsigned host_warnings;

void take_bytes(struct input *input, void *out, size_t size)
{
    const size_t len = input->len < size ? input->len : size;

    memset(out, 0, size);
    if (len > 0)
        memcpy(out, input->bytes, len);
    input->bytes += len;
    input->len -= len;
}

uint8_t take_byte(struct input *input)
{
    uint8_t number;

    take_bytes(input, &number, sizeof number);
    return number;
}

uint16_t take_short(struct input *input)
{
    uint16_t number;

    take_bytes(input, &number, sizeof number);
    return number;
}

uint32_t take_word(struct input *input)
{
    uint32_t number;

    take_bytes(input, &number, sizeof number);
    return number;
}

struct secret take_rest(struct input *input)
{
    struct secret rest;

    check(secret_alloc(&rest, input->len) == STATUS_OK && secret_append(&rest, input->bytes, input->len));
    input->len = 0;
    return rest;
}

void take_text(struct input *input, char *out, size_t size)
{
    const size_t len = take_short(input);

    memset(out, 0, size);
    take_bytes(input, out, len < size ? len : size);
}

/* --- platform/host.h, as far as it is used --- */

int64_t host_now_ms(void)
{
    static int64_t now_ms;

    now_ms += host_step_ms;
    return now_ms;
}

int64_t host_time_s(void)
{
    return 0;
}

bool host_stopping(void)
{
    return false;
}

int host_stop_fd(void)
{
    return -1;
}

enum host_wake host_wait(int64_t timeout_ms, bool wake_on_network)
{
    (void)timeout_ms;
    (void)wake_on_network;
    return HOST_TIMEOUT;
}

bool host_takes_root(void)
{
    return true;
}

bool host_is_windows(void)
{
    return false;
}

const char *host_config_path(void)
{
    return "/nowhere/conf";
}

const char *host_state_dir(void)
{
    return "/nowhere";
}

void host_log(enum log_level level, const char *line)
{
    check(*line != '\0' && text_is_printable(line));
    host_warnings += level == LOG_LEVEL_WARNING;
}

void host_console(const char *line)
{
    host_log(LOG_LEVEL_INFO, line);
}
