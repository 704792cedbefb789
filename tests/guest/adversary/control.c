/* SPDX-License-Identifier: MIT
 *
 * control.c: attacks on the ways in and out of the kernel: registers, stacks, segments, flags, save areas, upcalls.
 */
#include "attacks.h"

/* A system call with every other register set, too: rbx rbp r12 to r15, and the
 * upper half of rax. */
static int64_t raw_call(uint64_t number, const uint64_t *a, uint64_t junk)
{
    register uint64_t r10 __asm__("r10") = a[3];
    register uint64_t r8 __asm__("r8") = a[4];
    register uint64_t r9 __asm__("r9") = a[5];
    register uint64_t r12 __asm__("r12") = junk;
    register uint64_t r13 __asm__("r13") = ~junk;
    register uint64_t r14 __asm__("r14") = junk << 9;
    register uint64_t r15 __asm__("r15") = junk >> 9;
    uint64_t rdi = a[0], rsi = a[1], rdx = a[2], result = number;
    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                     : "r"(r12), "r"(r13), "r"(r14), "r"(r15)
                     : "rcx", "r11", "memory");
    CHECK(!(rdi | rsi | rdx | r10 | r8 | r9)); /* nothing of the kernel's comes back */
    return (int64_t)result;
}

void attack_garbage_registers(void)
{
    static const uint64_t garbage[] = {~0ull, 1ull << 63 | 0x1000, NOT_CANONICAL + 0x2000, KERNEL_ADDRESS, 0xffff880000003000,
                                       0x8000000000000101, 0x00007fffffffffff, 0xdeadbeefdeadbeef};
    for (unsigned i = 0; i < 8; i++)
        for (uint64_t call = 0; call < EXO_CALLS; call++) {
            uint64_t a[6];
            for (unsigned k = 0; k < 6; k++)
                a[k] = garbage[(i + k * (call & 1)) % 8];
            if (call == EXO_CALL_WAIT)
                a[2] = 0; /* not for ever */
            if (call == EXO_CALL_NULL || call == EXO_CALL_TIMER_SET || call == EXO_CALL_FS_BASE_SET)
                raw_call(call, a, garbage[i]); /* any number is good */
            else
                CHECK(raw_call(call, a, garbage[i]) < 0);
        }
}

void attack_call_numbers(void)
{
    const uint64_t a[6] = {0};
    const uint64_t numbers[] = {EXO_CALLS, EXO_CALLS + 1, 0x7fffffff, 0x80000000, 0xffffffff, 1000, 1 << 16, 0xfffff000};
    for (unsigned i = 0; i < 8; i++)
        EQ(raw_call(numbers[i], a, ~0ull), E(CALL));
    EQ(raw_call(0xffffffff00000000, a, 0), 0); /* eax counts alone: this is `null` */
}

/* Instructions that are the kernel's. Each must fault, and leave everything as it was. */
#define FORBIDDEN(text) FAULTED(__asm__ volatile(text : : "a"(0), "c"(0), "d"(0) : "memory"))
#define FAULTED(statement) CHECK(!TRY(statement) && (vcpu()->last.vector == VECTOR_GP || vcpu()->last.vector == VECTOR_UD))

void attack_privileged(void)
{
    FORBIDDEN("cli");
    FORBIDDEN("sti");
    FORBIDDEN("hlt");
    FORBIDDEN("clts");
    FORBIDDEN("invd");
    FORBIDDEN("wbinvd");
    FORBIDDEN("swapgs");
    FORBIDDEN("sysretq");
    FORBIDDEN("sysexitl");
    FORBIDDEN("sysenter");
    FORBIDDEN("rsm");
    FORBIDDEN("rdmsr");
    FORBIDDEN("wrmsr");
    FORBIDDEN("xsetbv");
    FORBIDDEN("invlpg (%%rax)");
    FORBIDDEN("mov %%cr0, %%rax");
    FORBIDDEN("mov %%rax, %%cr0");
    FORBIDDEN("mov %%rax, %%cr3");
    FORBIDDEN("mov %%cr4, %%rax");
    FORBIDDEN("mov %%rax, %%cr8");
    FORBIDDEN("mov %%rax, %%dr7");
    FORBIDDEN("mov %%dr6, %%rax");
    FORBIDDEN("lmsw %%ax");
    FORBIDDEN("lldt %%ax");
    FORBIDDEN("ltr %%ax");
    FORBIDDEN("lgdt (%%rsp)");
    FORBIDDEN("lidt (%%rsp)");
    FORBIDDEN("vmcall");
    FORBIDDEN("vmrun %%rax");
    FORBIDDEN("clac");
    FORBIDDEN("stac");
    FORBIDDEN("monitor");
    FORBIDDEN("in $0x21, %%al");
    FORBIDDEN("out %%al, $0x64");
    EQ(exo_null(), 0);
}

/* `int n` for every n: only 3 and 4 are ring 3's. */
static bool int_n(uint8_t *code, unsigned n)
{
    code[0] = 0xcd;
    code[1] = (uint8_t)n;
    code[2] = 0xc3;
    EQ(pt_one(0, EXO_PT_PROTECT, (uint64_t)code, 0, 1, EXO_PROT_EXEC, 0), 1);
    bool ran = TRY(((void (*)(void))code)());
    EQ(pt_one(0, EXO_PT_PROTECT, (uint64_t)code, 0, 1, EXO_PROT_WRITE, 0), 1);
    return ran;
}

void attack_int_n(void)
{
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
    for (unsigned n = 0; n < 256; n++) {
        CHECK(!int_n((uint8_t *)PAGE(0), n));
        EQ(vcpu()->last.vector, n == 3 || n == 4 ? n : VECTOR_GP);
        if (n == 3 || n == 4)
            EQ(vcpu()->last.error, 0);
        else
            CHECK(vcpu()->last.error == n * 8 + 2 || vcpu()->last.error == n * 16 + 2); /* QEMU counts so */
    }
}

/* A trap right after MOV SS, at the first instruction of the kernel (CVE-2018-8897); and single steps into calls. */
#define CALL_CLOBBERS "rax", "rcx", "r11", "rdi", "rsi", "rdx", "r8", "r9", "r10", "memory"
#define TRAPPED(text) __asm__ volatile("pushfq\n\torl $0x100, (%%rsp)\n\txor %%eax, %%eax\n\tmov %%ss, %%ecx\n\tpopfq\n\t" \
                                       text "\n\tnop\n\tnop\n\tnop" : : : CALL_CLOBBERS)

void attack_single_step(void)
{
    for (unsigned i = 0; i < 50; i++) {
        FAULTS(TRAPPED("syscall"), VECTOR_DEBUG);
        FAULTS(TRAPPED("mov %%ecx, %%ss\n\tsyscall"), VECTOR_DEBUG);
        CHECK(!TRY(TRAPPED("mov %%ecx, %%ss\n\tint3")));
        CHECK(!TRY(TRAPPED("mov %%ecx, %%ss\n\tud2")));
        CHECK(!TRY(TRAPPED("mov %%ecx, %%ss\n\tint $0x80")));
        FAULTS(__asm__ volatile("mov %%ss, %%eax\n\tmov %%eax, %%ss\n\tint3" : : : "rax"), VECTOR_BREAKPOINT);
    }
    EQ(exo_null(), 0);
}

void attack_segments(void)
{
    for (uint32_t selector = 0; selector < 0x200; selector++) {
        bool user = selector == 0x23 || selector == 0x20 || selector == 0x21 || selector == 0x22;
        bool code = selector >= 0x28 && selector <= 0x2b;
        bool null = selector < 4;
#define LOAD(segment) TRY(__asm__ volatile("mov %0, %%" segment : : "r"(selector)))
        EQ(LOAD("ds"), user || code || null);
        EQ(LOAD("es"), user || code || null);
        EQ(LOAD("fs"), user || code || null);
        if (!user)
            EQ(LOAD("ss"), false);
    }
    exo_fs_base_set(0);
    for (uint32_t selector = 4; selector < 0x200; selector++)
        if ((selector & 0xfc) != 0x20 && (selector & 0xfc) != 0x28)
            FAULTS(__asm__ volatile("mov %0, %%gs" : : "r"(selector)), VECTOR_GP);
    EQ(exo_null(), 0);
}

/* Its own GS base is the attacker's: wherever it lies, the kernel finds its own. */
void attack_gs_base(void)
{
    const uint64_t bases[] = {0, 8, KERNEL_ADDRESS, 0xffff880000000000, 0xfffffffffffffff8, REPORT_VA, EXO_PUB_INFO};
    uint64_t before = act_here()->upcalls, own;
    if (!(INFO->cpu_features & EXO_CPU_FSGSBASE)) {
        FAULTS(__asm__ volatile("wrgsbase %0" : : "r"(0ull)), VECTOR_UD);
        return;
    }
    __asm__ volatile("rdgsbase %0" : "=r"(own));
    for (unsigned i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        uint64_t after, end = now_ns() + 2 * MS, result = 0;
        __asm__ volatile("wrgsbase %0" : : "r"(bases[i]));
        while (now_ns() < end) /* interrupts come in, and slices end */
            __asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "rdi", "rsi", "rdx", "r8", "r9", "r10", "memory");
        __asm__ volatile("rdgsbase %0" : "=r"(after));
        __asm__ volatile("wrgsbase %0" : : "r"(own));
        EQ(result, 0);
        CHECK(after == bases[i] || after == own); /* after an exact resume it is the activation's */
        CHECK(TRY(__asm__ volatile("nop")));
    }
    (void)TRY(__asm__ volatile("wrgsbase %0\n\twrgsbase %1" : : "r"(NOT_CANONICAL), "r"(own))); /* QEMU lets it pass */
    (void)TRY(__asm__ volatile("wrfsbase %0" : : "r"(NOT_CANONICAL)));
    exo_null();
    __asm__ volatile("wrfsbase %0" : : "r"(KERNEL_ADDRESS));
    FAULTS(__asm__ volatile("mov %%fs:0, %%rax" : : : "rax"), VECTOR_PF);
    EQ(exo_fs_base_set(KERNEL_ADDRESS), E(RANGE));
    EQ(exo_fs_base_set(NOT_CANONICAL), E(RANGE));
    CHECK(act_here()->upcalls >= before);
}

static void flags_use(uint64_t flags)
{
    int64_t result = EXO_CALL_NULL;
    __asm__ volatile("pushq %1\n\tpopfq\n\tsyscall\n\tpushq $0x202\n\tpopfq"
                     : "+a"(result) : "r"(flags)
                     : "rcx", "r11", "rdi", "rsi", "rdx", "r8", "r9", "r10", "memory", "cc");
    EQ(result, 0);
}

void attack_flags(void)
{
    for (unsigned bit = 0; bit < 22; bit++)
        if (bit != 8)
            flags_use(1ull << bit | 2); /* DF, NT, AC, IOPL, RF, VM, VIF, VIP among them */
    flags_use(~0x100ull & 0x3fffff);
    uint64_t flags;
    __asm__ volatile("pushq $0x3202\n\tpopfq\n\tpushfq\n\tpopq %0" : "=r"(flags));
    EQ(flags & 0x3000, 0); /* IOPL stays 0 */
    __asm__ volatile("pushq $0x2\n\tpopfq\n\tpushfq\n\tpopq %0" : "=r"(flags));
    EQ(flags & 0x200, 0x200); /* interrupts stay on */
    FAULTS(__asm__ volatile("pushq $0x44602\n\tpopfq\n\tud2" : : : "memory"), VECTOR_UD); /* a trap with DF, NT and AC */
    __asm__ volatile("pushq $0x202\n\tpopfq");
}

/* A far return, an IRETQ, a far jump to every selector that might exist. */
static void far_return(uint64_t selector, void *to)
{
    __asm__ volatile("pushq %0\n\tpushq %1\n\tlretq" : : "r"(selector), "r"(to) : "memory");
}

static void iret_to(uint64_t cs, uint64_t rip, uint64_t flags, uint64_t rsp, uint64_t ss)
{
    __asm__ volatile("pushq %4\n\tpushq %3\n\tpushq %2\n\tpushq %0\n\tpushq %1\n\tiretq"
                     : : "r"(cs), "r"(rip), "r"(flags), "r"(rsp), "r"(ss) : "memory");
}

void attack_far_transfers(void)
{
    uint64_t rsp = (uint64_t)__builtin_frame_address(0) - 512;
    for (uint64_t selector = 0; selector < 0x60; selector++) {
        if ((selector & ~3ull) == 0x28)
            continue;
        CHECK(!TRY(far_return(selector, (void *)KERNEL_ADDRESS)));
        CHECK(!TRY(iret_to(selector, (uint64_t)attack_far_transfers, 0x202, rsp, 0x23)));
        if (selector != 0x23)
            CHECK(!TRY(iret_to(0x2b, (uint64_t)attack_far_transfers, 0x202, rsp, selector)));
    }
    FAULTS(far_return(0x2b, (void *)KERNEL_ADDRESS), VECTOR_PF);
    CHECK(!TRY(iret_to(0x2b, NOT_CANONICAL, 0x202, rsp, 0x23)));
    CHECK(!TRY(iret_to(0x2b, KERNEL_ADDRESS, 0x3202, rsp, 0x23)));
    CHECK(!TRY(iret_to(0x2b, KERNEL_ADDRESS, 0x20202, rsp, 0x23))); /* virtual-8086 mode */
}

/* Stacks that are none, at a call and at a fault. */
void attack_stack_pointers(void)
{
    const uint64_t stacks[] = {0, 8, NOT_CANONICAL, ~7ull, KERNEL_ADDRESS, 0xffff880000001000, EXO_PUB_INFO, EXO_WINDOW_PT, 1};
    for (unsigned i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        int64_t result = EXO_CALL_NULL;
        __asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp"
                         : "+a"(result) : "r"(stacks[i])
                         : "rbx", "rcx", "r11", "rdi", "rsi", "rdx", "r8", "r9", "r10", "memory");
        EQ(result, 0);
        FAULTS(__asm__ volatile("mov %0, %%rsp\n\tud2" : : "r"(stacks[i])), VECTOR_UD);
        CHECK(!TRY(__asm__ volatile("mov %0, %%rsp\n\tpush %%rax" : : "r"(stacks[i]))));
    }
    int64_t result = EXO_CALL_NULL; /* an interrupt, too */
    uint64_t until = now_ns() + 3 * MS;
    while (now_ns() < until)
        __asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n\tmov $2000, %%ecx\n\t1: dec %%ecx\n\tjnz 1b\n\tmov %%rbx, %%rsp"
                         : "+a"(result) : "r"(KERNEL_ADDRESS) : "rbx", "rcx", "memory");
    EQ(exo_null(), 0);
}

void attack_jump_away(void)
{
    const uint64_t targets[] = {NOT_CANONICAL, KERNEL_ADDRESS, 0xffff880000100000, ~0ull, 0x00007ffffffff000, 0x00007ffffffffffe,
                                EXO_PUB_INFO, EXO_WINDOW_PML4, EXO_ACT_BASE, 0};
    for (unsigned i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        CHECK(!TRY(((void (*)(void))targets[i])()));
        CHECK(vcpu()->last.vector == VECTOR_PF || vcpu()->last.vector == VECTOR_GP);
    }
}

/* Each of these ends the attacker: the entry or the stack that it gave the kernel is none. */
static void bad_entry(unsigned upcall, uint64_t entry)
{
    act_here()->entry[upcall] = entry;
    act_here()->save_slot = 1;
    act_here()->disabled = 0;
    if (upcall == EXO_UPCALL_FAULT)
        __asm__ volatile("ud2");
    for (;;)
        exo_yield(0, EXO_ACT_ANY);
}

void attack_bad_run_entry(void)
{
    bad_entry(EXO_UPCALL_RUN, KERNEL_ADDRESS);
}

void attack_bad_event_entry(void)
{
    __atomic_fetch_or(&act_here()->pending, EXO_EVENT_TIMER, __ATOMIC_SEQ_CST);
    bad_entry(EXO_UPCALL_EVENT, NOT_CANONICAL);
}

void attack_bad_fault_entry(void)
{
    bad_entry(EXO_UPCALL_FAULT, NOT_CANONICAL);
}

void attack_fault_recursion(void)
{
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        act_here()->fault_stack[i] = i & 1 ? KERNEL_ADDRESS : NOT_CANONICAL;
    WORD(NOWHERE) = 0;
}

static bool fault_in_handler(struct exo_fault *fault)
{
    (void)fault;
    __asm__ volatile("ud2");
    return true;
}

void attack_fault_in_handler(void)
{
    vcpu()->hook = fault_in_handler;
    WORD(NOWHERE) = 0;
}

void attack_unmap_handler(void)
{
    EQ(pt_one(0, EXO_PT_UNMAP, (uint64_t)fault_entry & ~4095ull, 0, 1, 0, 0), 1);
    WORD(NOWHERE) = 0;
}

void attack_unmap_stacks(void)
{
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        EQ(pt_one(0, EXO_PT_UNMAP, (act_here()->fault_stack[i] - 8) & ~4095ull, 0, 1, 0, 0), 1);
    WORD(NOWHERE) = 0;
}

void attack_unmap_everything(void)
{
    extern char __executable_start[];
    EQ(pt_one(0, EXO_PT_UNMAP, (uint64_t)__executable_start & ~4095ull, 0, 512, 0, 0), 1);
}

void attack_destroy_self(void)
{
    exo_env_destroy(0, 0);
}

/* States that the processor refuses, resumed by another activation each. */
static void resume_spoiled(void *kind)
{
    struct exo_context *slot = (struct exo_context *)((uint64_t)act_here() + 2 * EXO_PAGE_BYTES);
    uint64_t i = (uint64_t)kind;
    slot->rip = (uint64_t)park;
    slot->rsp = act_here()->stack;
    if (i == 0)
        slot->rip = NOT_CANONICAL;
    else if (i == 1)
        slot->rip = KERNEL_ADDRESS;
    else if (i == 2)
        for (unsigned k = 512; k < 576; k++)
            slot->xsave[k] = 0xff; /* the header of XSAVE */
    else if (i == 3)
        slot->xsave[512 + 15] = 0x80; /* XCOMP_BV: the compacted form, which some processors take */
    else if (i == 4)
        for (unsigned k = 24; k < 28; k++)
            slot->xsave[k] = 0xff; /* MXCSR, which QEMU takes */
    REPORT->word[i] = 1;
    exo_resume(1);
    REPORT->word[16 + i] = 1;
    park();
}

void attack_spoiled_states(void)
{
    unsigned refused = INFO->xsave == EXO_XSAVE_XSAVE ? 3 : 2;
    for (uint64_t i = 0; i < 5; i++) {
        uint32_t act = accomplice(resume_spoiled, i);
        if (i >= refused) {
            CHECK(meet(&REPORT->word[i], 1));
            continue;
        }
        CHECK(await_state(act_here()->env, act, EXO_ACT_STOPPED));
        EQ(env_info(act_here()->env)->act[act].stop_vector, 256);
        EQ(REPORT->word[i], 1);
        EQ(REPORT->word[16 + i], 0);
    }
    EQ(exo_resume(act_here()->slots), E(ARG));
    EQ(exo_resume(0xffffffff), E(ARG));
}

/* A whole context of ones, flags included: whatever runs is ring 3, with interrupts on. */
static void flags_look(void)
{
    uint64_t flags, cs;
    __asm__ volatile("pushfq\n\tpopq %0\n\tmov %%cs, %1" : "=r"(flags), "=r"(cs));
    REPORT->word[0] = flags;
    REPORT->word[1] = cs;
    act_here()->disabled = 1;
    REPORT->word[2] = 1;
    park();
}

static void resume_greedy(void *unused)
{
    (void)unused;
    struct exo_context *slot = (struct exo_context *)((uint64_t)act_here() + 2 * EXO_PAGE_BYTES);
    slot->rip = (uint64_t)flags_look;
    slot->rsp = act_here()->stack - 8;
    slot->cs = 8;
    slot->ss = 0x10;
    slot->rflags = 0x3f7ed5 & ~0x100ull & ~0x400ull & ~0x40000ull;
    slot->fs_base = KERNEL_ADDRESS;
    for (unsigned i = 0; i < 11; i++)
        slot->reserved[i] = ~0ull;
    exo_resume(1);
}

void attack_greedy_state(void)
{
    accomplice(resume_greedy, 0);
    CHECK(meet(&REPORT->word[2], 1));
    EQ(REPORT->word[0] & 0x3000, 0);      /* IOPL */
    EQ(REPORT->word[0] & 0x200, 0x200);   /* IF */
    EQ(REPORT->word[0] & 0x24000, 0);     /* VM, NT */
    EQ(REPORT->word[1], EXO_USER_CS);
}

/* Enabled, with nonsense where the state should go, and preempted over and over. */
static void spinner(void *unused)
{
    (void)unused;
    struct exo_activation *act = act_here();
    act->disabled = 0;
    for (;;)
        REPORT->word[0]++;
}

void attack_save_slots(void)
{
    const uint32_t wrong[] = {0, 63, 64, 65, 0x7fffffff, 0x80000000, 0xffffffff, 5};
    uint32_t act = accomplice(spinner, 0);
    volatile struct exo_activation *page = (volatile struct exo_activation *)(EXO_ACT_BASE + act * EXO_ACT_STRIDE);
    uint64_t before = victim_ns();
    for (unsigned i = 0; i < 40; i++) {
        page->save_slot = wrong[i % 8];
        page->disabled = i & 1;
        page->resume_lo = i & 2 ? 0 : ~0ull;
        page->resume_hi = i & 4 ? 0 : ~0ull;
        page->slots = wrong[7 - i % 8];
        page->self = KERNEL_ADDRESS;
        page->cpu = ~0u;
        page->index = ~0u;
        page->fault_depth = i % 7;
        sleep_ns(MS / 2);
    }
    CHECK(victim_ran(before));
}

/* Vector state that traps when it is used next must not trap in somebody else. */
void attack_vector_state(void)
{
    uint32_t mxcsr = 0, before;
    uint16_t control = 0x40;
    __asm__ volatile("stmxcsr %0" : "=m"(before));
    uint64_t ran = victim_ns();
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr)); /* every exception unmasked */
    __asm__ volatile("fninit\n\tfldcw %0\n\tfldz\n\tfld1\n\tfdiv %%st(1), %%st" : : "m"(control)); /* one is pending now */
    sleep_ns(2 * MS);
    for (unsigned i = 0; i < 50; i++)
        exo_yield(0, EXO_ACT_ANY);
    CHECK(victim_ran(ran));
    __asm__ volatile("fninit");
    __asm__ volatile("ldmxcsr %0" : : "m"(before));
}

/* Alignment checks are ring 3's; the kernel copies whatever the alignment. */
void attack_alignment(void)
{
    uint8_t *bytes = (uint8_t *)REPORT->word;
    struct exo_cap own = ATTACKER_NAME;
    for (unsigned i = 0; i < sizeof own; i++)
        bytes[1 + i] = ((uint8_t *)&own)[i];
    int64_t result = EXO_CALL_CAP_DERIVE;
    uint64_t rdi = 0, rsi = 0, rdx = (uint64_t)(bytes + 1);
    __asm__ volatile("pushfq\n\torl $0x40000, (%%rsp)\n\tpopfq\n\tsyscall\n\tpushfq\n\tandl $~0x40000, (%%rsp)\n\tpopfq"
                     : "+a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx) : : "rcx", "r11", "r8", "r9", "r10", "memory");
    EQ(result, E(BUSY));
}
