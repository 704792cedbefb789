/* SPDX-License-Identifier: MIT
 *
 * info.c: reading what the kernel publishes: environments, log, clock, one's own page tables; mapping of errors.
 * Layer: libos/exo. Lock-free: each entry carries a sequence count whose writer is the kernel (abi/info.h).
 */
#include "exo/general_regs.h"

#include <errno.h>

#include "exo/exo.h"

#define barrier() __asm__ volatile("" : : : "memory")

/* Word-wise, so that it needs no library and can be told to the compiler as volatile. */
static void copy_words(void *to, const void *from, size_t bytes)
{
    volatile const uint64_t *source = from;
    uint64_t *target = to;
    for (size_t i = 0; i < bytes / 8; i++)
        target[i] = source[i];
}

void exo_env_read(uint32_t index, struct exo_env_info *out)
{
    const struct exo_env_info *entry = (const struct exo_env_info *)EXO_PUB_ENVS + (index & (EXO_ENVS_MAX - 1));
    const volatile uint32_t *seq = &entry->seq;
    uint32_t before;
    do {
        while ((before = *seq) & 1)
            __builtin_ia32_pause();
        barrier();
        copy_words(out, entry, sizeof *out);
        barrier();
    } while (*seq != before);
}

bool exo_log_read(uint64_t number, struct exo_log *out)
{
    uint32_t records = exo_info()->log_records;
    if (!records)
        return false;
    const struct exo_log *entry = (const struct exo_log *)EXO_PUB_LOG + number % records;
    const volatile uint64_t *seq = &entry->seq;
    if (*seq != number)
        return false;
    barrier();
    copy_words(out, entry, sizeof *out);
    barrier();
    return *seq == number;
}

int64_t exo_errno(int64_t result)
{
    static const uint8_t table[EXO_ERRORS] = {
#define EXO_ERRNO_ENTRY(name, number, meaning) [EXO_E_##name] = number,
        EXO_ERROR_LIST(EXO_ERRNO_ENTRY)
    };
    if (result >= 0)
        return result;
    uint64_t code = -(uint64_t)result;
    return code < EXO_ERRORS && table[code] ? -(int64_t)table[code] : -EIO;
}

const char *exo_error_name(int64_t result)
{
    static const char *const names[EXO_ERRORS] = {
#define EXO_NAME_ENTRY(name, number, meaning) [EXO_E_##name] = #name,
        EXO_ERROR_LIST(EXO_NAME_ENTRY)
    };
    uint64_t code = -(uint64_t)result;
    return code < EXO_ERRORS && names[code] ? names[code] : "unknown";
}

/* Returns the time and the distance to 1970 that belongs to it. */
static inline __attribute__((always_inline)) uint64_t clock_read(int64_t *unix_offset)
{
    const volatile struct exo_clock *clock = (const volatile struct exo_clock *)EXO_PUB_CLOCK;
    uint32_t seq;
    uint64_t now;
    do {
        while ((seq = clock->seq) & 1)
            __builtin_ia32_pause();
        barrier();
        uint64_t ticks = __builtin_ia32_rdtsc() - clock->base_tsc;
        /* A CPU whose TSC lags a little must not see a huge time. */
        if ((int64_t)ticks < 0)
            ticks = 0;
        now = clock->base_ns + (uint64_t)(((unsigned __int128)ticks * clock->mult) >> 32);
        *unix_offset = clock->unix_offset_ns;
        barrier();
    } while (clock->seq != seq);
    return now;
}

uint64_t exo_clock_ns(void)
{
    int64_t offset;
    return clock_read(&offset);
}

uint64_t exo_unix_ns(void)
{
    int64_t offset;
    uint64_t now = clock_read(&offset);
    return now + (uint64_t)offset;
}

__attribute__((noinline)) uint64_t exo_pte(vaddr_t va)
{
    const volatile uint64_t *pml4 = (const volatile uint64_t *)EXO_WINDOW_PML4;
    const volatile uint64_t *pdpt = (const volatile uint64_t *)EXO_WINDOW_PDPT;
    const volatile uint64_t *pd = (const volatile uint64_t *)EXO_WINDOW_PD;
    const volatile uint64_t *pt = (const volatile uint64_t *)EXO_WINDOW_PT;
    if (va >= EXO_USER_TOP)
        return 0;
    if (!(pml4[va >> 39] & EXO_PTE_P) || !(pdpt[va >> 30] & EXO_PTE_P))
        return 0;
    uint64_t entry = pd[va >> 21];
    if (!(entry & EXO_PTE_P) || (entry & EXO_PTE_PS))
        return entry & EXO_PTE_P ? entry : 0;
    return pt[va >> 12];
}

uint64_t exo_physical(vaddr_t va)
{
    uint64_t entry = exo_pte(va), in_page = (entry & EXO_PTE_PS ? 512 : 1) * EXO_PAGE_BYTES - 1;
    return entry & EXO_PTE_P ? (entry & EXO_PTE_ADDR & ~in_page) | (va & in_page) : 0;
}
