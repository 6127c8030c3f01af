// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/registers.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

/*
 * Intel's manual, volume 1, 13.8: a component that the area calls initial becomes so. SSE and AVX are number
 * 1 and 2, AVX-512 is 5 to 7. The control register of SSE is loaded all the same.
 */
__attribute__((target("xsave"), noinline)) static void wipe_extended(void)
{
    enum { CONTROL = 24, LEGACY = 512, HEADER = 64, COMPONENTS = 0xe6 };
    _Alignas(HEADER) unsigned char area[LEGACY + HEADER] = {0};
    const unsigned control = _mm_getcsr();

    memcpy(area + CONTROL, &control, sizeof control);
    _xrstor(area, COMPONENTS);
}

static void wipe_basic(void)
{
    __asm__ volatile("pxor %%xmm0, %%xmm0; pxor %%xmm1, %%xmm1; pxor %%xmm2, %%xmm2; pxor %%xmm3, %%xmm3;"
                     "pxor %%xmm4, %%xmm4; pxor %%xmm5, %%xmm5; pxor %%xmm6, %%xmm6; pxor %%xmm7, %%xmm7;"
                     "pxor %%xmm8, %%xmm8; pxor %%xmm9, %%xmm9; pxor %%xmm10, %%xmm10; pxor %%xmm11, %%xmm11;"
                     "pxor %%xmm12, %%xmm12; pxor %%xmm13, %%xmm13; pxor %%xmm14, %%xmm14;"
                     "pxor %%xmm15, %%xmm15" ::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                           "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

void registers_wipe(void)
{
    /* Which says that the system takes part, too. */
    if (__builtin_cpu_supports("avx"))
        wipe_extended();
    else
        wipe_basic();
}

#elif defined(__aarch64__)

/* Of v8 to v15 a function gives the lower halves back, and nobody uses the upper ones. */
void registers_wipe(void)
{
    __asm__ volatile("movi v0.2d, #0; movi v1.2d, #0; movi v2.2d, #0; movi v3.2d, #0; movi v4.2d, #0;"
                     "movi v5.2d, #0; movi v6.2d, #0; movi v7.2d, #0; movi v16.2d, #0; movi v17.2d, #0;"
                     "movi v18.2d, #0; movi v19.2d, #0; movi v20.2d, #0; movi v21.2d, #0; movi v22.2d, #0;"
                     "movi v23.2d, #0; movi v24.2d, #0; movi v25.2d, #0; movi v26.2d, #0; movi v27.2d, #0;"
                     "movi v28.2d, #0; movi v29.2d, #0; movi v30.2d, #0; movi v31.2d, #0" ::
                         : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20",
                           "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}

#else

void registers_wipe(void)
{
}

#endif
