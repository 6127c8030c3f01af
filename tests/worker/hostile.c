// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/linux/worker_socket.h"
#include "tests/worker/probe.h"

enum { CHANNEL = 3, LONGEST = 9000 };

static uint32_t state;

/* xorshift: the same everywhere, from the same seed. */
static uint32_t next(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static void say(const void *bytes, size_t size)
{
    (void)send(CHANNEL, bytes, size, MSG_NOSIGNAL);
}

/* With so many descriptors, where no filter refuses to send any. */
static void say_with(const void *bytes, size_t size, unsigned count)
{
    union {
        char bytes[CMSG_SPACE(16 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec piece = {(void *)(uintptr_t)bytes, size};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = count > 0 ? control.bytes : NULL,
                             .msg_controllen = count > 0 ? CMSG_SPACE(count * sizeof(int)) : 0};

    memset(&control, 0, sizeof control);
    control.align = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))};
    for (unsigned i = 0; i < count; i++)
        memcpy(CMSG_DATA(&control.align) + i * sizeof(int), &(int){(int)next(4)}, sizeof(int));
    if (count == 0 || sendmsg(CHANNEL, &message, MSG_NOSIGNAL) < 0)
        say(bytes, size);
}

/* Messages of lengths that mean something and of others, of sense and of none; then the end. */
static void say_garbage(const struct probe_answer *answer)
{
    static const size_t LENGTHS[] = {0, 1, 2, 4, 5, sizeof *answer - 1, sizeof *answer, sizeof *answer + 1};
    const size_t kinds = sizeof LENGTHS / sizeof LENGTHS[0];
    static unsigned char bytes[LONGEST];

    for (uint32_t left = 1 + next(4); left > 0; left--) {
        uint32_t kind = next((uint32_t)kinds + 1);
        size_t size = kind < kinds ? LENGTHS[kind] : next(LONGEST);

        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)next(256);
        if (next(2) == 0 && size >= sizeof *answer)
            memcpy(bytes, answer, sizeof *answer);
        if (next(4) == 0 && size > 0)
            bytes[next((uint32_t)size)] ^= (unsigned char)(1U << next(8));
        say_with(bytes, size, next(3) == 0 ? next(17) : 0);
    }
    _exit((int)next(3));
}

/* NULL, but neither a compiler nor an analyser is sure of it. */
static volatile char *volatile nowhere;

bool be_hostile(const struct probe_request *request, struct probe_answer *answer)
{
    const char *word = request->word;
    static const char zeros[4096];
    int fd;

    if (strcmp(word, "ping") == 0)
        return true;
    if (strcmp(word, "short") == 0) {
        say(answer, sizeof *answer - 1);
    } else if (strcmp(word, "long") == 0) {
        say(zeros, sizeof zeros);
    } else if (strcmp(word, "empty") == 0) {
        say("", 0);
    } else if (strcmp(word, "twice") == 0) {
        say(answer, sizeof *answer);
    } else if (strcmp(word, "insane") == 0) {
        answer->number++;
    } else if (strcmp(word, "two-connections") == 0) {
        (void)worker_socket(&fd);
        (void)worker_socket(&fd);
    } else if (strcmp(word, "descriptors-too") == 0) {
        say_with(answer, sizeof *answer, 16);
    } else if (strcmp(word, "crash") == 0) {
        (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer makes an exit of it */
        *nowhere = 1;
    } else if (strcmp(word, "abort") == 0) {
        abort();
    } else if (strcmp(word, "exit") == 0) {
        _exit(7);
    } else if (strcmp(word, "close") == 0) {
        (void)close(CHANNEL);
    } else if (strcmp(word, "hang") == 0) {
        for (;;)
            (void)recv(CHANNEL, &(char){0}, 1, 0);
    } else if (strcmp(word, "spin") == 0) {
        for (volatile unsigned turns = 0;;) /* which may overflow */
            turns++;
    } else if (strcmp(word, "flood") == 0) {
        for (;;)
            say(answer, sizeof *answer);
    } else if (strcmp(word, "garbage") == 0) {
        state = request->number * 2654435761U + 1;
        say_garbage(answer);
    } else {
        return false;
    }
    return true;
}

void be_hostile_at_start(const char *word)
{
    if (strcmp(word, "parts-unknown") == 0)
        say(&(uint32_t){UINT32_C(0xffff0000)}, sizeof(uint32_t));
    else if (strcmp(word, "all-parts") == 0)
        say(&(uint32_t){UINT32_MAX}, sizeof(uint32_t));
    else if (strcmp(word, "nonsense") == 0)
        say("nonsense", 8);
    else if (strcmp(word, "nothing") == 0)
        say("", 0);
    else if (strcmp(word, "exit") == 0)
        _exit(7);
    else if (strcmp(word, "crash") == 0)
        (void)raise(SIGKILL);
    else if (strcmp(word, "hang") == 0)
        (void)pause();
}
