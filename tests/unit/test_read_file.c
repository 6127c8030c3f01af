// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform/linux/read_file.h"
#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

enum { LIMIT = 1000 };

static int read_error; /* of the next read(2), and of no other; 0 */

/* Takes the place of libc's. */
ssize_t read(int fd, void *bytes, size_t size)
{
    errno = read_error;
    read_error = 0;
    return errno != 0 ? -1 : (ssize_t)syscall(SYS_read, fd, bytes, size);
}

static void assert_unreadable(const char *name, enum status expected)
{
    struct secret text = {.len = 5, .capacity = 5};

    assert_row_status(name, read_file(scratch.fd, name, LIMIT, &text), expected);
    assert_zeroed(&text);
}

static void test_regular(void **state)
{
    static const char BYTES[] = "line\n\0binary\xff";
    struct secret text;

    (void)state;
    scratch_write("file", BYTES, sizeof BYTES);
    assert_status(read_file(scratch.fd, "file", LIMIT, &text), STATUS_OK);
    assert_holds(&text, BYTES, sizeof BYTES);
    secret_free(&text);
}

static void test_by_path(void **state)
{
    struct secret text;

    (void)state;
    scratch_write_text("file", "text");
    assert_status(read_file(AT_FDCWD, scratch_path("file"), LIMIT, &text), STATUS_OK);
    assert_holds_text(&text, "text");
    assert_string_equal(secret_text(&text), "text");
    secret_free(&text);
}

static void test_empty(void **state)
{
    struct secret text;

    (void)state;
    scratch_write_text("file", "");
    assert_status(read_file(scratch.fd, "file", LIMIT, &text), STATUS_OK);
    assert_holds_text(&text, "");
    assert_string_equal(secret_text(&text), "");
    secret_free(&text);
}

static void test_limit(void **state)
{
    char bytes[LIMIT + 1];
    struct secret text;

    (void)state;
    memset(bytes, 'x', sizeof bytes);
    scratch_write("fits", bytes, LIMIT);
    scratch_write("large", bytes, LIMIT + 1);
    assert_status(read_file(scratch.fd, "fits", LIMIT, &text), STATUS_OK);
    assert_holds(&text, bytes, LIMIT);
    secret_free(&text);
    assert_unreadable("large", STATUS_FILE_TOO_LARGE);
}

/* A file whose size is not known before it is read, as in /proc. */
static void test_a_file_that_says_nothing_of_its_size(void **state)
{
    struct secret text;

    (void)state;
    assert_status(read_file(AT_FDCWD, "/proc/self/status", LIMIT, &text), STATUS_FILE_TOO_LARGE);
    assert_null(text.bytes);
}

static void test_what_is_not_a_regular_file(void **state)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", scratch_path("socket"));
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    scratch_write_text("file", "text");
    scratch_mkdir("folder");
    assert_int_equal(symlinkat("file", scratch.fd, "link"), 0);
    assert_int_equal(symlinkat("nowhere", scratch.fd, "dangling"), 0);
    assert_int_equal(symlinkat("loop", scratch.fd, "loop"), 0);
    assert_int_equal(mkfifoat(scratch.fd, "pipe", 0600), 0); /* nobody writes: opening it must not wait */
    assert_unreadable("folder", STATUS_NOT_REGULAR);
    assert_unreadable("link", STATUS_NOT_REGULAR);
    assert_unreadable("dangling", STATUS_NOT_REGULAR);
    assert_unreadable("loop", STATUS_NOT_REGULAR);
    assert_unreadable("pipe", STATUS_NOT_REGULAR);
    assert_unreadable("socket", STATUS_NOT_REGULAR);
    assert_unreadable("/dev/null", STATUS_NOT_REGULAR);
    (void)close(fd);
}

static void test_missing(void **state)
{
    (void)state;
    assert_unreadable("nothing", STATUS_NOT_FOUND);
    assert_unreadable("no/where", STATUS_NOT_FOUND);
    assert_string_equal(host_double.log, "");
}

static void test_other_failures_are_logged(void **state)
{
    (void)state;
    scratch_write_text("file", "text");
    assert_unreadable("file/below", STATUS_IO_ERROR);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "file/below"));
}

static void test_reading_that_fails(void **state)
{
    struct secret text = {.len = 5, .capacity = 5};

    (void)state;
    scratch_write_text("file", "text");
    read_error = EIO;
    assert_unreadable("file", STATUS_IO_ERROR);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "reading file: "));
    assert_status(read_file_all(-1, "what is not open", LIMIT, &text), STATUS_IO_ERROR);
    assert_zeroed(&text);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "looking at what is not open: "));
}

static void test_a_signal_while_reading(void **state)
{
    struct secret text;

    (void)state;
    scratch_write_text("file", "text");
    read_error = EINTR;
    assert_status(read_file(scratch.fd, "file", LIMIT, &text), STATUS_OK);
    assert_holds_text(&text, "text");
    secret_free(&text);
}

static void test_no_descriptor_is_left(void **state)
{
    int before = scratch_free_descriptor();

    (void)state;
    test_what_is_not_a_regular_file(state);
    assert_int_equal(scratch_free_descriptor(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_regular),
        with_scratch(test_by_path),
        with_scratch(test_empty),
        with_scratch(test_limit),
        with_scratch(test_a_file_that_says_nothing_of_its_size),
        with_scratch(test_what_is_not_a_regular_file),
        with_scratch(test_missing),
        with_scratch(test_other_failures_are_logged),
        with_scratch(test_reading_that_fails),
        with_scratch(test_a_signal_while_reading),
        with_scratch(test_no_descriptor_is_left),
    };

    return cmocka_run_group_tests_name("read_file", tests, NULL, NULL);
}
