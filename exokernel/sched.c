/* SPDX-License-Identifier: MIT
 *
 * sched.c: switching activations (sched.h).
 *
 *   trap or call -> act_save_*: state goes to the disabled slot, or to the libOS's save slot
 *                -> sched_leave: next slice, or an heir -> context_enter: run or event upcall, or exact resume
 *
 * The lock is released after everything that other CPUs can see is in order, and before the context is loaded; an
 * activation that is stopped in between meets the IPI at its first instruction in ring 3.
 */
#include "sched.h"

#include "assert.h"
#include "kernel.h"
#include "memory.h"
#include "pct.h"
#include "reap.h"
#include "slice.h"
#include "trace.h"
#include "wait.h"
#include "x86/clock.h"
#include "x86/context.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

#define GRACE_MAX_NS 100000ull
#define TIMER_UNKNOWN (EXO_FOREVER - 1) /* it fired, or counts towards something else */

uint64_t slice_ns = 1000000;

uint64_t sched_grace_ns(void)
{
    return slice_ns / 8 < GRACE_MAX_NS ? slice_ns / 8 : GRACE_MAX_NS;
}

void cpu_kick(uint32_t index)
{
    struct cpu *cpu = cpus[index];
    __atomic_store_n(&cpu->resched, 1, __ATOMIC_RELEASE);
    if (cpu != this_cpu())
        ipi_send(index, VECTOR_RESCHED);
}

void cpu_kick_if_idle(uint32_t index)
{
    if (cpus[index] == this_cpu() || cpus[index]->idle)
        cpu_kick(index);
}

void cpu_recall(uint32_t index)
{
    cpus[index]->recall = true;
    cpu_kick(index);
}

void act_move(struct activation *act, uint8_t cpu)
{
    uint64_t timer = act->timer_ns, wait = act->wait_deadline_ns;
    act->timer_ns = act->wait_deadline_ns = EXO_FOREVER;
    deadline_update(act);
    act->cpu = cpu;
    act->timer_ns = timer;
    act->wait_deadline_ns = wait;
    deadline_update(act);
}

static inline void publish_state(struct activation *act, uint8_t cpu)
{
    *(volatile uint16_t *)act->pub = (uint16_t)(act->state | cpu << 8);
}

/* A RUNNING activation becomes READY (unless it was stopped), where it has its slices. */
static inline void preempt(struct cpu *cpu, struct activation *act)
{
    if (act->state != EXO_ACT_RUNNING)
        return;
    act->state = EXO_ACT_READY;
    publish_state(act, act->cpu);
    if (!act->listed)
        slice_ready(act, true);
    for (struct activation *at = act; at; at = at->caller)
        if (at->cpu != cpu->index && at->slices)
            cpu_kick_if_idle(at->cpu); /* it passed this one over while it ran here */
}

/* Saving */

static inline bool is_disabled(const struct exo_activation *page, uint64_t rip)
{
    uint64_t low = __atomic_load_n(&page->resume_lo, __ATOMIC_RELAXED);
    uint64_t high = __atomic_load_n(&page->resume_hi, __ATOMIC_RELAXED);
    return __atomic_load_n(&page->disabled, __ATOMIC_RELAXED) || (rip >= low && rip < high);
}

/* The slot that the state at rip goes to; also notes how the activation goes on. */
static inline struct exo_context *choose_slot(struct activation *act, uint64_t rip)
{
    if (is_disabled(act->page, rip)) {
        act->resume = RESUME_DISABLED;
        return act->slot;
    }
    uint32_t slot = __atomic_load_n(&act->page->save_slot, __ATOMIC_RELAXED);
    if (slot == EXO_SLOT_DISABLED || slot >= act->slots)
        slot = 1; /* a nonsensical save slot loses the state of its owner, and of nobody else */
    act->resume = RESUME_UPCALL;
    act->saved_slot = slot & (EXO_SLOTS_MAX - 1);
    return frame_address(act->slot_frame[act->saved_slot]);
}

static inline void account(struct activation *act, uint64_t now)
{
    act->pub->run_ns += now - act->started_ns;
    act->started_ns = now;
}

void act_account(struct activation *act)
{
    account(act, clock_now_ns());
}

/* If it was enabled, its own scheduler goes on, with the state where it expects it. */
void act_call_end(struct activation *act, int64_t result, const uint64_t words[4])
{
    struct exo_context *from = act->slot;
    from->rax = (uint64_t)result;
    from->rdx = words[0];
    from->r10 = words[1];
    from->r8 = words[2];
    from->r9 = words[3];
    from->rcx = from->rsi = from->rdi = from->r11 = 0;
    from->cs = EXO_USER_CS;
    from->ss = EXO_USER_SS;
    struct exo_context *to = choose_slot(act, from->rip);
    if (to != from)
        __builtin_memcpy(to, from, sizeof *to);
    act->callee = NULL;
    act->state = EXO_ACT_READY;
    if (!act->listed)
        slice_ready(act, true);
    if (act->wait_deadline_ns != EXO_FOREVER) {
        act->wait_deadline_ns = EXO_FOREVER;
        deadline_update(act);
    }
    act_publish(act);
}

/* Takes the activation off the CPU; its state is that of a trap, or (frame NULL) of the system call under way. */
static void save(struct activation *act, const struct trap_frame *frame, int64_t result, uint64_t now)
{
    const struct call_frame *call = context_call_frame();
    if (frame)
        context_save_trap(choose_slot(act, frame->rip), frame);
    else
        context_save_call(choose_slot(act, call->rip), call, result);
    account(act, now);
}

void act_save_call(struct activation *act, int64_t result)
{
    save(act, NULL, result, clock_now_ns());
}

/* Entering */

static inline void load_env(struct cpu *cpu, struct env *env)
{
    if (cpu->env == env)
        return;
    if (env)
        env->cpu_mask |= cpu->bit;
    write_cr3(env ? env->cr3 : kernel_pml4_paddr());
    if (cpu->env)
        cpu->env->cpu_mask &= (uint8_t)~cpu->bit;
    cpu->env = env;
    if (cpu->ports_env != env && (cpu->ports_env || env->port_ranges))
        ports_load(env);
}

/* Writes the timer if it is to come at another time than it is armed for. */
static inline void arm_timer(struct cpu *cpu, uint64_t limit_ns, uint64_t now)
{
    uint64_t next = limit_ns < cpu->deadline_ns ? limit_ns : cpu->deadline_ns;
    if (next == cpu->timer_ns)
        return;
    cpu->timer_ns = next;
    timer_arm(next, now);
}

/* Runs act for what is left of the slice. */
static inline _Noreturn __attribute__((always_inline)) void run_inline(struct cpu *cpu, struct activation *act, uint64_t now)
{
    act->state = EXO_ACT_RUNNING;
    act->running_on = (uint8_t)cpu->index;
    act->started_ns = now;
    *(volatile uint16_t *)act->pub = cpu->running;
    load_env(cpu, act->env);
    cpu->act = act;
    cpu->page = act->page;
    cpu->page_user = act->page_user;
    act->page->cpu = cpu->index;
    arm_timer(cpu, cpu->limit_ns, now);
    if (trace_mask)
        trace(EXO_TRACE_SWITCH, slice_position(cpu->index), cpu->limit_ns, 0, 0);
    enum act_resume resume = act->resume;
    uint32_t saved = act->saved_slot;
    act->saved_slot = 0;
    act->resume = RESUME_UPCALL;
    spin_unlock(&kernel_lock);
    if (resume == RESUME_DISABLED)
        context_resume(act->slot, act);
    if (resume == RESUME_PCT)
        context_pct(act);
    context_upcall(act, saved, resume == RESUME_SLICE_END);
}

/* Serves deadlines that have passed. True: there are more. */
static inline bool deadlines_due(const struct cpu *cpu, uint64_t now)
{
    return now >= cpu->deadline_ns && deadline_run(cpu->index, now);
}

static _Noreturn __attribute__((noinline)) void run(struct activation *act, uint64_t now)
{
    run_inline(this_cpu(), act, now);
}

/* Waits for an interrupt with no environment loaded. */
static void idle(struct cpu *cpu)
{
    cpu->idle = 1;
    arm_timer(cpu, EXO_FOREVER, clock_now_ns());
    trace(EXO_TRACE_SWITCH, 0, 0, 0, 0);
    spin_unlock(&kernel_lock);
    if (!__atomic_load_n(&cpu->resched, __ATOMIC_ACQUIRE))
        halt_until_interrupt();
    spin_lock(&kernel_lock);
    cpu->idle = 0;
}

/* Between steps of long work on a CPU that has nothing to run: others get the lock, and interrupts come in. */
static void breathe(void)
{
    trace(EXO_TRACE_SWITCH, 0, 0, 0, 0);
    spin_unlock(&kernel_lock);
    interrupts_on();
    cpu_pause(); /* the instruction after STI is still in its shadow */
    interrupts_off();
    spin_lock(&kernel_lock);
}

/* The slice that runs on this CPU is over or given up: it is charged to whom it is bound, and what went beyond its end is
 * owed. Late by more than a slice is the machine's fault, not the activation's. */
static void slice_close(struct cpu *cpu, uint64_t now)
{
    struct activation *payer = cpu->payer;
    if (!cpu->slice_open)
        return;
    cpu->slice_open = false;
    if (payer != slice_holder(cpu->index))
        return;
    payer->pub->charged_ns += now - cpu->slice_start_ns;
    if (now > cpu->slice_end_ns)
        payer->debt_ns += now - cpu->slice_end_ns;
    if (payer->debt_ns > slice_ns)
        payer->debt_ns = slice_ns;
    payer->pub->debt_ns = payer->debt_ns;
}

/* A slice begins, shortened by what its holder owes. */
static void slice_begin(struct cpu *cpu, struct activation *payer, uint64_t now)
{
    cpu->slice_start_ns = now;
    cpu->slice_end_ns = cpu->limit_ns = now + slice_ns - payer->debt_ns;
    cpu->payer = payer;
    cpu->slice_open = true;
    cpu->grace = cpu->recall = false;
    payer->pub->debt_ns = payer->debt_ns = 0;
}

/* Whose is the next slice that can run anybody; a holder that owes a whole slice pays with it. */
static inline struct activation *slice_payable(uint32_t cpu)
{
    struct activation *payer;
    while ((payer = slice_next(cpu)) && payer->debt_ns >= slice_ns)
        payer->pub->debt_ns = payer->debt_ns = 0;
    return payer;
}

/* Whoever ran on the slice had borrowed it, and has no claim on it any more. */
static void slice_give_back(struct cpu *cpu, uint64_t now)
{
    struct activation *holder = slice_holder(cpu->index);
    cpu->recall = false;
    if (!holder || now >= cpu->slice_end_ns)
        return;
    holder = pct_runner(holder);
    if (holder->state == EXO_ACT_READY)
        run(holder, now);
}

static _Noreturn void schedule(struct activation *heir, uint64_t now)
{
    struct cpu *cpu = this_cpu();
    if (heir && now < cpu->slice_end_ns)
        run(heir, now);
    if (heir)
        pct_ready(heir);
    if (cpu->recall)
        slice_give_back(cpu, now);
    slice_close(cpu, now);
    bool moved = reap_steps(REAP_STEPS);
    if (moved)
        now = clock_now_ns();
    for (;; moved = false, now = clock_now_ns()) {
        __atomic_store_n(&cpu->resched, 0, __ATOMIC_RELEASE);
        bool due = deadlines_due(cpu, now);
        struct activation *payer = slice_payable(cpu->index);
        if (payer) {
            slice_begin(cpu, payer, now);
            run(pct_runner(payer), now);
        }
        load_env(cpu, NULL); /* nobody's tear-down waits for an idle CPU */
        if (moved || reap_steps(REAP_STEPS) || due)
            breathe();
        else
            idle(cpu);
    }
}

/* The stack is begun anew: an activation that turns out to be unable to run leaves again from deep inside schedule, and
 * there may be many such in a row. */
static inline _Noreturn void leave(struct activation *heir, uint64_t now)
{
    struct cpu *cpu = this_cpu();
    if (cpu->act && cpu->act->caller)
        pct_left(cpu->act);
    cpu->act = NULL;
    cpu->page = NULL;
    __asm__ volatile("mov %0, %%rsp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call *%1\n\t"
                     "ud2"
                     :
                     : "r"(cpu->kernel_stack), "r"(schedule), "D"(heir), "S"(now)
                     : "memory");
    __builtin_unreachable();
}

_Noreturn void sched_leave(struct activation *heir)
{
    leave(heir, clock_now_ns());
}

_Noreturn void sched_start(void)
{
    struct cpu *cpu = this_cpu();
    cpu->running = (uint16_t)(EXO_ACT_RUNNING | cpu->index << 8);
    cpu->bit = (uint8_t)(1u << cpu->index);
    cpu->fast = cpu->fsgsbase && context_xsave_mask;
    spin_lock(&kernel_lock);
    sched_leave(NULL);
}

/* Preemption and events */

/* The slice is over, and the state of its activation is saved: it is entered at slice_end, once, if it was enabled and has
 * such an entry. */
static void offer_grace(struct cpu *cpu, struct activation *act, uint64_t now)
{
    if (cpu->grace || act->resume != RESUME_UPCALL || !act->page->entry[EXO_UPCALL_SLICE_END])
        return;
    act->resume = RESUME_SLICE_END;
    cpu->grace = true;
    cpu->limit_ns = now + sched_grace_ns();
    run(act, now);
}

_Noreturn void sched_yield_to(struct activation *heir)
{
    struct cpu *cpu = this_cpu();
    struct activation *self = cpu->act;
    const struct call_frame *frame = context_call_frame();
    uint64_t now = clock_now_ns();
    context_save_call(choose_slot(self, frame->rip), frame, 0);
    account(self, now);
    preempt(cpu, self);
    if (self->caller)
        pct_left(self);
    if (heir && now < cpu->slice_end_ns)
        run_inline(cpu, heir, now);
    leave(heir, now);
}

_Noreturn void sched_call(struct activation *callee)
{
    struct cpu *cpu = this_cpu();
    struct activation *self = cpu->act;
    uint64_t now = clock_now_ns();
    context_save_call(self->slot, context_call_frame(), 0);
    account(self, now);
    self->state = EXO_ACT_CALLING;
    act_publish(self);
    if (self->call_deadline_ns < cpu->slice_end_ns || now >= cpu->slice_end_ns)
        pct_left(callee);
    if (now < cpu->slice_end_ns)
        run(callee, now);
    leave(NULL, now);
}

/* On the way back to ring 3 at rip: the activation was stopped, or its slice is over, or there are events for it and it is
 * enabled. Returns if it simply goes on. */
static void look_before_return(uint64_t rip, const struct trap_frame *frame, int64_t result)
{
    struct cpu *cpu = this_cpu();
    struct activation *act = cpu->act;
    if (!cpu->resched && (!act->page->pending || is_disabled(act->page, rip)))
        return;
    spin_lock(&kernel_lock);
    if (!frame)
        trace(EXO_TRACE_INTERRUPT, 0, 0, 0, 0);
    uint64_t now = clock_now_ns();
    if (act->state != EXO_ACT_RUNNING)
        leave(NULL, now); /* it was stopped */
    deadlines_due(cpu, now); /* if not all of them: the timer comes at once, but ring 3 has its turn */
    cpu->resched = 0;
    if (now >= cpu->limit_ns || cpu->recall) {
        save(act, frame, result, now);
        if (!cpu->recall)
            offer_grace(cpu, act, now);
        preempt(cpu, act);
        leave(NULL, now);
    }
    if (act->page->pending && !is_disabled(act->page, rip)) {
        save(act, frame, result, now);
        run(act, now);
    }
    arm_timer(cpu, cpu->limit_ns, now);
    if (!frame)
        trace(EXO_TRACE_INTERRUPT_END, 0, 0, 0, 0);
    spin_unlock(&kernel_lock);
}

void sched_trap_exit(const struct trap_frame *frame)
{
    look_before_return(frame->rip, frame, 0);
}

int64_t sched_call_exit(int64_t result)
{
    look_before_return(context_call_frame()->rip, NULL, result);
    return result;
}

void sched_timer(void)
{
    this_cpu()->timer_ns = TIMER_UNKNOWN;
    sched_ipi();
}

void sched_ipi(void)
{
    __atomic_store_n(&this_cpu()->resched, 1, __ATOMIC_RELEASE);
}
