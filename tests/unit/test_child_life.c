// SPDX-License-Identifier: Apache-2.0
/* platform/linux/child.c: how a child begins, with what, and how it ends. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/linux/host_clock.h"
#include "tests/unit/linux/started_child.h"

enum { CHANNEL = 3, DESCRIPTORS_MAX = 1024 };

static bool has_no_channels;
static char in_registers[64]; /* what stood in them when the channel was made, just before the fork */

/* Two vector registers: one that every processor of its kind has, and one of the newest. */
static void fill_registers(const char bytes[64])
{
#if defined(__x86_64__)
    __asm__ volatile("movdqu %0, %%xmm7" ::"m"(*(const char(*)[16])bytes) : "xmm7");
    if (__builtin_cpu_supports("avx512vl"))
        __asm__ volatile("vmovdqu64 %0, %%ymm20" ::"m"(*(const char(*)[32])(bytes + 32)));
#elif defined(__aarch64__)
    __asm__ volatile("ldr q20, %0" ::"m"(*(const char(*)[16])bytes) : "v20");
#else
    (void)bytes;
#endif
}

static void read_registers(char bytes[64])
{
#if defined(__x86_64__)
    __asm__ volatile("movdqu %%xmm7, %0" : "=m"(*(char(*)[16])bytes));
    if (__builtin_cpu_supports("avx512vl"))
        __asm__ volatile("vmovdqu64 %%ymm20, %0" : "=m"(*(char(*)[32])(bytes + 32)));
#elif defined(__aarch64__)
    __asm__ volatile("str q20, %0" : "=m"(*(char(*)[16])bytes));
#else
    (void)bytes;
#endif
}

/* Takes the place of libc's: limits of descriptors are not the same thing under valgrind. */
int socketpair(int domain, int type, int protocol, int ends[2])
{
    read_registers(in_registers);
    if (!has_no_channels)
        return (int)syscall(SYS_socketpair, domain, type, protocol, ends);
    errno = EMFILE;
    return -1;
}

static void do_nothing(int channel, const void *context)
{
    (void)channel;
    (void)context;
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

static void test_a_child_that_ends(void **state)
{
    size_t len = 5;

    (void)state;
    start_child(do_nothing, NULL);
    assert_status(receive(&len), STATUS_WORKER_LOST);
    assert_int_equal(len, 5);
    assert_false(child_send(child.channel, "x", 1, -1));
    assert_int_equal(end_child(), 0);
}

static void test_a_child_that_exits(void **state)
{
    const int code = 77;
    size_t len;
    int how;

    (void)state;
    start_child(exit_with_code, &code);
    assert_status(receive(&len), STATUS_WORKER_LOST);
    how = end_child();
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

        start_child(die, &SIGNALS[i]);
        assert_status(receive(&len), STATUS_WORKER_LOST);
        how = end_child();
        assert_true(WIFSIGNALED(how));
        assert_int_equal(WTERMSIG(how), SIGNALS[i]);
    }
}

static void test_a_child_that_would_live_on(void **state)
{
    (void)state;
    start_child(wait_for_ever, NULL);
    assert_true(child_is_mortal(&child));
    (void)end_child();
    assert_int_equal(child_end(&child), 0); /* there is none */
}

static void test_what_a_child_has_open(void **state)
{
    int more[20];
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(more); i++)
        assert_true((more[i] = open("/", O_RDONLY)) >= 0); /* and not close-on-exec */
    start_child(tell_descriptors, NULL);
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, DESCRIPTORS_MAX);
    assert_memory_equal(message, "nnnc", CHANNEL + 1);
    for (int fd = CHANNEL + 1; fd < DESCRIPTORS_MAX; fd++)
        assert_int_equal(message[fd], '-');
    (void)end_child();
    for (size_t i = 0; i < COUNT_OF(more); i++)
        assert_int_equal(close(more[i]), 0);
}

/* A copied password can stand in them. */
static void test_a_child_has_no_registers_of_its_parent(void **state)
{
    static const char SECRET[64] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde";
    static const char NOTHING[64] = {0};

    (void)state;
    fill_registers(SECRET);
    start_child(do_nothing, NULL);
    assert_memory_equal(in_registers, NOTHING, sizeof NOTHING);
    (void)end_child();
}

static void test_no_child_can_be_had(void **state)
{
    struct child untouched = {0};

    (void)state;
    has_no_channels = true;
    assert_status(child_start(do_nothing, NULL, &untouched), STATUS_NO_MEMORY);
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
        with_clock(test_a_child_that_ends),     with_clock(test_a_child_that_exits),
        with_clock(test_a_child_that_dies),     with_clock(test_a_child_that_would_live_on),
        with_clock(test_what_a_child_has_open), with_clock(test_a_child_has_no_registers_of_its_parent),
        with_clock(test_no_child_can_be_had),   with_clock(test_a_child_dies_with_its_parent),
    };

    return cmocka_run_group_tests_name("child_life", tests, NULL, NULL);
}
