/* SPDX-License-Identifier: MIT
 *
 * kernel.c: what the system calls share (kernel.h), and the dispatch table.
 */
#include "kernel.h"

#include "pt.h"
#include "sched.h"
#include "trace.h"
#include "x86/entry.h"

#define USER_LIMIT 0x00007ffffffff000ull

#define HANDLER(NAME, name, n) (call_handler *)(void (*)(void))sys_##name,
static call_handler *const handlers[EXO_CALLS] = {EXO_CALL_LIST(HANDLER)};
call_handler *const *call_table = handlers;

call_handler *const *call_table_plain(void)
{
    return handlers;
}

int call_enter(void)
{
    spin_lock(&kernel_lock);
    if (caller_act()->state == EXO_ACT_RUNNING)
        return 0;
    spin_unlock(&kernel_lock);
    return -EXO_E_ENV;
}

/* Is it a range of the lower half that ring 3 may reach? Ring 0 may reach more: pages without access (EXO_PROT_NONE) are
 * kept present, for the supervisor alone. What may be written is checked by the copy itself. */
static bool user_range(const void *address, size_t n)
{
    uint64_t at = (uint64_t)address;
    if (at > USER_LIMIT || n > USER_LIMIT - at)
        return false;
    for (uint64_t page = at & ~(EXO_PAGE_BYTES - 1ull); page < at + n; page += EXO_PAGE_BYTES)
        if (!pt_user_open(caller(), page))
            return false;
    return true;
}

int user_copy_in(void *to, const void *from, size_t n)
{
    if (!user_range(from, n) || entry_user_copy(to, from, n))
        return -EXO_E_FAULT;
    if (__builtin_expect(trace_mask >> EXO_TRACE_COPY_IN & 1, 0))
        trace_copy(EXO_TRACE_COPY_IN, from, to, n);
    return 0;
}

int user_copy_out(void *to, const void *from, size_t n)
{
    if (!user_range(to, n) || entry_user_copy(to, from, n))
        return -EXO_E_FAULT;
    if (__builtin_expect(trace_mask >> EXO_TRACE_COPY_OUT & 1, 0))
        trace_copy(EXO_TRACE_COPY_OUT, to, from, n);
    return 0;
}

int user_cap_in(struct exo_cap *to, const struct exo_cap *from)
{
    int error = user_copy_in(to, from, sizeof *to);
    if (error)
        return error;
    return cap_valid(to) ? 0 : -EXO_E_ARG;
}

int64_t sys_null(void)
{
    return 0;
}

_Noreturn void fault_too_deep(uint32_t vector)
{
    spin_lock(&kernel_lock);
    act_stop(caller_act(), vector);
    sched_leave(NULL);
}
