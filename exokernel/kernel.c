/* SPDX-License-Identifier: MIT
 *
 * kernel.c: what the system calls share (kernel.h), and the dispatch table.
 */
#include "kernel.h"

#include "sched.h"
#include "trace.h"
#include "x86/entry.h"

#define HANDLER(NAME, name, n) (call_handler *)(void (*)(void))sys_##name,
static call_handler *const handlers[EXO_CALLS] = {EXO_CALL_LIST(HANDLER)};
call_handler *const *call_table = handlers;

call_handler *const *call_table_plain(void)
{
    return handlers;
}

int user_copy_in(void *to, const void *from, size_t n)
{
    int error = n ? entry_user_copy(to, from, n, from) : 0;
    if (__builtin_expect(!error && trace_mask >> EXO_TRACE_COPY_IN & 1, 0))
        trace_copy(EXO_TRACE_COPY_IN, from, to, n);
    return error;
}

int user_copy_out(void *to, const void *from, size_t n)
{
    int error = n ? entry_user_copy(to, from, n, to) : 0;
    if (__builtin_expect(!error && trace_mask >> EXO_TRACE_COPY_OUT & 1, 0))
        trace_copy(EXO_TRACE_COPY_OUT, to, from, n);
    return error;
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
