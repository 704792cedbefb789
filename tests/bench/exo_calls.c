/* SPDX-License-Identifier: MIT
 *
 * exo_calls.c: Exon alone: the null call, a fault to the program's own handler, directed yield to another environment.
 * Layer: tests.
 *
 * The partner of `yield` is an environment made here, with one page of code and no slices: it runs only when it is yielded
 * to, and yields back. Both sides are disabled, so each goes on exactly where it was. The row's figure is one way.
 */
#include "bench.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/pct.h"
#include "exo/exo.h"
#include "sched/thread.h"

static void run_null(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        exo_null();
}
/* row null_call: null system call | Kernel and library calls | goal 50 | Linux getppid
 * Exon: exo_null with its stub. Linux: getppid. */
BENCH(null_call, 1000, run_null, NULL, NULL)

/* ---- Fault ---- */

static exo_fault_hook_fn *old_hook[EXO_ACTS_MAX];

__attribute__((target("general-regs-only"))) static bool skip(struct exo_fault *fault)
{
    fault->rip += 2;
    return true;
}

static void before_fault(void) { old_hook[exo_act()->index] = exo_fault_hook(skip); }
static void after_fault(void) { exo_fault_hook(old_hook[exo_act()->index]); }

static void run_fault(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        __asm__ volatile("movl (%0), %%eax" : : "D"((void *)0) : "eax", "memory"); /* 8b 07 */
}
/* row fault: page fault to handler and back | What an exokernel's program does itself | goal 120 | Linux fault_signal
 * Exon: the program's fault hook steps over the load. Linux: a SIGSEGV handler that does. */
BENCH(fault, 100, run_fault, before_fault, after_fault)

/* ---- Directed yield ---- */

#define CODE_AT 0x400000ull

/* Each activation of this environment has partners of its own, so that several can measure at once. */
static struct {
    env_id_t partner, callee;
    uint32_t disabled; /* what sched_disable returned */
} mine[EXO_ACTS_MAX];

static frame_t frame_of(const void *page)
{
    return (frame_t)((exo_pte((uintptr_t)page) & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
}

/* The program of a partner, which yields back to activation `act`; the kernel enters it with rdi = its struct
 * exo_activation, whose user[0] is the environment to yield to. */
static frame_t code_page(uint32_t act)
{
    static uint8_t pages[EXO_ACTS_MAX][EXO_PAGE_BYTES] __attribute__((aligned(EXO_PAGE_BYTES)));
    static const uint8_t load[] = {0x4c, 0x8b, 0xa7}; /* mov r12, [rdi + disp32] */
    const uint8_t loop[] = {
        0xb8, EXO_CALL_YIELD, 0, 0, 0, /* mov eax, EXO_CALL_YIELD */
        0x4c, 0x89, 0xe7,              /* mov rdi, r12 */
        0xbe, (uint8_t)act, 0, 0, 0,   /* mov esi, act */
        0x0f, 0x05,                    /* syscall */
        0xeb, 0xef,                    /* jmp back to the first of these */
    };
    uint8_t *page = pages[act];
    uint32_t offset = offsetof(struct exo_activation, user);
    __builtin_memcpy(page, load, sizeof load);
    __builtin_memcpy(page + sizeof load, &offset, sizeof offset);
    __builtin_memcpy(page + sizeof load + sizeof offset, loop, sizeof loop);
    return frame_of(page);
}

/* An environment with one activation, which has no slices. */
static env_id_t make_environment(frame_t code, uint64_t pct)
{
    struct exo_env_spec spec = {.name = "bench-partner"};
    int64_t id = exo_env_create(0, &spec);
    bench_need(id > 0, "env_create fails");
    env_id_t made = (env_id_t)id;
    bench_need(exo_cap_give(0, made, 0, 0) == 0, "cap_give fails");
    struct exo_pt_op op = {.va = CODE_AT, .frame = code, .count = 1, .op = EXO_PT_MAP, .prot = EXO_PROT_EXEC};
    bench_need(exo_pt_update(made, 0, &op, 1) == 1, "the partner's code cannot be mapped");
    struct exo_act_spec act = {.slots = EXO_SLOTS_MIN, .user0 = exo_act()->env};
    act.entry[EXO_UPCALL_PCT] = pct;
    act.entry[EXO_UPCALL_RUN] = act.entry[EXO_UPCALL_EVENT] = CODE_AT;
    bench_need(exo_act_create(0, made, &act) == 0, "act_create fails");
    return made;
}

/* Made once: its tear-down would go on during other rows. */
static void wake_partner(void)
{
    uint32_t act = exo_act()->index;
    if (!mine[act].partner)
        mine[act].partner = make_environment(code_page(act), 0);
    mine[act].disabled = sched_disable();
    bench_need(exo_act()->index == act && exo_yield(mine[act].partner, 0) == 0, "the partner does not run");
}

static void leave_partner(void) { sched_enable(mine[exo_act()->index].disabled); }

/* n is even: half as many round trips. */
static void run_yield(uint32_t n)
{
    env_id_t partner = mine[exo_act()->index].partner;
    for (uint32_t i = 0; i < n; i += 2)
        exo_yield(partner, 0);
}
/* row yield: directed yield | What an exokernel's program does itself | goal 250 | Exon alone
 * Exon: to an environment without slices, one way. Linux has none. */
BENCH(yield, 200, run_yield, wake_partner, leave_partner)

/* ---- Protected control transfer ---- */

/* A callee's program: opens its gate and is idle; then replies to each call at once, with the words that it was given. */
static frame_t callee_page(uint32_t *serve)
{
    static uint8_t page[EXO_PAGE_BYTES] __attribute__((aligned(EXO_PAGE_BYTES)));
    static const uint8_t begin[] = {
        0xbf, EXO_GATE_OPEN, 0, 0, 0,      /* mov edi, EXO_GATE_OPEN */
        0xb8, EXO_CALL_PCT_GATE, 0, 0, 0,  /* mov eax, EXO_CALL_PCT_GATE */
        0x0f, 0x05,                        /* syscall */
        0xb8, EXO_CALL_PCT_REPLY, 0, 0, 0, /* mov eax, EXO_CALL_PCT_REPLY; rdi and rsi are 0 */
        0x0f, 0x05,                        /* syscall */
    };
    static const uint8_t reply[] = {
        0x48, 0x89, 0xf7,                  /* mov rdi, rsi: the number of the call */
        0x31, 0xf6,                        /* xor esi, esi */
        0xb8, EXO_CALL_PCT_REPLY, 0, 0, 0, /* mov eax, EXO_CALL_PCT_REPLY */
        0x0f, 0x05,                        /* syscall */
    };
    *serve = sizeof begin;
    __builtin_memcpy(page, begin, sizeof begin);
    __builtin_memcpy(page + sizeof begin, reply, sizeof reply);
    return frame_of(page);
}

static void bind_callee(void)
{
    uint32_t serve, act = exo_act()->index;
    frame_t code = callee_page(&serve);
    if (!mine[act].callee)
        mine[act].callee = make_environment(code, CODE_AT + serve);
    mine[act].disabled = sched_disable();
    bool answered = false;
    for (int try = 0; try < 100 && !answered; try++) { /* a slice may end before it is idle with an open gate */
        struct exo_words words = {1, 2, 3, 4};
        exo_yield(mine[act].callee, 0);
        answered = exo_pct_bind(0, mine[act].callee, act) == 0 && exo_pct(act, EXO_FOREVER, &words) == 0 && words.d == 4;
    }
    bench_need(answered, "the callee does not reply");
}

static void run_pct(uint32_t n)
{
    uint32_t binding = exo_act()->index;
    for (uint32_t i = 0; i < n; i += 2)
        exo_pct_call(binding, EXO_FOREVER, i, 0, 0, 0);
}
/* row pct: protected control transfer | What an exokernel's program does itself | goal 160 | Exon alone
 * call and reply of an environment that does nothing, one way. Linux has none. */
BENCH(pct, 200, run_pct, bind_callee, leave_partner)

/* Option -e: that many environments more, which never run. */
void bench_environments(uint32_t n)
{
    frame_t code = code_page(0);
    for (uint32_t i = 0; i < n; i++)
        make_environment(code, 0);
}
