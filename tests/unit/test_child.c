// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/linux/child.h"
#include "tests/unit/linux/host_clock.h"

enum { MESSAGE_MAX = 64 * 1024, CHANNEL = 3, DESCRIPTORS_MAX = 1024 };

static char message[MESSAGE_MAX];

static bool has_no_channels;

/* Takes the place of libc's: limits of descriptors are not the same thing under valgrind. */
int socketpair(int domain, int type, int protocol, int ends[2])
{
    if (!has_no_channels)
        return (int)syscall(SYS_socketpair, domain, type, protocol, ends);
    errno = EMFILE;
    return -1;
}

/* --- What children do --- */

static void do_nothing(int channel, const void *context)
{
    (void)channel;
    (void)context;
}

static void wait_for_ever(int channel, const void *context)
{
    (void)channel;
    (void)context;
    for (;;)
        (void)pause();
}

static void echo(int channel, const void *context)
{
    ssize_t len;

    (void)context;
    while ((len = recv(channel, message, sizeof message, 0)) > 0)
        (void)child_send(channel, message, (size_t)len, -1);
}

static void exit_with_code(int channel, const void *context)
{
    (void)channel;
    _exit(*(const int *)context);
}

static void die(int channel, const void *context)
{
    (void)channel;
    (void)raise(*(const int *)context);
}

/* As many bytes as the context says, and then waits. */
static void say(int channel, const void *context)
{
    memset(message, 'm', sizeof message);
    (void)send(channel, message, *(const size_t *)context, 0);
    wait_for_ever(channel, context);
}

/* One byte, with a descriptor of its own. */
static void hand_out(int channel, const void *context)
{
    (void)child_send(channel, "h", 1, channel);
    wait_for_ever(channel, context);
}

/* Sends back what can be read from the descriptor that it is given. */
static void read_what_it_gets(int channel, const void *context)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec piece = {.iov_base = message, .iov_len = sizeof message};
    struct msghdr header = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t len = 0;
    int fd;

    (void)context;
    if (recvmsg(channel, &header, 0) == 4 && CMSG_FIRSTHDR(&header) != NULL) {
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof fd);
        len = read(fd, message, sizeof message);
    }
    if (len > 0)
        (void)child_send(channel, message, (size_t)len, -1);
}

/* One byte for each descriptor that there could be: 'n' of /dev/null, 'c' of the channel, 'x' of others. */
static void tell_descriptors(int channel, const void *context)
{
    struct stat is;

    (void)context;
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        if (fstat(fd, &is) != 0)
            message[fd] = '-';
        else if (fd == channel)
            message[fd] = 'c';
        else
            message[fd] = S_ISCHR(is.st_mode) && is.st_rdev == makedev(1, 3) ? 'n' : 'x';
    }
    (void)child_send(channel, message, DESCRIPTORS_MAX, -1);
}

/* --- */

static struct child child;

static void start(child_program *program, const void *context)
{
    assert_status(child_start(program, context, &child), STATUS_OK);
    assert_true(child.pid > 0);
}

static enum status receive(size_t *len)
{
    return child_receive(&child, message, sizeof message, ms_from_now(AMPLE_MS), len);
}

static void await_message(void)
{
    struct pollfd channel = {.fd = child.channel, .events = POLLIN};

    assert_int_equal(poll(&channel, 1, AMPLE_MS), 1);
}

/* It leaves neither a process nor a descriptor. */
static int end(void)
{
    const pid_t pid = child.pid;
    const int how = child_end(&child);

    assert_int_equal(child.pid, 0);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return how;
}

static void test_messages_of_each_length(void **state)
{
    static const size_t LENGTHS[] = {1, 2, 4, 100, 4096, 4321, MESSAGE_MAX};
    static char sent[MESSAGE_MAX];
    const int descriptors = open_descriptors();

    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7);
    start(echo, NULL);
    for (size_t i = 0; i < COUNT_OF(LENGTHS); i++) {
        size_t len = 0;

        memset(message, 0, sizeof message);
        assert_true(child_send(child.channel, sent, LENGTHS[i], -1));
        assert_status(receive(&len), STATUS_OK);
        assert_int_equal(len, LENGTHS[i]);
        assert_memory_equal(message, sent, len);
    }
    (void)end();
    assert_int_equal(open_descriptors(), descriptors);
}

/* Each is one message, however fast they come. */
static void test_messages_are_not_joined(void **state)
{
    size_t len = 0;

    (void)state;
    start(echo, NULL);
    assert_true(child_send(child.channel, "one", 3, -1));
    assert_true(child_send(child.channel, "two.", 4, -1));
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 3);
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 4);
    (void)end();
}

static void test_a_message_that_does_not_fit(void **state)
{
    const size_t said = 1000;
    char small[16 + 1] = {0};
    size_t len = 0;

    (void)state;
    start(say, &said);
    assert_status(child_receive(&child, small, 16, ms_from_now(AMPLE_MS), &len), STATUS_OK);
    assert_int_equal(len, said);
    assert_string_equal(small, "mmmmmmmmmmmmmmmm");
    (void)end();
}

/* It means nothing, and ends the conversation. */
static void test_a_message_of_no_length(void **state)
{
    const size_t said = 0;
    size_t len = 5;

    (void)state;
    start(say, &said);
    assert_status(receive(&len), STATUS_WORKER_LOST);
    assert_int_equal(len, 5);
    (void)end();
}

static void test_a_child_that_ends(void **state)
{
    size_t len = 5;

    (void)state;
    start(do_nothing, NULL);
    assert_status(receive(&len), STATUS_WORKER_LOST);
    assert_int_equal(len, 5);
    assert_false(child_send(child.channel, "x", 1, -1));
    assert_int_equal(end(), 0);
}

static void test_a_child_that_exits(void **state)
{
    const int code = 77;
    size_t len;
    int how;

    (void)state;
    start(exit_with_code, &code);
    assert_status(receive(&len), STATUS_WORKER_LOST);
    how = end();
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), code);
}

static void test_a_child_that_dies(void **state)
{
    static const int SIGNALS[] = {SIGUSR1, SIGKILL, SIGALRM};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(SIGNALS); i++) {
        size_t len;
        int how;

        start(die, &SIGNALS[i]);
        assert_status(receive(&len), STATUS_WORKER_LOST);
        how = end();
        assert_true(WIFSIGNALED(how));
        assert_int_equal(WTERMSIG(how), SIGNALS[i]);
    }
}

static void test_a_child_that_would_live_on(void **state)
{
    (void)state;
    start(wait_for_ever, NULL);
    assert_true(child_is_mortal(&child));
    (void)end();
    assert_int_equal(child_end(&child), 0); /* there is none */
}

static void test_a_descriptor_for_the_child(void **state)
{
    size_t len = 0;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    start(read_what_it_gets, NULL);
    assert_int_equal(write(ends[1], "through the pipe", 16), 16);
    assert_true(child_send(child.channel, "take", 4, ends[0]));
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 16);
    assert_memory_equal(message, "through the pipe", 16);
    (void)end();
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

static void test_a_descriptor_from_the_child(void **state)
{
    size_t len = 0;
    int before;

    (void)state;
    start(hand_out, NULL);
    before = open_descriptors();
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 1);
    assert_int_equal(open_descriptors(), before);
    (void)end();
}

static void test_what_a_child_has_open(void **state)
{
    int more[20];
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(more); i++)
        assert_true((more[i] = open("/", O_RDONLY)) >= 0); /* and not close-on-exec */
    start(tell_descriptors, NULL);
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, DESCRIPTORS_MAX);
    assert_memory_equal(message, "nnnc", CHANNEL + 1);
    for (int fd = CHANNEL + 1; fd < DESCRIPTORS_MAX; fd++)
        assert_int_equal(message[fd], '-');
    (void)end();
    for (size_t i = 0; i < COUNT_OF(more); i++)
        assert_int_equal(close(more[i]), 0);
}

static void test_the_deadline(void **state)
{
    const int64_t begin_ms = host_now_ms();
    size_t len = 0;

    (void)state;
    start(wait_for_ever, NULL);
    assert_status(child_receive(&child, message, sizeof message, begin_ms, &len), STATUS_TIMED_OUT);
    assert_status(child_receive(&child, message, sizeof message, -1, &len), STATUS_TIMED_OUT);
    assert_status(child_receive(&child, message, sizeof message, ms_from_now(SHORT_MS), &len),
                  STATUS_TIMED_OUT);
    assert_true(host_now_ms() - begin_ms >= SHORT_MS);
    (void)end();
}

static void test_a_message_that_is_there_at_the_deadline(void **state)
{
    const size_t said = 3;
    size_t len = 0;

    (void)state;
    start(say, &said);
    await_message();
    assert_status(child_receive(&child, message, sizeof message, host_now_ms() - 1, &len), STATUS_OK);
    assert_int_equal(len, said);
    (void)end();
}

static void test_a_stop(void **state)
{
    const size_t said = 3;
    size_t len = 0;

    (void)state;
    ask_for_stop();
    start(wait_for_ever, NULL);
    assert_status(receive(&len), STATUS_STOPPED);
    (void)end();
    start(say, &said);
    await_message();
    assert_status(receive(&len), STATUS_STOPPED);
    (void)end();
}

/* It must not hold up its owner. */
static void test_a_child_that_does_not_listen(void **state)
{
    int sent = 0;

    (void)state;
    start(wait_for_ever, NULL);
    while (sent < 100000 && child_send(child.channel, message, 1024, -1))
        sent++;
    assert_in_range(sent, 1, 99999);
    (void)end();
}

static void test_no_child_can_be_had(void **state)
{
    struct child untouched = {0};

    (void)state;
    has_no_channels = true;
    assert_status(child_start(echo, NULL, &untouched), STATUS_NO_MEMORY);
    has_no_channels = false;
    assert_int_equal(untouched.pid, 0);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "cannot be started"));
}

/* A process that starts a child, hears that it runs, tells its number, and dies. */
static void start_and_die(int out)
{
    const size_t said = 1;
    size_t len;

    if (child_start(say, &said, &child) == STATUS_OK && receive(&len) == STATUS_OK)
        (void)!write(out, &child.pid, sizeof child.pid);
    _exit(0);
}

/* How it ended by itself. One that lives on is ended here, lest it stay. */
static int await_orphan(pid_t orphan)
{
    const int64_t end_ms = ms_from_now(AMPLE_MS);
    pid_t ended;
    int how = 0;

    while ((ended = waitpid(orphan, &how, WNOHANG)) == 0 && host_now_ms() < end_ms)
        (void)poll(NULL, 0, 10);
    if (ended == 0) {
        (void)kill(orphan, SIGKILL);
        (void)waitpid(orphan, NULL, 0);
    }
    assert_int_equal(ended, orphan);
    return how;
}

static void test_a_child_dies_with_its_parent(void **state)
{
    int ends[2];
    pid_t parent;
    pid_t orphan = 0;
    int how;

    (void)state;
    /* Orphans come to this process. What emulates another processor may not know that. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        skip();
    assert_int_equal(pipe(ends), 0);
    parent = fork();
    assert_true(parent >= 0);
    if (parent == 0)
        start_and_die(ends[1]);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(read(ends[0], &orphan, sizeof orphan), sizeof orphan);
    how = await_orphan(orphan);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGKILL);
    assert_int_equal(close(ends[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_clock(test_messages_of_each_length),
        with_clock(test_messages_are_not_joined),
        with_clock(test_a_message_that_does_not_fit),
        with_clock(test_a_message_of_no_length),
        with_clock(test_a_child_that_ends),
        with_clock(test_a_child_that_exits),
        with_clock(test_a_child_that_dies),
        with_clock(test_a_child_that_would_live_on),
        with_clock(test_a_descriptor_for_the_child),
        with_clock(test_a_descriptor_from_the_child),
        with_clock(test_what_a_child_has_open),
        with_clock(test_the_deadline),
        with_clock(test_a_message_that_is_there_at_the_deadline),
        with_clock(test_a_stop),
        with_clock(test_a_child_that_does_not_listen),
        with_clock(test_no_child_can_be_had),
        with_clock(test_a_child_dies_with_its_parent),
    };

    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
