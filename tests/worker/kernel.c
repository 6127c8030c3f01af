// SPDX-License-Identifier: Apache-2.0
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/worker/probe.h"

enum { PAGE = 4096, MUCH = 64 * 1024 * 1024 };

typedef const struct probe_request *request;

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

static long map_stack(request r)
{
    (void)r;
    return map(MUCH, MAP_PRIVATE | MAP_GROWSDOWN, PROT_READ | PROT_WRITE);
}

/* A page of the stack becomes much of it; it is put back. */
static long remap_stack(request r)
{
    char here[4 * PAGE];
    void *page = (void *)(((uintptr_t)here + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
    void *moved;

    (void)r;
    memset(here, 1, sizeof here);
    moved = mremap(page, PAGE, MUCH, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return -1;
    return mremap(moved, MUCH, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, page) == page ? 0 : -1;
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

const struct probe_attempt KERNEL_ATTEMPTS[] = {
    {"allocate", allocate},   {"map-private", map_private}, {"map-shared", map_shared},
    {"map-stack", map_stack}, {"remap-stack", remap_stack}, {"map-code", map_code},
    {"make-code", make_code}, {"keys", use_keys},           {"bpf", use_bpf},
    {"perf", use_perf},       {"io-uring", use_io_uring},   {NULL, NULL},
};
