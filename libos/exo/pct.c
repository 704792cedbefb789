/* SPDX-License-Identifier: MIT
 *
 * pct.c: the calling side of protected control transfer (pct.h). Layer: libos/exo.
 *
 * A call is made enabled. Answered at once, it returns like any system call; else its state goes to the save slot with the
 * reply in its registers, as that of a preempted thread does, and the scheduler resumes it, on whichever virtual CPU.
 */
#include "exo/pct.h"

#include <errno.h>

#include "sched/thread.h"

#define RETRY_NS 250000 /* a busy server is asked again after a part of a slice */

static uint32_t bindings; /* bit n: binding n is in use */

static int number_take(void)
{
    uint32_t seen = __atomic_load_n(&bindings, __ATOMIC_RELAXED), number;
    do {
        number = (uint32_t)__builtin_ctz(~seen);
        if (number >= EXO_PCT_BINDINGS)
            return -EAGAIN;
    } while (!__atomic_compare_exchange_n(&bindings, &seen, seen | 1u << number, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    return (int)number;
}

static void number_give(int number) { __atomic_fetch_and(&bindings, ~(1u << number), __ATOMIC_RELEASE); }

int pct_bind(env_id_t env, uint32_t slot)
{
    int number = number_take();
    if (number < 0)
        return number;
    int result = (int)exo_errno(exo_pct_bind(slot, env, (uint32_t)number));
    if (result < 0)
        number_give(number);
    return result < 0 ? result : number;
}

void pct_unbind(int binding)
{
    if (binding >= 0 && exo_pct_bind(EXO_CAP_NONE, EXO_ENV_NONE, (uint32_t)binding) == 0)
        number_give(binding);
}

int pct_call(int binding, struct exo_words *words, uint64_t deadline_ns)
{
    return (int)exo_errno(exo_pct((uint32_t)binding, deadline_ns, words));
}

int pct_call_when_idle(int binding, struct exo_words *words, uint64_t deadline_ns)
{
    struct exo_words asked = *words;
    for (;;) {
        int result = pct_call(binding, words, deadline_ns);
        if (result != -EBUSY)
            return result;
        uint64_t later = exo_clock_ns() + RETRY_NS;
        thread_sleep_until(later < deadline_ns ? later : deadline_ns);
        *words = asked;
    }
}

int pct_send(int binding, const struct exo_words *words)
{
    return (int)exo_errno(exo_pct_send((uint32_t)binding, words->a, words->b, words->c, words->d));
}

int pct_gate(unsigned gate, const struct exo_cap *who) { return (int)exo_errno(exo_pct_gate(gate, who)); }
