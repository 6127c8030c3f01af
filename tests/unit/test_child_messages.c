// SPDX-License-Identifier: Apache-2.0
/* platform/linux/child.c: what the two say to each other, and how long is waited for it. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/linux/host_clock.h"
#include "tests/unit/linux/started_child.h"

static void echo(int channel, const void *context)
{
    ssize_t len;

    (void)context;
    while ((len = recv(channel, message, sizeof message, 0)) > 0)
        (void)child_send(channel, message, (size_t)len, -1);
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

static void await_message(void)
{
    struct pollfd channel = {.fd = child.channel, .events = POLLIN};

    assert_int_equal(poll(&channel, 1, AMPLE_MS), 1);
}

static void test_messages_of_each_length(void **state)
{
    static const size_t LENGTHS[] = {1, 2, 4, 100, 4096, 4321, MESSAGE_MAX};
    static char sent[MESSAGE_MAX];
    const int descriptors = open_descriptors();

    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7);
    start_child(echo, NULL);
    for (size_t i = 0; i < COUNT_OF(LENGTHS); i++) {
        size_t len = 0;

        memset(message, 0, sizeof message);
        assert_true(child_send(child.channel, sent, LENGTHS[i], -1));
        assert_status(receive(&len), STATUS_OK);
        assert_int_equal(len, LENGTHS[i]);
        assert_memory_equal(message, sent, len);
    }
    (void)end_child();
    assert_int_equal(open_descriptors(), descriptors);
}

/* Each is one message, however fast they come. */
static void test_messages_are_not_joined(void **state)
{
    size_t len = 0;

    (void)state;
    start_child(echo, NULL);
    assert_true(child_send(child.channel, "one", 3, -1));
    assert_true(child_send(child.channel, "two.", 4, -1));
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 3);
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 4);
    (void)end_child();
}

static void test_a_message_that_does_not_fit(void **state)
{
    const size_t said = 1000;
    char small[16 + 1] = {0};
    size_t len = 0;

    (void)state;
    start_child(say, &said);
    assert_status(child_receive(&child, small, 16, ms_from_now(AMPLE_MS), &len), STATUS_OK);
    assert_int_equal(len, said);
    assert_string_equal(small, "mmmmmmmmmmmmmmmm");
    (void)end_child();
}

/* It means nothing, and ends the conversation. */
static void test_a_message_of_no_length(void **state)
{
    const size_t said = 0;
    size_t len = 5;

    (void)state;
    start_child(say, &said);
    assert_status(receive(&len), STATUS_WORKER_LOST);
    assert_int_equal(len, 5);
    (void)end_child();
}

static void test_a_descriptor_for_the_child(void **state)
{
    size_t len = 0;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    start_child(read_what_it_gets, NULL);
    assert_int_equal(write(ends[1], "through the pipe", 16), 16);
    assert_true(child_send(child.channel, "take", 4, ends[0]));
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 16);
    assert_memory_equal(message, "through the pipe", 16);
    (void)end_child();
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

static void test_a_descriptor_from_the_child(void **state)
{
    size_t len = 0;
    int before;

    (void)state;
    start_child(hand_out, NULL);
    before = open_descriptors();
    assert_status(receive(&len), STATUS_OK);
    assert_int_equal(len, 1);
    assert_int_equal(open_descriptors(), before);
    (void)end_child();
}

static void test_the_deadline(void **state)
{
    const int64_t begin_ms = host_now_ms();
    size_t len = 0;

    (void)state;
    start_child(wait_for_ever, NULL);
    assert_status(child_receive(&child, message, sizeof message, begin_ms, &len), STATUS_TIMED_OUT);
    assert_status(child_receive(&child, message, sizeof message, -1, &len), STATUS_TIMED_OUT);
    assert_status(child_receive(&child, message, sizeof message, ms_from_now(SHORT_MS), &len),
                  STATUS_TIMED_OUT);
    assert_true(host_now_ms() - begin_ms >= SHORT_MS);
    (void)end_child();
}

static void test_a_message_that_is_there_at_the_deadline(void **state)
{
    const size_t said = 3;
    size_t len = 0;

    (void)state;
    start_child(say, &said);
    await_message();
    assert_status(child_receive(&child, message, sizeof message, host_now_ms() - 1, &len), STATUS_OK);
    assert_int_equal(len, said);
    (void)end_child();
}

static void test_a_stop(void **state)
{
    const size_t said = 3;
    size_t len = 0;

    (void)state;
    ask_for_stop();
    start_child(wait_for_ever, NULL);
    assert_status(receive(&len), STATUS_STOPPED);
    (void)end_child();
    start_child(say, &said);
    await_message();
    assert_status(receive(&len), STATUS_STOPPED);
    (void)end_child();
}

/* It must not hold up its owner. */
static void test_a_child_that_does_not_listen(void **state)
{
    int sent = 0;

    (void)state;
    start_child(wait_for_ever, NULL);
    while (sent < 100000 && child_send(child.channel, message, 1024, -1))
        sent++;
    assert_in_range(sent, 1, 99999);
    (void)end_child();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_clock(test_messages_of_each_length),
        with_clock(test_messages_are_not_joined),
        with_clock(test_a_message_that_does_not_fit),
        with_clock(test_a_message_of_no_length),
        with_clock(test_a_descriptor_for_the_child),
        with_clock(test_a_descriptor_from_the_child),
        with_clock(test_the_deadline),
        with_clock(test_a_message_that_is_there_at_the_deadline),
        with_clock(test_a_stop),
        with_clock(test_a_child_that_does_not_listen),
    };

    return cmocka_run_group_tests_name("child_messages", tests, NULL, NULL);
}
