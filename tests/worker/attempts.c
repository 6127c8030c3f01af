// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/linux/worker_socket.h"
#include "tests/worker/probe.h"

enum { PAGE = 4096, MUCH = 64 * 1024 * 1024, PATIENCE_MS = 10000 };

typedef const struct probe_request *request;

/* --- Files */

static long create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

static long read_shadow(request r)
{
    (void)r;
    return open("/etc/shadow", O_RDONLY);
}

static long open_root(request r)
{
    (void)r;
    return open("/", O_RDONLY | O_DIRECTORY);
}

static long open_above(request r)
{
    (void)r;
    return open("../../etc/shadow", O_RDONLY) >= 0 ? 0 : open("..", O_PATH);
}

static long create_in_root(request r)
{
    char path[WORD_SIZE];

    (void)snprintf(path, sizeof path, "/worker-probe.%u", r->service);
    return create(path);
}

static long create_here(request r)
{
    (void)r;
    return create("worker-probe");
}

static long make_folder(request r)
{
    (void)r;
    return mkdir("worker-probe", 0700) == 0 ? rmdir("worker-probe") : -1;
}

static long write_memory_file(request r)
{
    int fd = (int)syscall(SYS_memfd_create, "x", 0U);

    (void)r;
    return fd < 0 ? -1 : write(fd, "x", 1);
}

static long mount_something(request r)
{
    (void)r;
    return mount("none", ".", "tmpfs", 0, NULL) == 0 ? umount2(".", MNT_DETACH) : -1;
}

static long change_root(request r)
{
    (void)r;
    return chroot(".");
}

/* --- Processes */

static long run_shell(request r)
{
    char *const words[] = {"sh", "-c", "echo exec ok 0 0", NULL};
    char *const none[] = {NULL};

    (void)r;
    return execve("/bin/sh", words, none);
}

static long fork_one(request r)
{
    pid_t pid = fork();

    (void)r;
    if (pid == 0)
        _exit(0);
    return pid < 0 ? -1 : waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static long trace(request r)
{
    return ptrace(PTRACE_SEIZE, r->victim, NULL, NULL);
}

static long send_signal(request r)
{
    return kill(r->victim, SIGWINCH);
}

static long send_signal_to_thread(request r)
{
    return syscall(SYS_tgkill, r->victim, r->victim, SIGWINCH);
}

static long read_memory_of_other(request r)
{
    static char mine;
    struct iovec here = {&mine, 1}, there = {&mine, 1}; /* the same place: the victim was forked from us */

    return process_vm_readv(r->victim, &here, 1, &there, 1, 0);
}

static long limit_of_other(request r)
{
    struct rlimit old;

    return syscall(SYS_prlimit64, r->victim, RLIMIT_NOFILE, NULL, &old);
}

/* --- Itself */

static long become_root_user(request r)
{
    (void)r;
    return setuid(0);
}

static long become_root_group(request r)
{
    (void)r;
    return setgid(0);
}

static long become_dumpable(request r)
{
    (void)r;
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long survive(request r)
{
    (void)r;
    return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static long new_namespace(request r)
{
    (void)r;
    return unshare(CLONE_NEWNS);
}

static long new_user_namespace(request r)
{
    (void)r;
    return unshare(CLONE_NEWUSER);
}

/* PROT_READ would mean PROT_EXEC, too. */
static long change_personality(request r)
{
    (void)r;
    return syscall(SYS_personality, 0x0400000);
}

/* The numbers of the open descriptors below 31, as a set; none is above. */
static long list_descriptors(request r)
{
    long set = 0;

    (void)r;
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFL) >= 0 && fd < 31)
            set |= 1L << fd;
        else if (fcntl(fd, F_GETFL) >= 0)
            return -1;
    }
    return set;
}

static long type_into_terminal(request r)
{
    (void)r;
    return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

/* By the numbers of 32-bit x86, of which another filter could have forgotten to think: getpid. */
static long call_by_old_numbers(request r)
{
    long result = 20;

    (void)r;
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "+a"(result)::"memory", "r8", "r9", "r10", "r11");
#else
    raise(SIGSYS);
#endif
    return result;
}

/* --- Memory */

static long map(size_t size, int flags, int protection)
{
    char *at = mmap(NULL, size, protection, flags | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return -1;
    if ((protection & PROT_WRITE) != 0)
        memset(at, 1, size);
    return munmap(at, size);
}

static long allocate(request r)
{
    char *block = malloc(MUCH);

    (void)r;
    if (block == NULL)
        return -1;
    memset(block, 1, MUCH);
    free(block);
    return 0;
}

static long map_private(request r)
{
    (void)r;
    return map(MUCH, MAP_PRIVATE, PROT_READ | PROT_WRITE);
}

static long map_shared(request r)
{
    (void)r;
    return map(MUCH, MAP_SHARED, PROT_READ | PROT_WRITE);
}

static long map_code(request r)
{
    (void)r;
    return map(PAGE, MAP_PRIVATE, PROT_READ | PROT_EXEC);
}

static long make_code(request r)
{
    char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)r;
    return at == MAP_FAILED ? -1 : mprotect(at, PAGE, PROT_READ | PROT_EXEC);
}

/* --- The kernel's other doors */

static long use_keys(request r)
{
    (void)r;
    return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1);
}

static long use_bpf(request r)
{
    union bpf_attr map;

    (void)r;
    memset(&map, 0, sizeof map);
    map.map_type = BPF_MAP_TYPE_ARRAY;
    map.key_size = map.value_size = sizeof(int);
    map.max_entries = 1;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map);
}

static long use_perf(request r)
{
    (void)r;
    return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}

static long use_io_uring(request r)
{
    (void)r;
    return syscall(SYS_io_uring_setup, 1, NULL);
}

/* --- The network */

static struct sockaddr_in at_port(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* The connection that a worker gets, or one that is made in the same way. */
static int connection(request r)
{
    struct sockaddr_in service = at_port(r->service);
    struct pollfd made;
    int fd = -1;

    if (worker_socket(&fd) == STATUS_OK)
        return fd;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    made = (struct pollfd){.fd = fd, .events = POLLOUT};
    if (connect(fd, (struct sockaddr *)&service, sizeof service) != 0 && errno == EINPROGRESS)
        (void)poll(&made, 1, PATIENCE_MS);
    return fd;
}

static long socket_inet(request r)
{
    (void)r;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long socket_inet6(request r)
{
    (void)r;
    return socket(AF_INET6, SOCK_STREAM, 0);
}

static long socket_datagram(request r)
{
    (void)r;
    return socket(AF_INET, SOCK_DGRAM, 0);
}

static long socket_unix(request r)
{
    (void)r;
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long socket_netlink(request r)
{
    (void)r;
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long socket_pair(request r)
{
    int ends[2];

    (void)r;
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static long connect_elsewhere(request r)
{
    struct sockaddr_in other = at_port(r->elsewhere);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = connection(r);

    if (fd < 0)
        return -2;
    (void)connect(fd, &none, sizeof none);
    (void)connect(fd, (struct sockaddr *)&other, sizeof other);
    return connect(fd, (struct sockaddr *)&other, sizeof other);
}

/* A service that is in league breaks the connection; what is left of it takes an address from sendto(2). */
static long send_elsewhere(request r, int flags)
{
    struct sockaddr_in other = at_port(r->elsewhere);
    int fd = connection(r);
    struct pollfd broken = {.fd = fd, .events = POLLIN};
    ssize_t sent = -1;

    if (fd < 0 || send(fd, "x", 1, MSG_NOSIGNAL) != 1 || poll(&broken, 1, PATIENCE_MS) != 1)
        return -2;
    for (int i = 0; i < 3 && sent < 0; i++)
        sent = sendto(fd, "x", 1, MSG_NOSIGNAL | flags, (struct sockaddr *)&other, sizeof other);
    return sent;
}

static long sendto_elsewhere(request r)
{
    return send_elsewhere(r, MSG_FASTOPEN);
}

static long sendmsg_elsewhere(request r)
{
    struct sockaddr_in other = at_port(r->elsewhere);
    struct iovec piece = {"x", 1};
    struct msghdr message = {
        .msg_name = &other, .msg_namelen = sizeof other, .msg_iov = &piece, .msg_iovlen = 1};
    int fd = connection(r);
    struct pollfd broken = {.fd = fd, .events = POLLIN};
    ssize_t sent = -1;

    if (fd < 0 || send(fd, "x", 1, MSG_NOSIGNAL) != 1 || poll(&broken, 1, PATIENCE_MS) != 1)
        return -2;
    for (int i = 0; i < 3 && sent < 0; i++)
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_FASTOPEN);
    return sent;
}

static long bind_connection(request r)
{
    struct sockaddr_in any = at_port(0);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = connection(r);

    if (fd < 0)
        return -2;
    (void)connect(fd, &none, sizeof none);
    return bind(fd, (struct sockaddr *)&any, sizeof any);
}

static long listen_on_connection(request r)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = connection(r);

    if (fd < 0)
        return -2;
    (void)connect(fd, &none, sizeof none);
    return listen(fd, 1);
}

static const struct {
    const char *word;
    long (*function)(request r);
} ATTEMPTS[] = {
    {"read-shadow", read_shadow},
    {"open-root", open_root},
    {"open-above", open_above},
    {"create-in-root", create_in_root},
    {"create-here", create_here},
    {"make-folder", make_folder},
    {"write-memory-file", write_memory_file},
    {"mount", mount_something},
    {"chroot", change_root},
    {"exec", run_shell},
    {"fork", fork_one},
    {"trace", trace},
    {"signal", send_signal},
    {"signal-thread", send_signal_to_thread},
    {"read-memory-of-other", read_memory_of_other},
    {"limit-of-other", limit_of_other},
    {"setuid", become_root_user},
    {"setgid", become_root_group},
    {"dumpable", become_dumpable},
    {"survive", survive},
    {"namespace", new_namespace},
    {"user-namespace", new_user_namespace},
    {"personality", change_personality},
    {"descriptors", list_descriptors},
    {"ioctl", type_into_terminal},
    {"old-numbers", call_by_old_numbers},
    {"allocate", allocate},
    {"map-private", map_private},
    {"map-shared", map_shared},
    {"map-code", map_code},
    {"make-code", make_code},
    {"keys", use_keys},
    {"bpf", use_bpf},
    {"perf", use_perf},
    {"io-uring", use_io_uring},
    {"socket-inet", socket_inet},
    {"socket-inet6", socket_inet6},
    {"socket-datagram", socket_datagram},
    {"socket-unix", socket_unix},
    {"socket-netlink", socket_netlink},
    {"socket-pair", socket_pair},
    {"connect-elsewhere", connect_elsewhere},
    {"sendto-elsewhere", sendto_elsewhere},
    {"sendmsg-elsewhere", sendmsg_elsewhere},
    {"bind", bind_connection},
    {"listen", listen_on_connection},
};

bool attempt(request r, struct probe_answer *answer)
{
    for (size_t i = 0; i < sizeof ATTEMPTS / sizeof ATTEMPTS[0]; i++) {
        if (strcmp(r->word, ATTEMPTS[i].word) != 0)
            continue;
        errno = 0;
        answer->result = (int32_t)ATTEMPTS[i].function(r);
        answer->error = answer->result == -1 ? errno : 0;
        return true;
    }
    return false;
}
