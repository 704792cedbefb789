/* SPDX-License-Identifier: MIT
 *
 * trace.c: a policy that hands all to another one, and tells the kernel's trace what threads do: who is ready and why, who runs,
 * who is blocked and on what, who ended. Layer: libos/sched, under sched_lock. On if EXON_SCHED_TRACE=1 is in the environment:
 * `exon-run --trace` puts it there.
 *
 * A record is the call that does nothing, `null`, whose arguments the trace keeps with time, CPU and environment:
 *
 *   rdi  SCHED_TRACE_MARK << 32 | state << 8 | why     enum thread_state; enum sched_why if ready, enum thread_wait if blocked
 *   rsi  the thread                                    rdx, r10  its name
 *   r8   the word that it waits for, if blocked        r9   its CPU time so far, ns
 *
 * boot/exonrun/threads.py reads them.
 */
#include "sched/policy.h"

#define SCHED_TRACE_MARK 0x7468726cull /* "thrl": threads of the library */

static const struct sched_policy *inner;

static void mark(const struct thread *thread, enum thread_state state, unsigned why)
{
    uint64_t name[2];
    __builtin_memcpy(name, thread->name, sizeof name);
    register uint64_t rax __asm__("rax") = EXO_CALL_NULL;
    register uint64_t rdi __asm__("rdi") = SCHED_TRACE_MARK << 32 | (uint64_t)state << 8 | why;
    register uint64_t rsi __asm__("rsi") = (uint64_t)thread;
    register uint64_t rdx __asm__("rdx") = name[0];
    register uint64_t r10 __asm__("r10") = name[1];
    register uint64_t r8 __asm__("r8") = state == THREAD_BLOCKED ? (uint64_t)thread->wait_word : 0;
    register uint64_t r9 __asm__("r9") = thread->run_ns;
    __asm__ volatile("syscall"
                     : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                     :
                     : "rcx", "r11", "memory");
}

_Static_assert(THREAD_NAME == 16, "a name is two registers");

static void enqueue(struct thread *thread, enum sched_why why)
{
    mark(thread, THREAD_READY, why);
    inner->enqueue(thread, why);
}

static struct thread *pick(void)
{
    struct thread *thread = inner->pick();
    if (thread)
        mark(thread, THREAD_RUNNING, 0);
    return thread;
}

static void leave(struct thread *thread)
{
    mark(thread, thread->state, thread->state == THREAD_BLOCKED ? thread->wait_why : 0);
    if (inner->leave)
        inner->leave(thread);
}

const struct sched_policy *sched_trace_wrap(const struct sched_policy *policy)
{
    static struct sched_policy traced;
    inner = policy;
    traced = *policy;
    traced.enqueue = enqueue;
    traced.pick = pick;
    traced.leave = leave;
    mark(thread_self(), THREAD_RUNNING, 0);
    return &traced;
}
