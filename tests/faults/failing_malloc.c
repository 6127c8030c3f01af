// SPDX-License-Identifier: Apache-2.0
/*
 * For LD_PRELOAD: lets an allocation fail. Which one, and what came of it, stands in the file that
 * FAILING_MALLOC names, and whose memory the test, the agent and its children share; a child needs no rights
 * for that, and no system call.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OWNER, CHILDREN, DEPTH = 32, LEARNT = 64 * 1024 };

/* As test_allocations.py has it. */
struct plan {
    uint32_t who;           /* OWNER, or CHILDREN, which count on where the one before ended */
    uint32_t is_lasting;    /* do all that come later fail, too? */
    uint64_t at;            /* the number of the first that fails; 0 for none */
    uint64_t count[2];      /* how many there were */
    uint64_t failed;        /* how many failed */
    char trace[4000];       /* who asked for the first that failed */
    uint64_t stack[LEARNT]; /* of each of `who`, when none is to fail: equal where the same callers asked */
};

/* glibc's own, which need no looking up. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct plan *plan;
static int who = OWNER;

/* Single-threaded, as the agent is. */
static void write_trace(void)
{
    void *frames[DEPTH];
    const int depth = backtrace(frames, DEPTH);
    size_t len = 0;

    for (int i = 2; i < depth && len < sizeof plan->trace; i++) {
        Dl_info of = {0};

        if (dladdr(frames[i], &of) == 0 || of.dli_fname == NULL)
            continue;
        len += (size_t)snprintf(plan->trace + len, sizeof plan->trace - len, "%s +0x%jx %s\n", of.dli_fname,
                                (uintmax_t)frames[i] - (uintmax_t)of.dli_fbase,
                                of.dli_sname != NULL ? of.dli_sname : "?");
    }
}

/* FNV-1a of the return addresses. */
static uint64_t stack_hash(void)
{
    void *frames[DEPTH];
    const int depth = backtrace(frames, DEPTH);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (int i = 2; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool fails(void)
{
    uint64_t number;

    if (plan == NULL)
        return false;
    number = ++plan->count[who];
    if (who != (int)plan->who)
        return false;
    if (plan->at == 0 && number <= LEARNT)
        plan->stack[number - 1] = stack_hash();
    if (plan->at == 0 || number < plan->at || (number > plan->at && !plan->is_lasting))
        return false;
    if (plan->failed++ == 0)
        write_trace();
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    const int before = errno;
    void *block = memalign(alignment, size);

    errno = before;
    if (block == NULL)
        return ENOMEM;
    *out = block;
    return 0;
}

static void be_child(void)
{
    who = CHILDREN;
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("FAILING_MALLOC");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *shared = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void *frame;

    if (fd < 0 || shared == MAP_FAILED || pthread_atfork(NULL, NULL, be_child) != 0)
        abort();
    (void)close(fd);
    (void)backtrace(&frame, 1); /* allocates, when it is called the first time */
    plan = shared;
}
