/* SPDX-License-Identifier: MIT
 *
 * sched.c: the thread core: who holds each virtual CPU, preemption by run upcalls, blocking, events, timers, idling.
 * Layer: libos/sched. Which ready thread is next is the policy's decision (policy.h).
 *
 * Lock: sched_lock (thread.h). A switch goes from thread to thread directly when the next one left voluntarily; else over
 * the virtual CPU's own upcall stack, where idling happens too, so that no one stands on a stack that another CPU takes.
 *
 * An event that comes in the few instructions between the last look at `pending` and the return to enabled code waits for
 * the next slice boundary (a millisecond): the price of resuming without a system call.
 */
#include <errno.h>

#include "sched/policy.h"
#include "sched/thread.h"
#include "sync/sync.h"

static const struct sched_policy *policy; /* what is asked, */
static const struct sched_policy *chosen; /* and what that is without check.c */
static struct sched_spin spin;
static struct sched_timer *timer_first;

/* Virtual CPUs that sleep for want of a ready thread, and the words that wake them. Lock held. */
static uint32_t idle_set;
static uint32_t wake_word[EXO_ACTS_MAX];

void proc_doorbell_event(void) __attribute__((weak));
void proc_child_event(void) __attribute__((weak));
void tty_doorbell_event(void) __attribute__((weak));
void async_doorbell_event(void) __attribute__((weak));

__attribute__((weak)) void exo_irq_event(struct exo_activation *act) { (void)act; }

/* ---- The lock ---- */

static void lock_raw(void) { sched_spin_lock(&spin); }

static void unlock_raw(void) { sched_spin_unlock(&spin); }

uint32_t sched_lock(void)
{
    uint32_t was = sched_disable();
    lock_raw();
    return was;
}

void sched_unlock(uint32_t was)
{
    unlock_raw();
    sched_enable(was);
}

void sched_lock_break(void) { sched_spin_break(&spin); }

/* ---- Timers ---- */

void sched_timer_start(struct sched_timer *timer, uint64_t deadline_ns)
{
    sched_timer_stop(timer);
    struct sched_timer *before = NULL, *after = timer_first;
    while (after && after->deadline_ns <= deadline_ns) {
        before = after;
        after = after->next;
    }
    timer->deadline_ns = deadline_ns;
    timer->armed = true;
    timer->prev = before;
    timer->next = after;
    if (after)
        after->prev = timer;
    if (before)
        before->next = timer;
    else
        timer_first = timer;
}

void sched_timer_stop(struct sched_timer *timer)
{
    if (!timer->armed)
        return;
    timer->armed = false;
    if (timer->next)
        timer->next->prev = timer->prev;
    if (timer->prev)
        timer->prev->next = timer->next;
    else
        timer_first = timer->next;
}

static void timers_run(void)
{
    if (!timer_first)
        return;
    uint64_t now = exo_clock_ns();
    while (timer_first && timer_first->deadline_ns <= now) {
        struct sched_timer *timer = timer_first;
        sched_timer_stop(timer);
        timer->expired(timer);
    }
}

/* Sees to it that the kernel wakes a busy virtual CPU for the earliest timer. */
static void timer_arm(struct exo_local *local)
{
    if (!timer_first || timer_first->deadline_ns >= local->timer_ns)
        return;
    local->timer_ns = timer_first->deadline_ns;
    exo_timer_set(local->timer_ns);
}

void sched_timers_changed_locked(void) { timer_arm(exo_local(exo_act())); }

/* ---- Events ---- */

/* Takes pending events and returns them. Disabled, lock not held. */
static uint32_t events_take(struct exo_activation *act)
{
    uint32_t events = __atomic_exchange_n(&act->pending, 0, __ATOMIC_ACQ_REL);
    if (events & EXO_EVENT_DOORBELL) {
        if (proc_doorbell_event)
            proc_doorbell_event();
        if (tty_doorbell_event)
            tty_doorbell_event();
        if (async_doorbell_event)
            async_doorbell_event();
    }
    if ((events & EXO_EVENT_CHILD) && proc_child_event)
        proc_child_event();
    if (events & EXO_EVENT_IRQ)
        exo_irq_event(act);
    if ((events & EXO_EVENT_REVOKE) && exo_revoke_event)
        exo_revoke_event(act);
    lock_raw();
    if (events & EXO_EVENT_TIMER)
        exo_local(act)->timer_ns = EXO_FOREVER;
    timers_run();
    sync_scan_locked();
    unlock_raw();
    return events;
}

static void step_edit(struct exo_context *context, void *argument)
{
    (void)argument;
    context->rflags |= SCHED_TRAP_FLAG;
}

void sched_enable(uint32_t was)
{
    if (was)
        return;
    for (;;) {
        __asm__ volatile("movl $0, %%gs:%c0" : : "i"(offsetof(struct exo_activation, disabled)) : "memory");
        uint32_t pending;
        __asm__ volatile("movl %%gs:%c1, %0" : "=r"(pending) : "i"(offsetof(struct exo_activation, pending)));
        if (!pending)
            return;
        sched_disable();
        uint32_t events = events_take(exo_act());
        struct thread *self = thread_self();
        if (self && (events & SCHED_EVENT_RESCHED))
            thread_yield_why(SCHED_PREEMPTED);
        if (self && !self->critical && signal_deliverable(self))
            signal_deliver_self();
        else if (self && self->stepping) {
            self->stepping = false;
            context_interrupt(step_edit, NULL);
        }
    }
}

/* ---- Context slots ---- */

static uint64_t slots_valid(const struct exo_activation *act)
{
    uint64_t but_last = (1ull << (act->slots - 1)) - 1; /* the last one is upcall.asm's, for resume */
    return but_last & ~(1ull << EXO_SLOT_DISABLED);
}

static void context_copy(struct exo_context *to, const struct exo_context *from)
{
    uint64_t *target = (uint64_t *)to;
    const uint64_t *source = (const uint64_t *)from;
    for (size_t i = 0; i < sizeof *to / 8; i++)
        target[i] = source[i];
}

/* A preempted thread is put aside: its slot stays with it while there is another to save into, else it is copied out. */
static void context_keep(struct exo_activation *act, struct thread *thread, uint32_t slot)
{
    struct exo_local *local = exo_local(act);
    uint64_t free = slots_valid(act) & ~(local->slots_busy | 1ull << slot);
    if (free) {
        local->slots_busy |= 1ull << slot;
        act->save_slot = (uint32_t)__builtin_ctzll(free);
        return;
    }
    context_copy(thread->spill, thread->ctx);
    thread->ctx = thread->spill;
}

/* Takes a thread's context for being resumed here. A slot of this virtual CPU becomes the save slot again; one of another
 * is copied first, as its owner may save into it once it counts as free. */
static struct exo_context *context_take(struct exo_activation *act, struct thread *thread)
{
    struct exo_context *ctx = thread->ctx;
    thread->ctx = NULL;
    if (ctx == thread->spill)
        return ctx;
    struct exo_activation *owner = (struct exo_activation *)((uintptr_t)ctx & ~(uintptr_t)(EXO_ACT_STRIDE - 1));
    uint32_t slot = (uint32_t)(((uintptr_t)ctx - (uintptr_t)owner) / EXO_PAGE_BYTES) - 1;
    if (owner != act) {
        context_copy(thread->spill, ctx);
        ctx = thread->spill;
    } else {
        act->save_slot = slot;
    }
    exo_local(owner)->slots_busy &= ~(1ull << slot);
    return ctx;
}

/* ---- Ready threads ---- */

static struct exo_activation *act_of(uint32_t index)
{
    return (struct exo_activation *)(EXO_ACT_BASE + (uintptr_t)index * EXO_ACT_STRIDE);
}

uint64_t sched_here(void) { return 1ull << exo_local(exo_act())->home; }

uint32_t sched_act_index(void) { return exo_act()->index; }

static bool may_run_on(const struct thread *thread, struct exo_activation *act)
{
    return !thread->affinity || (thread->affinity >> exo_local(act)->home & 1);
}

/* Wakes a virtual CPU that sleeps and may run the thread. Returns false if there is none. */
static bool wake_idle(const struct thread *thread)
{
    for (uint32_t set = idle_set; set; set &= set - 1) {
        unsigned index = (unsigned)__builtin_ctz(set);
        if (!may_run_on(thread, act_of(index)))
            continue;
        idle_set &= ~(1u << index);
        wake_word[index]++;
        exo_doorbell(&wake_word[index]);
        return true;
    }
    return false;
}

void sched_kick_locked(uint32_t index)
{
    wake_word[index]++;
    exo_doorbell(&wake_word[index]);
}

/* Shall thread run instead of what this virtual CPU runs? */
static __attribute__((cold)) bool ousts(const struct thread *thread, struct exo_activation *act)
{
    struct thread *running = exo_local(act)->current;
    return running && running->state == THREAD_RUNNING && may_run_on(thread, act) && policy->preempts(thread, running);
}

/* A thread that shall run before one that runs: this virtual CPU first, then the others, which watch their wake word. */
static __attribute__((cold)) void oust(const struct thread *thread)
{
    struct exo_activation *here = exo_act();
    if (ousts(thread, here)) {
        __atomic_fetch_or(&here->pending, SCHED_EVENT_RESCHED, __ATOMIC_RELAXED);
        return;
    }
    for (uint32_t i = 0, count = sched_cpus(); i < count; i++) {
        struct exo_activation *act = act_of(i);
        if (act == here || (act->pending & SCHED_EVENT_RESCHED) || !ousts(thread, act))
            continue;
        __atomic_fetch_or(&act->pending, SCHED_EVENT_RESCHED, __ATOMIC_RELAXED);
        exo_doorbell(&wake_word[i]);
        return;
    }
}

/* A thread becomes ready: a virtual CPU that sleeps takes it, or one that runs something less urgent. */
static void ready_add(struct thread *thread, enum sched_why why)
{
    thread->state = THREAD_READY;
    policy->enqueue(thread, why);
    if (!(idle_set && wake_idle(thread)) && policy->preempts)
        oust(thread);
}

void sched_priority_locked(struct thread *thread, int priority)
{
    if (thread->priority == priority)
        return;
    bool lowered = priority < thread->priority, ready = thread->state == THREAD_READY;
    if (ready)
        policy->dequeue(thread);
    thread->priority = priority;
    sync_reorder_locked(thread);
    if (ready)
        ready_add(thread, SCHED_MOVED);
    else if (lowered && thread == thread_self() && policy->preempts)
        __atomic_fetch_or(&exo_act()->pending, SCHED_EVENT_RESCHED, __ATOMIC_RELAXED);
}

int thread_affinity_set(struct thread *thread, uint64_t cpus)
{
    if (cpus && !(cpus & sched_cpu_set()))
        return -EINVAL;
    uint32_t was = sched_lock();
    bool ready = thread->state == THREAD_READY;
    if (ready)
        policy->dequeue(thread);
    thread->affinity = cpus;
    if (ready)
        ready_add(thread, SCHED_MOVED);
    sched_unlock(was);
    if (thread == thread_self())
        thread_yield();
    return 0;
}

/* ---- The policy ---- */

const struct sched_policy *sched_policy_now(void) { return chosen; }

extern __typeof__(sched_policy_wrap) sched_policy_wrap __attribute__((weak)); /* if choose.c is linked */
extern __typeof__(sched_serving_wrap) sched_serving_wrap __attribute__((weak)); /* if exo/pct_serve.c is */

/* Tells tools which policy it is. */
static void policy_publish(void)
{
    for (unsigned i = 0; i < sizeof thread_list.policy - 1 && (thread_list.policy[i] = chosen->name[i]); i++)
        ;
}

void sched_policy_set(const struct sched_policy *wanted)
{
    uint32_t was = sched_lock();
    for (struct thread *thread = thread_first(); thread; thread = thread->created_next)
        if (thread->state == THREAD_READY)
            policy->dequeue(thread);
    chosen = wanted;
    policy = sched_policy_wrap ? sched_policy_wrap(wanted) : wanted;
    policy_publish();
    if (sched_serving_wrap)
        policy = sched_serving_wrap(policy);
    if (policy->start)
        policy->start();
    for (struct thread *thread = thread_first(); thread; thread = thread->created_next) {
        for (unsigned i = 0; i < sizeof thread->policy / sizeof thread->policy[0]; i++)
            thread->policy[i] = 0;
        if (thread->state == THREAD_READY)
            policy->enqueue(thread, SCHED_NEW);
    }
    sched_unlock(was);
}

/* ---- Switching ---- */

static void fs_base_set(struct thread *thread)
{
    if (exo_info()->cpu_features & EXO_CPU_FSGSBASE)
        __asm__ volatile("wrfsbase %0" : : "r"((uint64_t)thread));
    else
        exo_fs_base_set((uint64_t)thread);
}

/* Brings the time that the running thread has had up to date. now: the clock. */
static inline __attribute__((always_inline)) void charge_at(struct thread *thread, uint64_t now)
{
    thread->run_ns += now - thread->started_ns;
    thread->started_ns = now;
}

/* The same. Returns the clock. */
static inline __attribute__((always_inline)) uint64_t charge(struct thread *thread)
{
    uint64_t now = exo_clock_ns();
    charge_at(thread, now);
    return now;
}

/* The thread was interrupted, and others had the CPU before it came back here: that time is not its own. */
static void charge_interrupted(struct exo_local *local, struct thread *thread, uint64_t now)
{
    uint64_t before = local->away_ns;
    sched_came_back(local, now);
    int64_t away = (int64_t)(local->away_ns - before), most = (int64_t)(now - thread->started_ns);
    if (away > 0)
        thread->started_ns += (uint64_t)(away < most ? away : most);
    charge_at(thread, now);
}

static inline __attribute__((always_inline)) void enter(struct exo_local *local, struct thread *thread, uint64_t now)
{
    local->current = thread;
    local->switches++;
    thread->runs++;
    thread->started_ns = now;
    thread->state = THREAD_RUNNING;
    if (thread->stepping || (!thread->ctx && !thread->critical && signal_deliverable(thread)))
        __atomic_fetch_or(&exo_act()->pending, SCHED_EVENT_THREAD, __ATOMIC_RELAXED);
    timer_arm(local);
}

/* Goes on with a thread, from the upcall stack; lock held. */
static _Noreturn void thread_resume(struct exo_activation *act, struct thread *thread, uint64_t now)
{
    struct exo_local *local = exo_local(act);
    local->switches -= local->current == thread; /* the same one goes on: that is none */
    enter(local, thread, now);
    if (!thread->ctx) {
        fs_base_set(thread);
        context_load(thread->rsp);
    }
    struct exo_context *ctx = context_take(act, thread);
    bool signals = !thread->critical && signal_deliverable(thread);
    if (thread->stepping)
        ctx->rflags |= SCHED_TRAP_FLAG;
    thread->stepping = false;
    unlock_raw();
    if (signals)
        signal_interpose(thread, ctx);
    upcall_resume(ctx);
}

/* Nothing is ready: sleeps in the kernel until a word that a thread waits on changes, a timer expires, or an event comes.
 * Lock held, on entry and return. */
static void idle(struct exo_activation *act)
{
    struct exo_term terms[EXO_TERMS_MAX];
    struct exo_local *local = exo_local(act);
    uint64_t deadline = timer_first ? timer_first->deadline_ns : EXO_FOREVER;
    uint64_t limit = EXO_FOREVER;
    local->current = NULL;
    terms[0] = (struct exo_term){
        .word = (uintptr_t)&wake_word[act->index], .value = wake_word[act->index], .op = EXO_TERM_NE, .width = 4};
    uint32_t count = 1 + sync_idle_terms_locked(local, terms + 1, EXO_TERMS_MAX - 1, &limit);
    if (count == 1 && deadline == EXO_FOREVER && limit == EXO_FOREVER && thread_deadlock_look_locked &&
        thread_deadlock_look_locked())
        return;
    local->idle = 1;
    idle_set |= (uint32_t)!local->apart << act->index;
    unlock_raw();
    if (limit < deadline)
        deadline = limit;
    int64_t result = exo_wait(terms, count, deadline);
    if (result < 0 && result != -EXO_E_TIMEOUT)
        exo_wait(terms, 0, exo_clock_ns() + 1000000); /* a word is not mapped any more: look again soon */
    lock_raw();
    idle_set &= ~(1u << act->index); /* before what follows makes threads ready */
    local->idle = 0;
    unlock_raw();
    sched_came_back(local, exo_clock_ns());
    events_take(act);
    lock_raw();
}

/* Others tell a virtual CPU that is not asleep by its wake word too. */
static void kicks_watch(struct exo_activation *act, struct exo_local *local)
{
    if (local->watches_kicks || !policy->preempts || sched_cpus() == 1)
        return;
    local->watches_kicks = 1;
    exo_watch(SCHED_WATCH_KICK, &wake_word[act->index]);
}

/* Runs whatever is ready. On the upcall stack, lock held. now: the clock, 0: not known. */
static _Noreturn void run_at(struct exo_activation *act, uint64_t now)
{
    struct exo_local *local = exo_local(act);
    kicks_watch(act, local);
    for (;;) {
        struct thread *next = local->next;
        local->next = NULL;
        if (!next)
            next = policy->pick();
        if (next)
            thread_resume(act, next, now ? now : exo_clock_ns());
        idle(act);
        now = 0;
    }
}

static _Noreturn void sched_run(void) { run_at(exo_act(), 0); }

/* Leaves the calling thread, whose state says why. Lock held, before and after. */
static inline __attribute__((always_inline)) void switch_away(struct thread *self, uint64_t now)
{
    struct exo_activation *act = exo_act();
    struct exo_local *local = exo_local(act);
    struct thread *next = policy->pick();
    if (next == self) {
        self->state = THREAD_RUNNING;
        return;
    }
    if (next && !next->ctx) {
        enter(local, next, now);
        fs_base_set(next);
        context_switch(&self->rsp, next->rsp);
        return;
    }
    local->next = next;
    context_leave(&self->rsp, act->stack, sched_run);
}

/* The calling thread stops running and is not ready. */
static void leave(struct thread *self, enum thread_state state)
{
    uint64_t now = charge(self);
    self->state = state;
    if (policy->leave)
        policy->leave(self);
    switch_away(self, now);
}

int sched_block_locked(void)
{
    struct thread *self = thread_self();
    leave(self, THREAD_BLOCKED);
    return self->wait_result;
}

void sched_wake_locked(struct thread *thread, int result)
{
    if (thread->state != THREAD_BLOCKED)
        return;
    thread->wait_result = result;
    ready_add(thread, SCHED_WOKEN);
}

/* A thread that is new: the scheduler takes it over. Lock held. */
void sched_add_locked(struct thread *thread) { ready_add(thread, SCHED_NEW); }

/* The calling thread is dead; lock held. */
_Noreturn void sched_leave_locked(void)
{
    leave(thread_self(), THREAD_DEAD);
    __builtin_trap();
}

_Static_assert(SCHED_YIELDED == 2, "thread_yield (thread.h)");

void thread_yield_why(unsigned why)
{
    uint32_t was = sched_lock();
    struct thread *self = thread_self();
    uint64_t now = charge(self);
    self->state = THREAD_READY;
    policy->enqueue(self, (enum sched_why)why);
    if (self->affinity && idle_set)
        wake_idle(self);
    switch_away(self, now);
    sched_unlock(was);
}

/* The policy may have summed up the weights of its threads: it is given up and taken in again. One that runs on another CPU is
 * waited for. */
int thread_weight_set(struct thread *thread, uint32_t weight)
{
    if (weight > SCHED_WEIGHT_MAX)
        return -EINVAL;
    uint32_t was = sched_lock();
    while (thread->state == THREAD_RUNNING && thread != thread_self()) {
        sched_unlock(was);
        thread_yield();
        was = sched_lock();
    }
    bool ready = thread->state == THREAD_READY, self = thread->state == THREAD_RUNNING;
    if (self) {
        charge(thread);
        thread->state = THREAD_READY;
        policy->enqueue(thread, SCHED_PREEMPTED);
    }
    if (ready || self)
        policy->dequeue(thread);
    thread->weight = weight;
    if (ready || self)
        policy->enqueue(thread, SCHED_MOVED);
    if (self)
        switch_away(thread, thread->started_ns);
    sched_unlock(was);
    return 0;
}

/* First C code of a new thread: the lock was handed over by who switched here. */
_Noreturn void thread_begin(struct thread *self)
{
    sched_unlock(0);
    thread_exit(self->function(self->argument));
}

/* ---- Upcalls ---- */

/* The thread that was interrupted: shall another one run? Lock held. */
static bool preempted(struct exo_activation *act, struct thread *thread)
{
    uint32_t pending = __atomic_fetch_and(&act->pending, ~SCHED_EVENT_RESCHED, __ATOMIC_RELAXED);
    return policy->tick(thread) || (pending & SCHED_EVENT_RESCHED) || !may_run_on(thread, act);
}

_Noreturn void sched_upcall(struct exo_activation *act, uint32_t slot, uint32_t pending)
{
    struct exo_local *local = exo_local(act);
    struct thread *thread = local->current;
    if (slot && thread)
        thread->ctx = exo_slot(act, slot);
    if (pending && (events_take(act) & SCHED_EVENT_RESCHED))
        __atomic_fetch_or(&act->pending, SCHED_EVENT_RESCHED, __ATOMIC_RELAXED);
    lock_raw();
    timers_run();
    sync_scan_locked();
    uint64_t now = exo_clock_ns();
    if (slot && thread) {
        charge_interrupted(local, thread, now);
        if (!preempted(act, thread)) {
            act->save_slot = slot;
            thread_resume(act, thread, now);
        }
        context_keep(act, thread, slot);
        thread->state = THREAD_READY;
        policy->enqueue(thread, SCHED_PREEMPTED);
        if (thread->affinity && idle_set)
            wake_idle(thread);
    } else {
        sched_came_back(local, now);
    }
    run_at(act, now);
}

_Noreturn void sched_abandon(struct thread *victim, uint64_t rip, uint64_t rsp)
{
    struct exo_context *ctx = victim->spill;
    *ctx = (struct exo_context){
        .rip = rip, .cs = EXO_USER_CS, .rflags = 0x202, .rsp = rsp - 8, .ss = EXO_USER_SS, .fs_base = (uintptr_t)victim};
    *(uint16_t *)ctx->xsave = 0x37f;          /* FCW and MXCSR as a function may expect them; XSTATE_BV is 0 */
    *(uint32_t *)(ctx->xsave + 24) = 0x1f80; /* (Intel SDM vol 1 §10.5.1) */
    policy = &sched_round_robin;
    exo_local(exo_act())->current = victim;
    victim->state = THREAD_RUNNING;
    unlock_raw();
    upcall_resume(ctx);
}

void sched_act_init(struct exo_activation *act)
{
    const struct exo_env_info *env = (const struct exo_env_info *)EXO_PUB_ENVS + (act->env & (EXO_ENVS_MAX - 1));
    exo_local(act)->timer_ns = EXO_FOREVER;
    exo_local(act)->ran_ns = &env->act[act->index].run_ns;
    sched_came_back(exo_local(act), exo_clock_ns());
    act->save_slot = 1;
}

_Noreturn void sched_start(struct thread *main_thread)
{
    struct exo_activation *act = exo_act();
    policy = chosen = sched_policy;
    policy_publish();
    if (policy->start)
        policy->start();
    sched_act_init(act);
    exo_local(act)->home = act->cpu;
    lock_raw();
    exo_local(act)->next = main_thread;
    sched_run();
}
