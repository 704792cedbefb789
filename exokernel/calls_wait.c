/* SPDX-License-Identifier: MIT
 *
 * calls_wait.c: the system calls that sleep, wake and set timers.
 */
#include "frame.h"
#include "kernel.h"
#include "pt.h"
#include "sched.h"
#include "wait.h"
#include "x86/clock.h"

static int check_term(const struct exo_term *term, uint64_t *word)
{
    bool width = term->width == 4 || term->width == 8;
    uint8_t reserved = 0;
    for (unsigned i = 0; i < sizeof term->reserved; i++)
        reserved |= term->reserved[i];
    if (!width || term->op > EXO_TERM_GE || (term->flags & ~EXO_TERM_AND) || reserved || term->word % term->width)
        return -EXO_E_ARG;
    *word = pt_user_word(caller(), term->word, false);
    return *word ? 0 : -EXO_E_FAULT;
}

int64_t sys_wait(const struct exo_term *user_terms, uint32_t n, uint64_t deadline_ns)
{
    struct exo_term terms[EXO_TERMS_MAX];
    uint64_t words[EXO_TERMS_MAX];
    if (n > EXO_TERMS_MAX)
        return -EXO_E_ARG;
    int error = n ? user_copy_in(terms, user_terms, n * sizeof terms[0]) : 0;
    if (error || (error = call_enter()))
        return error;
    for (uint32_t i = 0; !error && i < n; i++)
        error = check_term(&terms[i], &words[i]);
    if (error) {
        call_leave();
        return error;
    }
    int64_t result = wait_begin(caller_act(), terms, words, n, deadline_ns);
    if (result == WAIT_ASLEEP) {
        act_save_call(caller_act(), 0);
        sched_leave(NULL);
    }
    call_leave();
    return result;
}

int64_t sys_doorbell(const void *word)
{
    int error = call_enter();
    if (error)
        return error;
    uint64_t at = pt_user_word(caller(), (uint64_t)word, true);
    int64_t result = (uint64_t)word % 4 ? -EXO_E_ARG : !at ? -EXO_E_FAULT : wait_doorbell(at);
    call_leave();
    return result;
}

int64_t sys_watch(uint32_t index, const void *word)
{
    if (index >= EXO_WATCHES_MAX || (uint64_t)word % 4)
        return -EXO_E_ARG;
    int error = call_enter();
    if (error)
        return error;
    uint64_t at = word ? pt_user_word(caller(), (uint64_t)word, false) : 0;
    error = word && !at ? -EXO_E_FAULT : wait_watch(caller_act(), index, at);
    call_leave();
    return error;
}

int64_t sys_timer_set(uint64_t deadline_ns)
{
    int error = call_enter();
    if (error)
        return error;
    caller_act()->timer_ns = deadline_ns;
    deadline_update(caller_act());
    __atomic_store_n(&this_cpu()->resched, 1, __ATOMIC_RELEASE); /* the timer of this CPU is armed anew on the way out */
    call_leave();
    return 0;
}
