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
#include "reap.h"
#include "slice.h"
#include "trace.h"
#include "wait.h"
#include "x86/clock.h"
#include "x86/context.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

uint64_t slice_ns = 1000000;

static uint64_t slice_end_ns[EXO_CPUS_MAX];

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

/* Saving */

static bool is_disabled(const struct exo_activation *page, uint64_t rip)
{
    uint64_t low = __atomic_load_n(&page->resume_lo, __ATOMIC_RELAXED);
    uint64_t high = __atomic_load_n(&page->resume_hi, __ATOMIC_RELAXED);
    return __atomic_load_n(&page->disabled, __ATOMIC_RELAXED) || (rip >= low && rip < high);
}

/* The slot that the state at rip goes to; also notes how the activation goes on. */
static struct exo_context *choose_slot(struct activation *act, uint64_t rip)
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

static void account(struct activation *act)
{
    uint64_t now = clock_now_ns();
    act->env->pub->act[act->index].run_ns += now - act->started_ns;
    act->started_ns = now;
}

void act_save_trap(struct activation *act, const struct trap_frame *frame)
{
    context_save_trap(choose_slot(act, frame->rip), frame);
    account(act);
}

void act_save_call(struct activation *act, int64_t result)
{
    const struct call_frame *frame = context_call_frame();
    context_save_call(choose_slot(act, frame->rip), frame, result);
    account(act);
}

/* Entering */

static void load_env(struct env *env)
{
    struct cpu *cpu = this_cpu();
    if (cpu->env == env)
        return;
    if (env)
        env->cpu_mask |= (uint8_t)(1u << cpu->index);
    write_cr3(env ? frame_paddr(env->pml4_frame) : kernel_pml4_paddr());
    if (cpu->env)
        cpu->env->cpu_mask &= (uint8_t)~(1u << cpu->index);
    cpu->env = env;
    if (cpu->ports_env != env)
        ports_load(env);
}

static void arm_timer(uint32_t cpu)
{
    uint64_t next = deadline_next(cpu);
    bool idle = cpus[cpu]->act == NULL;
    timer_arm(!idle && slice_end_ns[cpu] < next ? slice_end_ns[cpu] : next);
}

/* Runs act for what is left of the slice. */
static _Noreturn void run(struct activation *act)
{
    struct cpu *cpu = this_cpu();
    act->state = EXO_ACT_RUNNING;
    act->running_on = (uint8_t)cpu->index;
    act->started_ns = clock_now_ns();
    load_env(act->env);
    cpu->act = act;
    cpu->page = act->page;
    cpu->page_user = EXO_ACT_BASE + act->index * EXO_ACT_STRIDE;
    act->page->cpu = cpu->index;
    act_publish(act);
    arm_timer(cpu->index);
    trace(EXO_TRACE_SWITCH, slice_position(cpu->index), slice_end_ns[cpu->index], 0, 0);
    enum act_resume resume = act->resume;
    uint32_t saved = act->saved_slot;
    act->saved_slot = 0;
    act->resume = RESUME_UPCALL;
    spin_unlock(&kernel_lock);
    if (resume == RESUME_DISABLED)
        context_resume(act->slot, act);
    context_upcall(act, saved);
}

/* Waits for an interrupt with no environment loaded. */
static void idle(struct cpu *cpu)
{
    cpu->idle = 1;
    arm_timer(cpu->index);
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
    spin_unlock(&kernel_lock);
    interrupts_on();
    cpu_pause(); /* the instruction after STI is still in its shadow */
    interrupts_off();
    spin_lock(&kernel_lock);
}

static _Noreturn void schedule(struct activation *heir)
{
    struct cpu *cpu = this_cpu();
    if (heir && clock_now_ns() < slice_end_ns[cpu->index])
        run(heir);
    reap_steps(REAP_STEPS);
    for (;;) {
        __atomic_store_n(&cpu->resched, 0, __ATOMIC_RELEASE);
        bool due = deadline_run(cpu->index, clock_now_ns());
        struct activation *act = slice_next(cpu->index);
        if (act) {
            slice_end_ns[cpu->index] = clock_now_ns() + slice_ns;
            run(act);
        }
        load_env(NULL); /* nobody's tear-down waits for an idle CPU */
        if (reap_steps(REAP_STEPS) || due)
            breathe();
        else
            idle(cpu);
    }
}

/* The stack is begun anew: an activation that turns out to be unable to run leaves again from deep inside schedule, and
 * there may be many such in a row. */
_Noreturn void sched_leave(struct activation *heir)
{
    struct cpu *cpu = this_cpu();
    cpu->act = NULL;
    cpu->page = NULL;
    __asm__ volatile("mov %0, %%rsp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call *%1\n\t"
                     "ud2"
                     :
                     : "r"(cpu->kernel_stack), "r"(schedule), "D"(heir)
                     : "memory");
    __builtin_unreachable();
}

_Noreturn void sched_start(void)
{
    spin_lock(&kernel_lock);
    sched_leave(NULL);
}

/* Preemption and events */

/* The activation was stopped, or its slice is over. Lock held. */
static bool must_leave(struct cpu *cpu, struct activation *act)
{
    return act->state != EXO_ACT_RUNNING || clock_now_ns() >= slice_end_ns[cpu->index];
}

/* Takes the activation off the CPU; its state is that of a trap, or (frame NULL) of the system call under way. */
static void save(struct activation *act, const struct trap_frame *frame, int64_t result)
{
    if (frame)
        act_save_trap(act, frame);
    else
        act_save_call(act, result);
}

void sched_preempt(struct activation *act)
{
    if (act->state != EXO_ACT_RUNNING)
        return;
    act->state = EXO_ACT_READY;
    act_publish(act);
    if (act->slices && act->cpu != this_cpu()->index)
        cpu_kick_if_idle(act->cpu); /* it passed this one over while it ran here */
}

/* On the way back to ring 3 at rip: the activation was stopped, or its slice is over, or there are events for it and it is
 * enabled. Returns if it simply goes on. */
static void look_before_return(uint64_t rip, const struct trap_frame *frame, int64_t result)
{
    struct cpu *cpu = this_cpu();
    struct activation *act = cpu->act;
    bool resched = __atomic_exchange_n(&cpu->resched, 0, __ATOMIC_ACQ_REL);
    bool event = __atomic_load_n(&act->page->pending, __ATOMIC_ACQUIRE) && !is_disabled(act->page, rip);
    if (!resched && !event)
        return;
    spin_lock(&kernel_lock);
    if (must_leave(cpu, act)) {
        if (act->state == EXO_ACT_RUNNING)
            save(act, frame, result);
        sched_preempt(act);
        sched_leave(NULL);
    }
    if (event) {
        save(act, frame, result);
        run(act);
    }
    arm_timer(cpu->index);
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
    struct cpu *cpu = this_cpu();
    spin_lock(&kernel_lock);
    if (deadline_run(cpu->index, clock_now_ns()))
        timer_arm(clock_now_ns()); /* more is due: come back at once, but let ring 3 have its turn */
    else
        arm_timer(cpu->index);
    spin_unlock(&kernel_lock);
    __atomic_store_n(&cpu->resched, 1, __ATOMIC_RELEASE);
}

void sched_ipi(void)
{
    __atomic_store_n(&this_cpu()->resched, 1, __ATOMIC_RELEASE);
}
