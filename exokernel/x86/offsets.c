/* SPDX-License-Identifier: MIT
 *
 * offsets.c: offsets of the kernel's own structures for assembly (see abi/offsets.c, offsets.sh).
 */
#include "pt.h"
#include "slice.h"
#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/entry.h"

#define DEFINE(name, value) __asm__ volatile("\n@@" #name " %c0" : : "i"(value))

void offsets(void);
void offsets(void)
{
    DEFINE(CPU_SELF, offsetof(struct cpu, self));
    DEFINE(CPU_KERNEL_STACK, offsetof(struct cpu, kernel_stack));
    DEFINE(CPU_USER_RSP, offsetof(struct cpu, user_rsp));
    DEFINE(CPU_PAGE, offsetof(struct cpu, page));
    DEFINE(CPU_RESCHED, offsetof(struct cpu, resched));
    DEFINE(CPU_FSGSBASE, offsetof(struct cpu, fsgsbase));
    DEFINE(CPU_PAGE_USER, offsetof(struct cpu, page_user));
    DEFINE(CPU_FAST, offsetof(struct cpu, fast));
    DEFINE(CPU_INDEX, offsetof(struct cpu, index));
    DEFINE(CPU_ACT, offsetof(struct cpu, act));
    DEFINE(CPU_ENV, offsetof(struct cpu, env));
    DEFINE(CPU_PORTS_ENV, offsetof(struct cpu, ports_env));
    DEFINE(CPU_PT_BATCH, offsetof(struct cpu, pt_batch));
    DEFINE(PT_BATCH_N, offsetof(struct pt_batch, n)); /* tests/guest/oracle reads these two */
    DEFINE(CPU_RUNNING, offsetof(struct cpu, running));
    DEFINE(CPU_BIT, offsetof(struct cpu, bit));
    DEFINE(CPU_SLICE_START, offsetof(struct cpu, slice_start_ns));
    DEFINE(CPU_SLICE_END, offsetof(struct cpu, slice_end_ns));
    DEFINE(CPU_LIMIT, offsetof(struct cpu, limit_ns));
    DEFINE(CPU_PAYER, offsetof(struct cpu, payer));
    DEFINE(CPU_SLICE_OPEN, offsetof(struct cpu, slice_open));
    DEFINE(CPU_RECALL, offsetof(struct cpu, recall));
    DEFINE(CPU_DEADLINE, offsetof(struct cpu, deadline_ns));
    DEFINE(CPU_TIMER, offsetof(struct cpu, timer_ns));
    DEFINE(VECTOR_READY, offsetof(struct slice_vector, ready));
    DEFINE(VECTOR_SOME, offsetof(struct slice_vector, some));
    DEFINE(VECTOR_POSITION, offsetof(struct slice_vector, position));
    DEFINE(VECTOR_ACT, offsetof(struct slice_vector, act));
    DEFINE(SLICE_WORDS, SLICE_WORDS);
    DEFINE(CLOCK_MULT, offsetof(struct exo_clock, mult));
    DEFINE(CLOCK_BASE_TSC, offsetof(struct exo_clock, base_tsc));
    DEFINE(CLOCK_BASE_NS, offsetof(struct exo_clock, base_ns));
    DEFINE(PUB_STATE, offsetof(struct exo_act_info, state));
    DEFINE(PUB_RUN_NS, offsetof(struct exo_act_info, run_ns));
    DEFINE(PUB_CHARGED, offsetof(struct exo_act_info, charged_ns));
    DEFINE(PUB_DEBT, offsetof(struct exo_act_info, debt_ns));
    DEFINE(STATE_RUNNING, EXO_ACT_RUNNING);
    DEFINE(PUB_CPU, offsetof(struct exo_act_info, cpu));
    DEFINE(STATE_READY, EXO_ACT_READY);
    DEFINE(STATE_CALLING, EXO_ACT_CALLING);
    DEFINE(STATE_IDLE, EXO_ACT_IDLE);
    DEFINE(STATE_LIVE, EXO_ENV_LIVE);
    DEFINE(RESUMES_UPCALL, RESUME_UPCALL);
    DEFINE(RESUMES_DISABLED, RESUME_DISABLED);
    DEFINE(ENVS_MAX, EXO_ENVS_MAX);
    DEFINE(SLOTS_MAX, EXO_SLOTS_MAX);
    DEFINE(ACTS_MAX, EXO_ACTS_MAX);
    DEFINE(PCT_BINDINGS, EXO_PCT_BINDINGS);
    DEFINE(PCT_BINDING_SHIFT, PCT_BINDING_BITS);
    DEFINE(PCT_DEPTH, EXO_PCT_DEPTH);
    DEFINE(ENV_ID, offsetof(struct env, id));
    DEFINE(ENV_STATE, offsetof(struct env, state));
    DEFINE(ENV_IDLE, offsetof(struct env, idle));
    DEFINE(ENV_CR3, offsetof(struct env, cr3));
    DEFINE(ENV_CPU_MASK, offsetof(struct env, cpu_mask));
    DEFINE(ENV_ACT, offsetof(struct env, act));
    DEFINE(ENV_PORT_RANGES, offsetof(struct env, port_ranges));
    DEFINE(ENV_BINDING_EPOCH, offsetof(struct env, binding) + offsetof(struct pct_binding, epoch));
    DEFINE(ENV_BINDING_TO, offsetof(struct env, binding) + offsetof(struct pct_binding, to));
    DEFINE(ACTV_STATE, offsetof(struct activation, state));
    DEFINE(ACTV_RESUME, offsetof(struct activation, resume));
    DEFINE(ACTV_CPU, offsetof(struct activation, cpu));
    DEFINE(ACTV_SLICES, offsetof(struct activation, slices));
    DEFINE(ACTV_BIT, offsetof(struct activation, bit));
    DEFINE(ACTV_LISTED, offsetof(struct activation, listed));
    DEFINE(ACTV_DEPTH, offsetof(struct activation, depth));
    DEFINE(ACTV_BINDING, offsetof(struct activation, call_binding));
    DEFINE(ACTV_ENV, offsetof(struct activation, env));
    DEFINE(ACTV_PAGE, offsetof(struct activation, page));
    DEFINE(ACTV_PAGE_USER, offsetof(struct activation, page_user));
    DEFINE(ACTV_PUB, offsetof(struct activation, pub));
    DEFINE(ACTV_SLOT, offsetof(struct activation, slot));
    DEFINE(ACTV_SLOTS, offsetof(struct activation, slots));
    DEFINE(ACTV_SLOT_FRAME, offsetof(struct activation, slot_frame));
    DEFINE(ACTV_SAVED_SLOT, offsetof(struct activation, saved_slot));
    DEFINE(ACTV_DEBT, offsetof(struct activation, debt_ns));
    DEFINE(ACTV_STARTED, offsetof(struct activation, started_ns));
    DEFINE(ACTV_CALLER, offsetof(struct activation, caller));
    DEFINE(ACTV_CALLEE, offsetof(struct activation, callee));
    DEFINE(ACTV_CALL, offsetof(struct activation, call));
    DEFINE(ACTV_CALL_DEADLINE, offsetof(struct activation, call_deadline_ns));
    DEFINE(ACTV_WAIT_DEADLINE, offsetof(struct activation, wait_deadline_ns));
    DEFINE(CALL_RBX, offsetof(struct call_frame, rbx));
    DEFINE(CALL_RBP, offsetof(struct call_frame, rbp));
    DEFINE(CALL_R12, offsetof(struct call_frame, r12));
    DEFINE(CALL_RIP, offsetof(struct call_frame, rip));
    DEFINE(CALL_RFLAGS, offsetof(struct call_frame, rflags));
    DEFINE(CALL_RSP, offsetof(struct call_frame, rsp));
    DEFINE(PTE_P, EXO_PTE_P);
    DEFINE(PTE_U, EXO_PTE_U);
    DEFINE(PTE_PS, EXO_PTE_PS);
}
_Static_assert(offsetof(struct activation, running_on) == offsetof(struct activation, state) + 1, "cpu.running");
_Static_assert(offsetof(struct cpu, grace) == offsetof(struct cpu, slice_open) + 1, "timer.asm looks at both");
