/* SPDX-License-Identifier: MIT
 *
 * signal_core.c: pending signals, and how a handler is entered and left. Layer: libos/posix.
 *
 * Delivery never enters the kernel. The context of a thread that is about to be resumed (preempted, faulted, or made on the
 * spot for the caller itself) is copied into a frame on its stack and changed to begin at signal_trampoline; when the
 * handler returns, the frame's context, with the handler's changes, is resumed.
 *
 *   thread's stack:  ... red zone | struct signal_frame | signal_run, handler ...
 *
 * Lock: sched_lock for actions, pending sets and masks of others; a thread changes its own mask under it too. Frames are
 * written disabled without the lock: writing a stack may page-fault.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ucontext.h>

#include "exo/start.h"
#include "fs/file.h"
#include "mem/vm.h"
#include "posix/fatal.h"
#include "posix/signal_core.h"
#include "posix/signal_set.h"
#include "sched/thread.h"
#include "sync/sync.h"

#define OWN_FRAMES 4096 /* what the C code that delivers a signal to itself may need below its frame address */

struct signal_frame {
    struct exo_context context;
    struct sigaction action;
    siginfo_t info;
    ucontext_t user;
    uint64_t rsp; /* interrupted stack pointer as it was */
};

static struct sigaction actions[SIGNALS];
uint64_t signal_process_pending;

/* ---- Actions ---- */

static bool ignored_locked(int signal)
{
    _sig_func_ptr handler = actions[signal].sa_handler;
    return handler == SIG_IGN || (handler == SIG_DFL && signal_default_ignores(signal));
}

int signal_action(int signal, const struct sigaction *action, struct sigaction *old)
{
    if (!signal_valid(signal) || (action && (signal == SIGKILL || signal == SIGSTOP)))
        return -EINVAL;
    struct sigaction before;
    uint32_t was = sched_lock();
    before = actions[signal];
    if (action) {
        actions[signal] = *action;
        actions[signal].sa_mask = signal_blockable(action->sa_mask);
        if (ignored_locked(signal))
            signal_process_pending &= ~SIGNAL_BIT(signal);
    }
    sched_unlock(was);
    if (old)
        *old = before;
    return 0;
}

uint32_t signal_ignored_set(void)
{
    uint32_t set = 0;
    for (int signal = 1; signal < SIGNALS; signal++)
        if (actions[signal].sa_handler == SIG_IGN)
            set |= 1u << (signal - 1);
    return set;
}

void signal_start(const struct start_block *start)
{
    for (int signal = 1; signal < SIGNALS; signal++)
        if (start->signal_ignored & 1u << (signal - 1))
            actions[signal].sa_handler = SIG_IGN;
    thread_self()->signal.mask = signal_blockable((uint64_t)start->signal_mask << 1);
}

/* ---- Sending ---- */

bool signal_waited_for(const struct thread *thread)
{
    return ((signal_process_pending | thread->signal.pending) & thread->signal.wait) != 0;
}

/* Has thread something to do with a new signal right now? Ends its wait if so. */
static bool notify_locked(struct thread *thread, uint64_t bit)
{
    if (thread->state == THREAD_DEAD)
        return false;
    if (thread->signal.wait & bit)
        return sync_interrupt_locked(thread);
    if (thread->signal.mask & bit)
        return false;
    return thread->state != THREAD_BLOCKED || sync_interrupt_locked(thread);
}

void signal_post_locked(int signal)
{
    uint64_t bit = SIGNAL_BIT(signal);
    bool wanted = !ignored_locked(signal);
    for (struct thread *thread = thread_first(); thread && !wanted; thread = thread->created_next)
        wanted = (thread->signal.wait & bit) != 0;
    if (!wanted)
        return;
    signal_process_pending |= bit;
    struct thread *self = thread_self();
    bool told = self && notify_locked(self, bit);
    for (struct thread *thread = thread_first(); thread && !told; thread = thread->created_next)
        told = notify_locked(thread, bit);
}

int signal_post(int signal)
{
    if (!signal_valid(signal))
        return -EINVAL;
    uint32_t was = sched_lock();
    signal_post_locked(signal);
    sched_unlock(was);
    return 0;
}

int signal_post_thread(struct thread *thread, int signal)
{
    if (!signal_valid(signal))
        return -EINVAL;
    uint32_t was = sched_lock();
    if (!ignored_locked(signal) || thread->signal.wait & SIGNAL_BIT(signal)) {
        thread->signal.pending |= SIGNAL_BIT(signal);
        notify_locked(thread, SIGNAL_BIT(signal));
    }
    sched_unlock(was);
    return 0;
}

void signal_post_cancel_locked(struct thread *thread)
{
    thread->signal.pending |= SIGNAL_BIT(SIGNAL_CANCEL);
    notify_locked(thread, SIGNAL_BIT(SIGNAL_CANCEL));
}

/* ---- Entering a handler ---- */

/* The order of gregs and of struct exo_context. */
#define FOR_EACH_REGISTER(X)                                                                                              \
    X(REG_R8, r8) X(REG_R9, r9) X(REG_R10, r10) X(REG_R11, r11) X(REG_R12, r12) X(REG_R13, r13) X(REG_R14, r14)           \
    X(REG_R15, r15) X(REG_RDI, rdi) X(REG_RSI, rsi) X(REG_RBP, rbp) X(REG_RBX, rbx) X(REG_RDX, rdx) X(REG_RAX, rax)       \
    X(REG_RCX, rcx) X(REG_RSP, rsp) X(REG_RIP, rip) X(REG_EFL, rflags)

static void user_fill(struct signal_frame *frame, const struct thread *thread, uint64_t mask, const struct signal_fault *fault)
{
    greg_t *gregs = frame->user.uc_mcontext.gregs;
    memset(&frame->user, 0, sizeof frame->user);
#define FILL(index, field) gregs[index] = (greg_t)frame->context.field;
    FOR_EACH_REGISTER(FILL)
#undef FILL
    if (fault) {
        gregs[REG_ERR] = (greg_t)fault->error;
        gregs[REG_TRAPNO] = (greg_t)fault->vector;
        gregs[REG_CR2] = (greg_t)fault->address;
    }
    gregs[REG_OLDMASK] = (greg_t)mask;
    frame->user.uc_mcontext.fpregs = frame->context.xsave;
    frame->user.uc_sigmask = mask;
    frame->user.uc_stack = (stack_t){.ss_sp = (void *)thread->signal.alt_base,
                                     .ss_flags = thread->signal.alt_bytes ? 0 : SS_DISABLE,
                                     .ss_size = thread->signal.alt_bytes};
}

static void info_fill(siginfo_t *info, int signal, const struct signal_fault *fault)
{
    memset(info, 0, sizeof *info);
    info->si_signo = signal;
    info->si_code = fault ? fault->code : SI_USER;
    info->si_addr = fault ? (void *)fault->address : NULL;
}

/* Puts a frame for a handler on the thread's stack and points context at it. mask is the one to restore afterwards. Returns
 * false if the stack cannot take it. Disabled, lock not held. */
static bool frame_push(struct thread *thread, struct exo_context *context, uint64_t below, const struct sigaction *action,
                       uint64_t mask, int signal, const struct signal_fault *fault)
{
    uint64_t at = signal_frame_place(action->sa_flags & SA_ONSTACK, thread->signal.alt_base, thread->signal.alt_bytes,
                                     context->rsp, below, sizeof(struct signal_frame));
    if (!vm_accessible(at, sizeof(struct signal_frame), true))
        return false;
    struct signal_frame *frame = (struct signal_frame *)at;
    memcpy(&frame->context, context, sizeof *context);
    if (thread->stepping)
        frame->context.rflags |= SCHED_TRAP_FLAG;
    thread->stepping = false;
    frame->action = *action;
    frame->rsp = context->rsp;
    info_fill(&frame->info, signal, fault);
    user_fill(frame, thread, mask, fault);
    context->rip = (uintptr_t)signal_trampoline;
    context->rsp = at;
    context->rflags = 0x202;
    return true;
}

/* Takes the next signal for the thread and its action, and sets the mask for the handler. Returns 0 if there is none.
 * *mask is the mask to restore. */
static int take(struct thread *thread, struct sigaction *action, uint64_t *mask)
{
    struct signal_state *state = &thread->signal;
    uint32_t was = sched_lock();
    int signal;
    for (;;) {
        signal = signal_first((signal_process_pending | state->pending) & ~state->mask);
        if (!signal)
            break;
        if (state->pending & SIGNAL_BIT(signal))
            state->pending &= ~SIGNAL_BIT(signal);
        else
            signal_process_pending &= ~SIGNAL_BIT(signal);
        if (signal == SIGNAL_CANCEL ? thread->cancel_due && thread->cancel_async : !ignored_locked(signal))
            break;
    }
    if (signal && signal != SIGNAL_CANCEL) {
        *action = actions[signal];
        *mask = state->restore_set ? state->restore : state->mask;
        state->restore_set = 0;
        state->restart = state->restart && (action->sa_flags & SA_RESTART);
        if (action->sa_handler != SIG_DFL) {
            state->mask = signal_handler_mask(state->mask, action->sa_mask, signal, !(action->sa_flags & SA_NODEFER));
            if (action->sa_flags & SA_RESETHAND)
                actions[signal].sa_handler = SIG_DFL;
        }
    }
    sched_unlock(was);
    return signal;
}

/* Points context at thread_cancelled, as if it had been called there. */
static void cancel_interpose(struct exo_context *context, uint64_t below)
{
    if (!thread_cancelled)
        return;
    context->rsp = ((below - 128) & ~15ull) - 8;
    context->rip = (uintptr_t)thread_cancelled;
    context->rflags = 0x202;
}

/* Changes context for the first pending signal; further ones are found when its handler returns. Disabled. */
static void interpose(struct thread *thread, struct exo_context *context, uint64_t below)
{
    struct sigaction action;
    uint64_t mask;
    int signal = take(thread, &action, &mask);
    if (!signal)
        return;
    if (signal == SIGNAL_CANCEL)
        cancel_interpose(context, below);
    else if (action.sa_handler == SIG_DFL)
        fatal_interpose(thread, context, signal, NULL);
    else if (!frame_push(thread, context, below, &action, mask, signal, NULL))
        fatal_interpose(thread, context, SIGSEGV, NULL);
}

void signal_interpose(struct thread *thread, struct exo_context *context) { interpose(thread, context, context->rsp); }

void signal_fault(struct thread *thread, struct exo_context *context, const struct signal_fault *fault)
{
    struct signal_state *state = &thread->signal;
    uint64_t bit = SIGNAL_BIT(fault->signal);
    uint32_t was = sched_lock();
    struct sigaction action = actions[fault->signal];
    bool caught = !(state->mask & bit) && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN && !thread->dying;
    uint64_t mask = state->mask;
    if (caught) {
        state->mask = signal_handler_mask(mask, action.sa_mask, fault->signal, !(action.sa_flags & SA_NODEFER));
        if (action.sa_flags & SA_RESETHAND)
            actions[fault->signal].sa_handler = SIG_DFL;
    }
    sched_unlock(was);
    if (!caught || !frame_push(thread, context, context->rsp, &action, mask, fault->signal, fault))
        fatal_interpose(thread, context, fault->signal, fault);
}

/* ---- Running and leaving it ---- */

/* Resumes what the signal interrupted, with the handler's changes; another pending signal comes first. The context goes
 * through the spill page, as a new frame lies where this one is. */
static _Noreturn void frame_return(struct signal_frame *frame)
{
    sched_disable();
    struct thread *self = thread_self();
    const greg_t *gregs = frame->user.uc_mcontext.gregs;
#define TAKE(index, field) frame->context.field = (uint64_t)gregs[index];
    FOR_EACH_REGISTER(TAKE)
#undef TAKE
    bool same_stack = frame->context.rsp == frame->rsp;
    memcpy(self->spill, &frame->context, sizeof frame->context);
    self->signal.mask = signal_blockable(frame->user.uc_sigmask);
    if (!self->critical && signal_deliverable(self)) {
        uint64_t here = (uintptr_t)__builtin_frame_address(0) - OWN_FRAMES;
        interpose(self, self->spill, same_stack ? self->spill->rsp : here);
    }
    upcall_resume(self->spill);
}

/* Entered from signal_trampoline on the frame, enabled. */
_Noreturn void signal_run(struct signal_frame *frame);
_Noreturn void signal_run(struct signal_frame *frame)
{
    if (frame->action.sa_flags & SA_SIGINFO)
        frame->action.sa_sigaction(frame->info.si_signo, &frame->info, &frame->user);
    else
        frame->action.sa_handler(frame->info.si_signo);
    frame_return(frame);
}

static void deliver_edit(struct exo_context *context, void *argument)
{
    (void)argument;
    sched_disable();
    interpose(thread_self(), context, (uintptr_t)__builtin_frame_address(0) - OWN_FRAMES);
}

void signal_deliver_self(void)
{
    for (;;) {
        struct thread *self = thread_self();
        if (self->critical || !signal_deliverable(self))
            break;
        context_interrupt(deliver_edit, NULL);
    }
    sched_enable(0);
}

void file_broken_pipe(void)
{
    signal_post_thread(thread_self(), SIGPIPE);
    signal_deliver_self();
}

/* ---- Masks and waiting ---- */

int signal_mask(int how, const uint64_t *set, uint64_t *old)
{
    struct thread *self = thread_self();
    uint64_t before = self->signal.mask;
    if (set) {
        uint64_t after;
        if (!signal_mask_change(how, before, *set, &after))
            return -EINVAL;
        self->signal.mask = after;
        if (!self->critical && signal_deliverable(self))
            signal_deliver_self();
    }
    if (old)
        *old = before;
    return 0;
}

uint64_t signal_pending_set(void)
{
    struct thread *self = thread_self();
    return (signal_process_pending | self->signal.pending) & self->signal.mask;
}

/* Takes a pending signal of set. */
static int take_from(struct thread *self, uint64_t set)
{
    uint32_t was = sched_lock();
    int signal = signal_first((signal_process_pending | self->signal.pending) & set);
    if (signal && self->signal.pending & SIGNAL_BIT(signal))
        self->signal.pending &= ~SIGNAL_BIT(signal);
    else if (signal)
        signal_process_pending &= ~SIGNAL_BIT(signal);
    self->signal.wait = signal ? 0 : set;
    sched_unlock(was);
    return signal;
}

int signal_wait_for(uint64_t set, uint64_t deadline_ns)
{
    struct thread *self = thread_self();
    static const uint32_t never;
    int result = 0;
    for (;;) {
        int signal = take_from(self, set);
        if (signal)
            return signal;
        if (result) {
            self->signal.wait = 0;
            thread_cancel_point();
            return result == -ETIMEDOUT ? -EAGAIN : -EINTR;
        }
        thread_cancel_point();
        result = sync_wait_signals(&never, deadline_ns);
    }
}

void signal_suspend(uint64_t mask)
{
    struct thread *self = thread_self();
    uint32_t was = sched_lock();
    self->signal.restore = self->signal.mask;
    self->signal.restore_set = 1;
    self->signal.mask = signal_blockable(mask);
    sched_unlock(was);
    while (self->signal.restore_set) {
        if (self->cancel_due && thread_cancelled)
            self->signal.mask = self->signal.restore;
        thread_cancel_point();
        sync_wait(&self->signal.restore_set, 1, EXO_FOREVER, SYNC_INTERRUPTIBLE | SYNC_WHY(WAIT_SIGNAL));
    }
}
