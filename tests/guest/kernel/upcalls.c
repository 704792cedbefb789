/* SPDX-License-Identifier: MIT
 *
 * upcalls.c: tests of exceptions, upcalls, what is kept over them, `resume`, and of activations that stop.
 */
#include "runtime.h"
#include "tests.h"

void ymm_load(const void *registers);
void ymm_store(void *registers);
void call_registers(uint64_t number, struct registers *after);
uint64_t at_divide(void);
uint64_t at_ud2(void);
uint64_t at_int3(void);
uint64_t at_cli(void);
uint64_t at_hlt(void);
uint64_t at_int80(void);
extern char at_after_int3[], at_steps[], at_steps_end[];

enum { RFLAGS_TF = 0x100, RFLAGS_AC = 0x40000 };

/* Exceptions */

void test_fault_exceptions(void)
{
    struct exo_fault *f = &vcpu()->last;
    FAULTS(at_divide(), VECTOR_DIVIDE);
    EQ(f->rip, (uint64_t)at_divide + 9);
    EQ(f->error, 0);
    EQ(f->address, 0);
    EQ(f->rax, 1);
    EQ(f->cs, EXO_USER_CS);
    EQ(f->ss, EXO_USER_SS);
    EQ(f->was_disabled, 1);
    FAULTS(at_ud2(), VECTOR_UD);
    EQ(f->rip, (uint64_t)at_ud2);
    FAULTS(at_int3(), VECTOR_BREAKPOINT);
    EQ(f->rip, (uint64_t)at_after_int3);
    FAULTS(at_cli(), VECTOR_GP);
    EQ(f->rip, (uint64_t)at_cli);
    EQ(f->error, 0);
    FAULTS(at_hlt(), VECTOR_GP);
    FAULTS(at_int80(), VECTOR_GP);
    CHECK(f->error == 0x80 * 8 + 2 || f->error == 0x80 * 16 + 2); /* QEMU's emulation up to 8.0 takes 16 bytes for 8 */
    FAULTS(__asm__ volatile("int $1"), VECTOR_GP);
    FAULTS(__asm__ volatile("int $2"), VECTOR_GP);
    FAULTS(__asm__ volatile("int $8"), VECTOR_GP);
    FAULTS(__asm__ volatile("int $14"), VECTOR_GP);
    FAULTS(__asm__ volatile("int $0xf0"), VECTOR_GP);
    FAULTS(__asm__ volatile("inb $0x80, %%al" ::: "rax"), VECTOR_GP);
    FAULTS(__asm__ volatile("mov %%cr0, %%rax" ::: "rax"), VECTOR_GP);
    FAULTS(__asm__ volatile("mov %%rax, %%cr3" ::: "memory"), VECTOR_GP);
    FAULTS(__asm__ volatile("rdmsr" ::: "rax", "rdx"), VECTOR_GP);
    FAULTS(__asm__ volatile("wrmsr" ::: "memory"), VECTOR_GP);
    FAULTS(__asm__ volatile("lgdt 0x1000"), VECTOR_GP);
    FAULTS(__asm__ volatile("ltr %%ax" ::: "memory"), VECTOR_GP);
    FAULTS(__asm__ volatile("swapgs"), VECTOR_GP);
    FAULTS(__asm__ volatile("sysretq"), VECTOR_GP);
    FAULTS(__asm__ volatile("invlpg 0x1000"), VECTOR_GP);
    FAULTS(__asm__ volatile("mov %0, %%ds" : : "r"(0x10)), VECTOR_GP);
    FAULTS((void)WORD(0x8000000000000000), VECTOR_GP);
    EQ(act_here()->fault_depth, 0);
    EQ(act_here()->disabled, 1);
}

/* The rest of the vectors that ring 3 can reach in 64-bit mode. #NM needs CR0.TS, which is never set; #NP a descriptor
 * that is not present, which there is none of. BOUND and INTO are invalid opcodes there. */
static const uint16_t fcw_unmasked = 0x37b, fcw_initial = 0x37f; /* division by zero (Intel SDM vol 1 §8.1.5) */
static const uint32_t mxcsr_unmasked = 0x1d80, mxcsr_initial = 0x1f80;

static void divide_x87(void)
{
    __asm__ volatile("fldcw %0\n\tfldz\n\tfld1\n\tfdivp\n\tfwait" : : "m"(fcw_unmasked));
}

static void divide_simd(void)
{
    static const uint32_t one[4] __attribute__((aligned(16))) = {0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000};
    __asm__ volatile("ldmxcsr %0\n\tmovaps %1, %%xmm0\n\txorps %%xmm1, %%xmm1\n\tdivps %%xmm1, %%xmm0"
                     : : "m"(mxcsr_unmasked), "m"(one));
}

void test_fault_vectors(void)
{
    FAULTS(__asm__ volatile("int $4"), VECTOR_OVERFLOW);
    CHECK(!TRY(__asm__ volatile(".byte 0xf1"))); /* INT1, which QEMU's emulation does not know */
    CHECK(vcpu()->last.vector == VECTOR_DEBUG || vcpu()->last.vector == VECTOR_UD);
    FAULTS(__asm__ volatile(".byte 0xce"), VECTOR_UD);    /* INTO */
    FAULTS(__asm__ volatile(".byte 0x62, 0x00, 0x00, 0x00, 0x00, 0x00"), VECTOR_UD); /* BOUND's opcode, no EVEX prefix */
    FAULTS(divide_x87(), VECTOR_X87);
    EQ(vcpu()->last.error, 0);
    __asm__ volatile("fnclex\n\tfninit\n\tfldcw %0" : : "m"(fcw_initial));
    if (!TRY(divide_simd())) /* QEMU's emulation raises none */
        EQ(vcpu()->last.vector, VECTOR_SIMD);
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr_initial));
    CHECK(!TRY(__asm__ volatile("push %%rbp\n\tmov %0, %%rbp\n\tmov (%%rbp), %%rax\n\tpop %%rbp"
                                : : "r"(0x8000000000000000) : "rax")));
    CHECK(vcpu()->last.vector == VECTOR_STACK || vcpu()->last.vector == VECTOR_GP); /* QEMU's emulation: always #GP */
    FAULTS(__asm__ volatile("mov %0, %%dr7" : : "r"(0ul)), VECTOR_GP);
    EQ(act_here()->fault_depth, 0);
}

/* Faults and their resumption make no call: the kernel is entered once a fault. */
static bool step_over(struct exo_fault *fault)
{
    fault->rip += 2;
    return true;
}

void test_fault_no_call(void)
{
    const volatile struct exo_trace *ring = (const volatile struct exo_trace *)EXO_PUB_TRACE +
                                            act_here()->cpu * INFO->trace_records;
    uint32_t faults = 0, calls = 0;
    EQ(exo_trace_set(0, 0), 0);
    uint64_t before = now_ns();
    vcpu()->hook = step_over;
    EQ(exo_trace_set(0, 1u << EXO_TRACE_CALL | 1u << EXO_TRACE_FAULT), 0);
    for (unsigned i = 0; i < 100; i++)
        __asm__ volatile("ud2" ::: "memory");
    EQ(exo_trace_set(0, 0), 0);
    vcpu()->hook = NULL;
    for (uint32_t i = 0; i < INFO->trace_records; i++)
        if (ring[i].seq && ring[i].time_ns >= before && ring[i].env == act_here()->env) {
            faults += ring[i].kind == EXO_TRACE_FAULT;
            calls += ring[i].kind == EXO_TRACE_CALL;
        }
    EQ(faults, 100);
    EQ(calls, 1); /* the one that ends the recording */
}

void test_fault_pages(void)
{
    PAGE_FAULTS((void)WORD(0), 0, 0);
    PAGE_FAULTS((void)WORD(0x12345678), 0x12345678, 0);
    PAGE_FAULTS(WORD(0x12345678) = 1, 0x12345678, PF_WRITE);
    PAGE_FAULTS((void)WORD(0xffff880000000000), 0xffff880000000000, PF_PRESENT);
    PAGE_FAULTS((void)WORD(0xffffffff80000000), 0xffffffff80000000, vcpu()->last.error & PF_PRESENT);
    PAGE_FAULTS(WORD(EXO_PUB_INFO) = 1, EXO_PUB_INFO, PF_PRESENT | PF_WRITE);
    PAGE_FAULTS(WORD(EXO_PUB_ENVS) = 1, EXO_PUB_ENVS, PF_PRESENT | PF_WRITE);
    PAGE_FAULTS(WORD(EXO_PUB_FRAMES) = 1, EXO_PUB_FRAMES, PF_PRESENT | PF_WRITE);
    PAGE_FAULTS(WORD((uint64_t)at_ud2) = 1, (uint64_t)at_ud2, PF_PRESENT | PF_WRITE);
    EQ(vcpu()->last.error & PF_USER, PF_USER);
    if (INFO->cpu_features & EXO_CPU_NX) {
        EQ(TRY(((void (*)(void))EXO_PUB_INFO)()), false);
        EQ(vcpu()->last.vector, VECTOR_PF);
        EQ(TRY(((void (*)(void))EXO_ACT_BASE)()), false);
        EQ(vcpu()->last.vector, VECTOR_PF);
    }
}

/* A fault can be repaired and the instruction run again, with all registers kept. */
static volatile uint32_t mended;

static bool mend(struct exo_fault *fault)
{
    mended++;
    if (fault->vector == VECTOR_UD)
        fault->rip += 2;
    else
        EQ(pt_one(0, EXO_PT_MAP, fault->address & ~4095ull, frame_new_under(0, EXO_FRAME_ZERO | EXO_FRAME_AUTO), 1,
                  EXO_PROT_WRITE, 0), 1);
    return true;
}

void test_fault_resume(void)
{
    vcpu()->hook = mend;
    mended = 0;
    for (unsigned i = 0; i < 16; i++)
        WORD(PAGE(i)) = i;
    EQ(mended, 16);
    uint64_t a = 1, c = 2, d = 3, flags = 0;
    __asm__ volatile("stc\n\tud2\n\tpushfq\n\tpopq %3" : "+a"(a), "+c"(c), "+d"(d), "=r"(flags) : : "memory");
    EQ(mended, 17);
    EQ(a, 1);
    EQ(c, 2);
    EQ(d, 3);
    EQ(flags & 1, 1);
    for (unsigned i = 0; i < 2000; i++)
        __asm__ volatile("ud2" ::: "memory");
    EQ(mended, 2017);
    vcpu()->hook = NULL;
}

/* Alignment checks: where there are any (QEMU's emulation has none), the right vector; AC never hurts the kernel. */
void test_fault_alignment(void)
{
    uint64_t words[2] = {1, 2};
    bool ran = TRY(__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\tmovq 1(%1), %%rax\n\t"
                                    "pushfq\n\tandq %2, (%%rsp)\n\tpopfq"
                                    : : "i"(RFLAGS_AC), "r"(words), "i"(~RFLAGS_AC) : "rax", "memory"));
    if (!ran)
        EQ(vcpu()->last.vector, 17);
    struct exo_cap cap = name(0x5a, EXO_RIGHTS_ALL);
    __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" : : "i"(RFLAGS_AC) : "memory");
    int64_t results[] = {exo_cap_derive(0, 5, &cap), exo_cap_derive(0, 6, (void *)0xffff880000000000), exo_null()};
    __asm__ volatile("pushfq\n\tandq %0, (%%rsp)\n\tpopfq" : : "i"(~RFLAGS_AC) : "memory");
    EQ(results[0], 0);
    EQ(results[1], E(FAULT));
    EQ(results[2], 0);
}

/* Faults inside of the handler go one deeper, each with its own record and stack. */
static volatile uint32_t nest_depth[8], nest_count;
static volatile uint64_t nest_stack[8];

static bool nest(struct exo_fault *fault)
{
    uint32_t at = nest_count++;
    nest_depth[at & 7] = act_here()->fault_depth;
    nest_stack[at & 7] = (uint64_t)__builtin_frame_address(0);
    fault->rip += 2;
    if (at < 3)
        __asm__ volatile("ud2");
    return true;
}

void test_fault_nesting(void)
{
    vcpu()->hook = nest;
    nest_count = 0;
    __asm__ volatile("ud2");
    vcpu()->hook = NULL;
    EQ(nest_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        EQ(nest_depth[i], i + 1);
        CHECK(nest_stack[i] < act_here()->fault_stack[i] && nest_stack[i] > act_here()->fault_stack[i] - 2048);
    }
    EQ(act_here()->fault_depth, 0);
}

/* Activations that stop, and a patron that hears of it */

static bool again(struct exo_fault *fault)
{
    (void)fault;
    __asm__ volatile("ud2");
    return false;
}

static void fault_too_deep(void *arg)
{
    (void)arg;
    vcpu()->hook = again;
    __asm__ volatile("ud2");
}

static void bad_fault_stack(void *arg)
{
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        act_here()->fault_stack[i] = (uint64_t)arg;
    __asm__ volatile("ud2");
}

static void bad_fault_entry(void *arg)
{
    act_here()->entry[EXO_UPCALL_FAULT] = (uint64_t)arg;
    __asm__ volatile("ud2");
}

static void bad_fault_depth(void *arg)
{
    act_here()->fault_depth = (uint32_t)(uint64_t)arg;
    __asm__ volatile("ud2");
}

/* Enters by `run` when its slice ends. */
static void bad_run_entry(void *arg)
{
    act_here()->entry[EXO_UPCALL_RUN] = (uint64_t)arg;
    act_here()->disabled = 0;
    for (;;)
        __builtin_ia32_pause();
}

static void bad_run_stack(void *arg)
{
    act_here()->stack = (uint64_t)arg;
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        act_here()->fault_stack[i] = (uint64_t)arg;
    act_here()->disabled = 0;
    for (;;)
        __builtin_ia32_pause();
}

static void bad_event_entry(void *arg)
{
    act_here()->entry[EXO_UPCALL_EVENT] = (uint64_t)arg;
    act_here()->disabled = 0;
    exo_timer_set(0);
    for (;;)
        __builtin_ia32_pause();
}

static struct exo_context *context(uint32_t slot)
{
    return (struct exo_context *)(act_here()->self + (1 + slot) * EXO_PAGE_BYTES);
}

static void clear_context(struct exo_context *c)
{
    uint64_t *words = (uint64_t *)(void *)c;
    for (unsigned i = 0; i < EXO_PAGE_BYTES / 8; i++)
        words[i] = 0;
    *(uint16_t *)c->xsave = 0x37f;
    *(uint32_t *)(c->xsave + 24) = 0x1f80;
}

static void resume_bad_rip(void *arg)
{
    clear_context(context(1));
    context(1)->rip = (uint64_t)arg;
    exo_resume(1);
}

static void resume_bad_xsave(void *arg)
{
    clear_context(context(1));
    context(1)->rip = (uint64_t)park;
    for (unsigned i = 512; i < 576; i++)
        context(1)->xsave[i] = (uint8_t)(uint64_t)arg;
    exo_resume(1);
}

/* Resumes where nothing is mapped, on a stack that is none: four faults. */
static void resume_nowhere(void *arg)
{
    clear_context(context(1));
    context(1)->rip = (uint64_t)arg;
    context(1)->rsp = 0xdead00000000beef;
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        act_here()->fault_stack[i] = 0xdead00000000beef;
    exo_resume(1);
}

enum { NOT_CHECKED = 1000 }; /* a stack that is not canonical is #SS, and #GP in QEMU's emulation */

static void expect_stop(void (*fn)(void *), uint64_t arg, uint32_t vector, uint32_t cpu, int line)
{
    events_take();
    int64_t env = child_run(fn, (void *)arg, cpu);
    bool stopped = await_state((env_id_t)env, 0, EXO_ACT_STOPPED);
    check_equal(stopped, true, "stopped", "upcalls.c", line);
    if (stopped && vector != NOT_CHECKED)
        check_equal(env_info((env_id_t)env)->act[0].stop_vector, vector, "stop_vector", "upcalls.c", line);
    check_equal(events_take() & EXO_EVENT_CHILD, EXO_EVENT_CHILD, "patron's event", "upcalls.c", line);
    EQ(env_info((env_id_t)env)->state, EXO_ENV_LIVE);
    EQ(exo_yield((env_id_t)env, 0), E(STATE));
    children_end();
}
#define STOPS(fn, arg, vector, cpu) expect_stop(fn, (uint64_t)(arg), vector, cpu, __LINE__)

#define NOT_CANONICAL 0x0000800000000000ull
#define KERNEL_ADDRESS 0xffffffff80100000ull

void test_stop_faults(void)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus && cpu < 2; cpu++) {
        STOPS(fault_too_deep, 0, VECTOR_UD, cpu);
        STOPS(bad_fault_stack, 0x10000, VECTOR_PF, cpu);
        STOPS(bad_fault_stack, NOT_CANONICAL << 1, NOT_CHECKED, cpu);
        STOPS(bad_fault_stack, KERNEL_ADDRESS, VECTOR_PF, cpu);
        STOPS(bad_fault_entry, NOT_CANONICAL, VECTOR_UD, cpu);
        STOPS(bad_fault_entry, ~0ull, VECTOR_UD, cpu);
        STOPS(bad_fault_entry, KERNEL_ADDRESS, VECTOR_UD, cpu);
        STOPS(bad_fault_entry, 0x10000, VECTOR_PF, cpu);
        STOPS(bad_fault_entry, 0x00007ffffffff000, VECTOR_PF, cpu);
        STOPS(bad_fault_depth, EXO_FAULT_DEPTH, VECTOR_UD, cpu);
        STOPS(bad_fault_depth, 0xffffffff, VECTOR_UD, cpu);
        STOPS(bad_fault_depth, 0x80000000, VECTOR_UD, cpu);
    }
}

void test_stop_upcalls(void)
{
    STOPS(bad_run_entry, NOT_CANONICAL, 256, 0);
    STOPS(bad_run_entry, KERNEL_ADDRESS, 256, 0);
    STOPS(bad_run_entry, ~0ull, 256, 0);
    STOPS(bad_run_stack, 0x10000, VECTOR_PF, 0);
    STOPS(bad_run_stack, NOT_CANONICAL << 1, NOT_CHECKED, 0);
    STOPS(bad_event_entry, NOT_CANONICAL, 256, 0);
}

void test_stop_resume(void)
{
    STOPS(resume_bad_rip, NOT_CANONICAL, 256, 0);
    STOPS(resume_bad_rip, KERNEL_ADDRESS, 256, 0);
    STOPS(resume_bad_rip, ~0ull, 256, 0);
    STOPS(resume_nowhere, 0x10000, NOT_CHECKED, 0);
    if (INFO->xsave == EXO_XSAVE_XSAVE)
        STOPS(resume_bad_xsave, 0xff, 256, 0);
    STOPS(bad_fault_stack, 0x10000, VECTOR_PF, INFO->cpus - 1); /* the machine goes on */
}

/* One activation spoils the disabled slot of another that sleeps, and wakes it. */
static volatile uint32_t spoil_word;

static void sleep_disabled(void *arg)
{
    (void)arg;
    struct exo_term term = {.word = (uint64_t)&spoil_word, .value = 1, .op = EXO_TERM_EQ, .width = 4};
    exo_wait(&term, 1, EXO_FOREVER);
    EQ(1, 0);
}

static void spoil(void *arg)
{
    struct exo_context *victim = (struct exo_context *)(EXO_ACT_BASE + EXO_PAGE_BYTES);
    while (env_info(act_here()->env)->act[0].state != EXO_ACT_WAITING)
        exo_wait(NULL, 0, now_ns() + MS / 4);
    if (arg)
        victim->rip = (uint64_t)arg;
    else
        for (unsigned i = 512; i < 576; i++)
            victim->xsave[i] = 0xff;
    spoil_word = 1;
    EQ(exo_doorbell((const void *)&spoil_word), 1);
    park();
}

void test_stop_spoiled_slot(void)
{
    for (unsigned k = 0; k < 2; k++) {
        if (!k && INFO->xsave != EXO_XSAVE_XSAVE)
            continue;
        spoil_word = 0;
        int64_t env = child_make(0, "spoiled");
        EQ(child_act((env_id_t)env, sleep_disabled, NULL), 0);
        EQ(child_act((env_id_t)env, spoil, (void *)(k ? NOT_CANONICAL : 0)), 1);
        CHECK(child_slice((env_id_t)env, 0, 0) >= 0 && child_slice((env_id_t)env, 1, 0) >= 0);
        CHECK(await_state((env_id_t)env, 0, EXO_ACT_STOPPED));
        EQ(env_info((env_id_t)env)->act[0].stop_vector, 256);
        EQ(env_info((env_id_t)env)->act[1].state == EXO_ACT_STOPPED, false);
        children_end();
    }
}

/* What is kept */

static void pattern(struct registers *r, uint64_t seed)
{
    for (unsigned i = 0; i < 15; i++)
        r->general[i] = seed * (i + 3) ^ seed << 7;
    r->mxcsr = seed & 1 ? 0x1f80 : 0x1fa0;
    for (unsigned i = 0; i < 16; i++) {
        r->xmm[i][0] = seed * 77 + i;
        r->xmm[i][1] = ~seed << i;
    }
}

static void compare(const struct registers *got, const struct registers *wanted)
{
    for (unsigned i = 0; i < 15; i++)
        EQ(got->general[i], wanted->general[i]);
    EQ(got->mxcsr, wanted->mxcsr);
    for (unsigned i = 0; i < 16; i++) {
        EQ(got->xmm[i][0], wanted->xmm[i][0]);
        EQ(got->xmm[i][1], wanted->xmm[i][1]);
    }
}

static volatile uint32_t holders_done;

static void holder(void *arg)
{
    struct registers in, out;
    uint64_t seed = (uint64_t)arg;
    pattern(&in, seed * 0x9e3779b97f4a7c15);
    act_here()->disabled = seed & 4 ? 0 : 1;
    registers_hold(&in, &out);
    act_here()->disabled = 1;
    compare(&out, &in);
    __atomic_fetch_add(&holders_done, 1, __ATOMIC_SEQ_CST);
    park();
}

/* Slices end in assembly, and, as switches are traced, in C. */
static void hold_registers_traced(uint64_t first_seed, uint64_t kinds)
{
    registers_stop = holders_done = 0;
    int64_t env[3];
    EQ(exo_trace_set(0, kinds), 0);
    for (unsigned i = 0; i < 3; i++)
        env[i] = child_run(holder, (void *)(first_seed + i), 0);
    for (unsigned i = 0; i < 3; i++) /* four slices each, or more */
        CHECK(await_more(&env_info((env_id_t)env[i])->act[0].run_ns, 4 * MS));
    registers_stop = 1;
    CHECK(await(&holders_done, 3));
    EQ(exo_trace_set(0, 0), 0);
    children_end();
}

static void hold_registers(uint64_t first_seed)
{
    hold_registers_traced(first_seed, 0);
    hold_registers_traced(first_seed, 1u << EXO_TRACE_SWITCH);
}

/* Preempted while disabled: goes on exactly there. */
void test_kept_disabled(void)
{
    hold_registers(8 + 1);
}

/* Preempted while enabled: the state goes to the save slot, `run` is entered, which resumes it by the call. */
void test_kept_enabled(void)
{
    hold_registers(8 + 5);
}

/* Those of one kind follow those of the other. */
void test_kept_mixed(void)
{
    hold_registers(8 + 2);
}

static volatile uint32_t ymm_bad;

static void ymm_holder(void *arg)
{
    static uint64_t areas[4][2][64];
    uint64_t (*area)[64] = areas[(uint64_t)arg & 3];
    for (unsigned i = 0; i < 64; i++)
        area[0][i] = (uint64_t)arg * 1000 + i;
    ymm_load(area[0]);
    uint64_t run = env_info(act_here()->env)->act[0].run_ns;
    while (env_info(act_here()->env)->act[0].run_ns < run + 3 * MS)
        ;
    ymm_store(area[1]);
    for (unsigned i = 0; i < 64; i++)
        if (area[1][i] != area[0][i])
            ymm_bad++;
    __atomic_fetch_add(&holders_done, 1, __ATOMIC_SEQ_CST);
    park();
}

void test_kept_ymm(void)
{
    if (!(INFO->xcr0 & 4))
        return;
    ymm_bad = holders_done = 0;
    for (uint64_t i = 0; i < 3; i++)
        child_run(ymm_holder, (void *)i, 0);
    CHECK(await(&holders_done, 3));
    EQ(ymm_bad, 0);
}

/* A system call keeps what the ABI says, and leaves nothing of the kernel's behind. */
void test_kept_call(void)
{
    static const uint32_t calls[] = {EXO_CALL_NULL, 0x7fffffff, EXO_CALL_WAIT, EXO_CALL_YIELD, EXO_CALLS};
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct registers r;
        call_registers(calls[i], &r);
        EQ(r.general[1], 0x1111111111111111);
        EQ(r.general[6], 0x2222222222222222);
        for (unsigned k = 0; k < 4; k++)
            EQ(r.general[11 + k], 0x1111111111111111 * (3 + k));
        for (unsigned k = 3; k < 6; k++)
            EQ(r.general[k], 0);
        for (unsigned k = 7; k < 10; k++)
            EQ(r.general[k], 0);
        CHECK(r.general[2] < EXO_USER_TOP); /* rcx: an address of the caller's */
    }
}

void test_call_numbers(void)
{
    static const uint64_t numbers[] = {EXO_CALLS, EXO_CALLS + 1, 0x100, 0x7fffffff, 0x80000000, 0xffffffff};
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct registers r;
        call_registers(numbers[i], &r);
        EQ(r.general[0], E(CALL));
    }
    struct registers r;
    call_registers(0x123400000000 + EXO_CALL_NULL, &r); /* eax alone counts */
    EQ(r.general[0], 0);
}

/* Upcalls */

static volatile uint32_t run_upcalls, event_upcalls, bad_upcalls;

static void count_upcall(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    uint32_t events = __atomic_exchange_n(&act->pending, 0, __ATOMIC_ACQ_REL);
    if (pending | events) /* one may have come since `run` was entered */
        event_upcalls++;
    else
        run_upcalls++;
    bad_upcalls += !act->disabled || slot != act->save_slot || act->self != (uint64_t)act || (pending & ~events);
    while (true)
        exo_resume((uint32_t)slot);
}

void test_upcall_run(void)
{
    struct exo_activation *act = act_here();
    uint64_t upcalls = act->upcalls;
    run_upcalls = event_upcalls = bad_upcalls = 0;
    events_take();
    vcpu()->upcall = count_upcall;
    act->save_slot = 3;
    act->disabled = 0;
    uint64_t end = now_ns() + 1000 * MS;
    while (run_upcalls < 5 && now_ns() < end)
        __builtin_ia32_pause();
    act->disabled = 1;
    CHECK(run_upcalls >= 5);
    EQ(event_upcalls, 0);
    EQ(bad_upcalls, 0);
    EQ(act->upcalls - upcalls, run_upcalls);
    run_upcalls = 0;
    end = now_ns() + 5 * MS;
    while (now_ns() < end) /* none while disabled */
        __builtin_ia32_pause();
    EQ(run_upcalls, 0);
}

/* An event for a running, enabled activation enters `event` at once; for a disabled one it stays pending. */
void test_upcall_event(void)
{
    struct exo_activation *act = act_here();
    run_upcalls = event_upcalls = bad_upcalls = 0;
    events_take();
    vcpu()->upcall = count_upcall;
    act->disabled = 0;
    EQ(exo_timer_set(now_ns() + MS / 2), 0);
    uint64_t end = now_ns() + 1000 * MS;
    while (!event_upcalls && now_ns() < end)
        __builtin_ia32_pause();
    act->disabled = 1;
    EQ(event_upcalls, 1);
    EQ(bad_upcalls, 0);
    EQ(exo_timer_set(now_ns() + MS / 2), 0);
    end = now_ns() + 1000 * MS;
    while (!act->pending && now_ns() < end)
        __builtin_ia32_pause();
    EQ(event_upcalls, 1);
    EQ(events_take(), EXO_EVENT_TIMER);
}

/* Calls that give up the CPU while enabled come back by `run`, with their result in the slot. */
void test_upcall_wait(void)
{
    struct exo_activation *act = act_here();
    run_upcalls = event_upcalls = bad_upcalls = 0;
    events_take();
    vcpu()->upcall = count_upcall;
    act->disabled = 0;
    int64_t timeout = exo_wait(NULL, 0, now_ns() + 50 * MS), yielded = exo_yield(0, EXO_ACT_ANY);
    act->disabled = 1;
    EQ(timeout, E(TIMEOUT));
    EQ(yielded, 0);
    CHECK(run_upcalls >= 2);
    EQ(bad_upcalls, 0);
    /* save slots that are none */
    static const uint32_t odd[] = {0, 8, 64, 0xffffffff};
    for (unsigned i = 0; i < 4; i++) {
        act->save_slot = odd[i];
        act->disabled = 0;
        int64_t result = exo_yield(0, EXO_ACT_ANY);
        act->disabled = 1;
        EQ(result, 0);
    }
    act->save_slot = 1;
}

/* The resume range counts as disabled. */
void test_upcall_resume_range(void)
{
    struct exo_activation *act = act_here();
    uint64_t lo = act->resume_lo, hi = act->resume_hi;
    run_upcalls = 0;
    events_take();
    vcpu()->upcall = count_upcall;
    act->resume_lo = 0;
    act->resume_hi = EXO_USER_TOP;
    act->disabled = 0;
    uint64_t end = now_ns() + 5 * MS;
    while (now_ns() < end)
        __builtin_ia32_pause();
    EQ(exo_yield(0, EXO_ACT_ANY), 0);
    act->disabled = 1;
    act->resume_lo = lo;
    act->resume_hi = hi;
    EQ(run_upcalls, 0);
}

/* resume */

static volatile uint64_t step_rip, step_rax, step_rflags;

static bool step_hook(struct exo_fault *fault)
{
    step_rip = fault->rip;
    step_rax = fault->rax;
    step_rflags = fault->rflags;
    return false;
}

void test_resume_steps(void)
{
    struct exo_context *c = context(2);
    vcpu()->hook = step_hook;
    clear_context(c);
    c->rip = (uint64_t)at_steps;
    c->rsp = (uint64_t)__builtin_frame_address(0) - 4096;
    c->rax = 41;
    for (unsigned i = 0; i < 4; i++) {
        c->rflags = RFLAGS_TF;
        FAULTS(exo_resume(2), VECTOR_DEBUG);
        EQ(act_here()->disabled, 0);
        act_here()->disabled = 1;
        EQ(vcpu()->last.was_disabled, 0);
        c->rip = step_rip;
        c->rax = step_rax;
        static const uint8_t lengths[] = {1, 2, 5, 6};
        EQ(step_rip, (uint64_t)at_steps + lengths[i]);
    }
    EQ(step_rip, (uint64_t)at_steps_end);
    EQ(step_rax, 42);
    vcpu()->hook = NULL;
}

void test_resume_bad(void)
{
    EQ(exo_resume(act_here()->slots), E(ARG));
    EQ(exo_resume(EXO_SLOTS_MAX), E(ARG));
    EQ(exo_resume(0xffffffff), E(ARG));
    /* flags that ring 3 must not have are dropped: IOPL, NT, VM, RF, VIF; interrupts stay on */
    struct exo_context *c = context(2);
    clear_context(c);
    c->rip = (uint64_t)at_ud2;
    c->rsp = (uint64_t)__builtin_frame_address(0) - 4096;
    c->rflags = 0x1db7000;
    c->cs = 8;
    c->ss = 0x10;
    vcpu()->hook = step_hook;
    FAULTS(exo_resume(2), VECTOR_UD);
    act_here()->disabled = 1;
    EQ(step_rflags & 0x1db7200, 0x200);
    EQ(vcpu()->last.cs, EXO_USER_CS);
    EQ(vcpu()->last.ss, EXO_USER_SS);
    vcpu()->hook = NULL;
}

void test_fs_base(void)
{
    static uint64_t words[2] = {0, 0x1234};
    uint64_t got;
    EQ(exo_fs_base_set((uint64_t)words), 0);
    __asm__ volatile("mov %%fs:8, %0" : "=r"(got));
    EQ(got, 0x1234);
    EQ(exo_yield(0, EXO_ACT_ANY), 0);
    sleep_ns(2 * MS);
    __asm__ volatile("mov %%fs:8, %0" : "=r"(got)); /* kept */
    EQ(got, 0x1234);
    EQ(exo_fs_base_set(NOT_CANONICAL), E(RANGE));
    EQ(exo_fs_base_set(KERNEL_ADDRESS), E(RANGE));
    EQ(exo_fs_base_set(~0ull), E(RANGE));
    __asm__ volatile("mov %%fs:8, %0" : "=r"(got));
    EQ(got, 0x1234);
    EQ(exo_fs_base_set(0), 0);
}
