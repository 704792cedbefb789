/* SPDX-License-Identifier: MIT
 *
 * signal.c: the POSIX functions on signals (XSH 2.4); kill() is in pid.c. Layer: libos/posix, over signal_core.c.
 * Left out: queued signals with values (sigqueue), job control.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix/fatal.h"
#include "posix/signal_core.h"
#include "posix/signal_set.h"
#include "sched/thread.h"

#undef sigaddset
#undef sigdelset
#undef sigemptyset
#undef sigfillset
#undef sigismember

/* Sets errno from a negative result. */
static int result_of(int result)
{
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

/* ---- Sets ---- */

int sigemptyset(sigset_t *set)
{
    *set = 0;
    return 0;
}

int sigfillset(sigset_t *set)
{
    *set = 0xfffffffeul;
    return 0;
}

int sigaddset(sigset_t *set, const int signal)
{
    if (!signal_valid(signal))
        return result_of(-EINVAL);
    *set |= SIGNAL_BIT(signal);
    return 0;
}

int sigdelset(sigset_t *set, const int signal)
{
    if (!signal_valid(signal))
        return result_of(-EINVAL);
    *set &= ~SIGNAL_BIT(signal);
    return 0;
}

int sigismember(const sigset_t *set, int signal)
{
    return signal_valid(signal) ? (*set & SIGNAL_BIT(signal)) != 0 : result_of(-EINVAL);
}

/* ---- Actions ---- */

int sigaction(int signal, const struct sigaction *restrict action, struct sigaction *restrict old)
{
    return result_of(signal_action(signal, action, old));
}

static int interrupting; /* signals that siginterrupt made so; bit n */

_sig_func_ptr signal(int signal, _sig_func_ptr handler)
{
    struct sigaction action = {.sa_flags = interrupting & 1 << (signal & 31) ? 0 : SA_RESTART}, old;
    action.sa_handler = handler;
    if (handler == SIG_ERR || result_of(signal_action(signal, &action, &old)) < 0) {
        errno = EINVAL;
        return SIG_ERR;
    }
    return old.sa_handler;
}

_sig_func_ptr _signal_r(struct _reent *reent, int number, _sig_func_ptr handler)
{
    (void)reent;
    return signal(number, handler);
}

int siginterrupt(int signal, int interrupt)
{
    struct sigaction action;
    if (result_of(signal_action(signal, NULL, &action)) < 0)
        return -1;
    action.sa_flags = interrupt ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    interrupting = interrupt ? interrupting | 1 << signal : interrupting & ~(1 << signal);
    return result_of(signal_action(signal, &action, NULL));
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
    struct signal_state *state = &thread_self()->signal;
    uint64_t here = (uintptr_t)__builtin_frame_address(0);
    bool on_it = state->alt_bytes && here > state->alt_base && here <= state->alt_base + state->alt_bytes;
    if (old)
        *old = (stack_t){.ss_sp = (void *)state->alt_base,
                         .ss_flags = !state->alt_bytes ? SS_DISABLE : on_it ? SS_ONSTACK : 0,
                         .ss_size = state->alt_bytes};
    if (!stack)
        return 0;
    if (on_it)
        return result_of(-EPERM);
    if (stack->ss_flags & ~SS_DISABLE)
        return result_of(-EINVAL);
    if (!(stack->ss_flags & SS_DISABLE) && stack->ss_size < MINSIGSTKSZ)
        return result_of(-ENOMEM);
    state->alt_base = (uintptr_t)stack->ss_sp;
    state->alt_bytes = stack->ss_flags & SS_DISABLE ? 0 : stack->ss_size;
    return 0;
}

/* ---- Masks ---- */

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    uint64_t wanted = set ? *set : 0, before;
    int result = signal_mask(how, set ? &wanted : NULL, &before);
    if (result == 0 && old)
        *old = before;
    return -result;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    return result_of(-pthread_sigmask(how, set, old));
}

int sigpending(sigset_t *set)
{
    *set = signal_pending_set();
    return 0;
}

int sigsuspend(const sigset_t *mask)
{
    signal_suspend(*mask);
    return result_of(-EINTR);
}

int pause(void)
{
    signal_suspend(thread_self()->signal.mask);
    return result_of(-EINTR);
}

/* ---- Waiting ---- */

static uint64_t deadline_of(const struct timespec *timeout)
{
    if (!timeout)
        return EXO_FOREVER;
    uint64_t second = 1000000000u, now = exo_clock_ns(), seconds = (uint64_t)timeout->tv_sec;
    return seconds > (EXO_FOREVER - now) / second - 1 ? EXO_FOREVER : now + seconds * second + (uint64_t)timeout->tv_nsec;
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict timeout)
{
    if (timeout && (timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000 || timeout->tv_sec < 0))
        return result_of(-EINVAL);
    int signal = signal_wait_for(*set, deadline_of(timeout));
    if (signal > 0 && info) {
        memset(info, 0, sizeof *info);
        info->si_signo = signal;
        info->si_code = SI_USER;
    }
    return result_of(signal);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info) { return sigtimedwait(set, info, NULL); }

int sigwait(const sigset_t *restrict set, int *restrict signal)
{
    int result;
    do
        result = signal_wait_for(*set, EXO_FOREVER);
    while (result == -EINTR);
    if (result < 0)
        return -result;
    *signal = result;
    return 0;
}

/* ---- Sending ---- */

int raise(int signal)
{
    if (signal == 0)
        return 0;
    struct thread *self = thread_self();
    int result = signal_post_thread(self, signal);
    if (result == 0)
        signal_deliver_self();
    return result_of(result);
}

int _raise_r(struct _reent *reent, int signal)
{
    (void)reent;
    return raise(signal);
}
