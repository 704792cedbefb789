// SPDX-License-Identifier: MIT
//
// tiny: a whole library operating system in one file, straight on exokernel/abi, without a line of libos/ or newlib. It has
// memory that appears when it is touched, threads with a lottery scheduler, and a console. docs/write-a-libos.md builds it
// up step by step. `tiny [WORD...]` prints its arguments, lets three threads compete, and counts its standard input.
//
// Compiled with -mgeneral-regs-only, so that a fault upcall, in which the FPU state is the faulting thread's, may run any
// of it. One virtual CPU: code that runs disabled has everything for itself.

#include "../foreign/foreign.h"
#include "abi/info.h"
#include "exo_stubs.h"

enum { THREADS = 5, STACK = 16384, UPCALL_STACK = 4096, MEMORY_PAGES = 256, PAGE = EXO_PAGE_BYTES };
static const uint64_t memory_base = 0x100000000; // page i of it appears when it is touched, and reads as zeroes

static struct exo_activation *const act = (struct exo_activation *)EXO_ACT_BASE;
static struct foreign_pages *pages;
FOREIGN_NOTE; // says to who starts programs that this one has another libOS

static _Alignas(16) __attribute__((used)) uint8_t upcall_stack[UPCALL_STACK];
static _Alignas(16) uint8_t fault_stacks[EXO_FAULT_DEPTH][UPCALL_STACK];
static _Alignas(16) uint8_t stacks[THREADS][STACK];

// ---- Console: a byte ring that `foreign` empties, and one that it fills ----

static void put(const char *text)
{
    struct foreign_ring *ring = &pages->output;
    for (; *text; text++) {
        uint32_t tail; // a full ring: sleeps until there is room
        while (tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE), ring->head - tail == FOREIGN_OUTPUT) {
            struct exo_term room = {.word = (uint64_t)&ring->tail, .value = tail, .op = EXO_TERM_NE, .width = 4};
            exo_doorbell(&ring->head);
            exo_wait(&room, 1, EXO_FOREVER);
        }
        pages->output_bytes[ring->head % FOREIGN_OUTPUT] = (uint8_t)*text;
        __atomic_store_n(&ring->head, ring->head + 1, __ATOMIC_RELEASE);
    }
    exo_doorbell(&ring->head);
}

static void put_number(uint64_t n)
{
    char digits[21], *at = digits + 20;
    for (*at = 0; *--at = (char)('0' + n % 10), n >= 10; n /= 10)
        ;
    put(at);
}

// ---- Threads: thread i is preempted into context slot i + 1, so that a switch copies nothing ----

enum state { FREE, READY, DONE };
static struct thread {
    enum state state;
    uint32_t tickets;
    uint32_t turns; // how often the lottery gave it the CPU
} threads[THREADS];

static struct exo_context *slot_of(uint32_t thread)
{
    return (struct exo_context *)(EXO_ACT_BASE + (thread + 2) * PAGE);
}

// Disabled sections: no upcall comes between the two, so nobody else runs.
static void disable(void) { __atomic_store_n(&act->disabled, 1, __ATOMIC_SEQ_CST); }
static void enable(void) { __atomic_store_n(&act->disabled, 0, __ATOMIC_SEQ_CST); }

// Ends the calling thread: gives the time away and is never picked again.
static _Noreturn void thread_end(void)
{
    threads[act->save_slot - 1].state = DONE;
    for (;;)
        exo_yield(0, EXO_ACT_ANY);
}

static void thread_start(void (*function)(void), uint32_t tickets)
{
    uint32_t i = 0;
    while (threads[i].state != FREE)
        i++;
    struct exo_context *context = slot_of(i);
    uint64_t *stack = (uint64_t *)(stacks[i] + STACK) - 1;
    *stack = (uint64_t)thread_end; // where function returns to
    context->rip = (uint64_t)function;
    context->rsp = (uint64_t)stack;
    context->rflags = 0x202;
    *(uint16_t *)context->xsave = 0x37f;         // x87 control word and MXCSR at their initial values; the rest is zeroes,
    *(uint32_t *)(context->xsave + 24) = 0x1f80; // which means initial (Intel SDM vol 1 §13.8)
    threads[i] = (struct thread){READY, tickets, 0};
}

// The policy: each ready thread is picked in proportion to its tickets (Waldspurger and Weihl, OSDI 1994).
static uint32_t lottery(void)
{
    static uint64_t seed = 42;
    uint32_t total = 0, i = 0;
    for (uint32_t k = 0; k < THREADS; k++)
        total += threads[k].state == READY ? threads[k].tickets : 0;
    seed = seed * 6364136223846793005 + 1442695040888963407;
    for (uint32_t draw = (uint32_t)(seed >> 33) % total;; i++) {
        if (threads[i].state != READY)
            continue;
        if (draw < threads[i].tickets)
            return i;
        draw -= threads[i].tickets;
    }
}

// Upcall run and event, on upcall_stack: the CPU is ours, and whoever had it is in his slot.
static _Noreturn void on_run(struct exo_activation *self)
{
    __atomic_store_n(&self->pending, 0, __ATOMIC_RELAXED); // nothing here waits for events
    uint32_t next = lottery();
    threads[next].turns++;
    self->save_slot = next + 1;
    for (;;)
        exo_resume(next + 1); // loads the slot and enables upcalls; does not return
}

// ---- Memory: pages appear at the first touch, in the fault upcall ----

static uint32_t faults;

static _Noreturn void end(uint32_t status)
{
    pages->status = status;
    __atomic_store_n(&pages->ended, 1, __ATOMIC_RELEASE);
    for (;;)
        exo_env_destroy(0, 0);
}

__attribute__((used)) static void on_fault(struct exo_fault *fault)
{
    uint64_t page = fault->address & -(uint64_t)PAGE;
    struct exo_pt_op fresh = {.va = page, .count = 1, .op = EXO_PT_FRESH, .prot = EXO_PROT_WRITE, .cap = 0};
    if (fault->vector == 14 && page - memory_base < (uint64_t)MEMORY_PAGES * PAGE && !(fault->error & 1) &&
        exo_pt_update(0, EXO_CAP_NONE, &fresh, 1) == 1) {
        faults++;
        return;
    }
    put("tiny: exception ");
    put_number(fault->vector);
    put(" that nothing handles\n");
    end(128 + 11);
}

// Upcall fault: keeps what C may change, and goes on with the faulting code without the kernel. From resume_lo on the
// activation counts as disabled, wherever `disabled` says otherwise. IN rax = struct exo_fault, rsp = fault stack.
__attribute__((naked)) static void fault_entry(void)
{
    __asm__("push %%rdi; push %%rsi; push %%r8; push %%r9; push %%r10; push %%r11; push %%rax; sub $8, %%rsp\n\t"
            "mov %%rax, %%rdi\n\t"
            "call on_fault\n\t"
            "add $8, %%rsp; pop %%rax; pop %%r11; pop %%r10; pop %%r9; pop %%r8; pop %%rsi; pop %%rdi\n\t"
            "mov %c[was](%%rax), %%ecx\n"
            "resume_lo:\n\t"
            "decl %%gs:%c[depth]\n\t"
            "mov %%ecx, %%gs:%c[disabled]\n\t"
            "mov %c[rip](%%rax), %%rcx; mov %%rcx, %%gs:%c[user_rip]\n\t"
            "mov %c[rsp](%%rax), %%rcx; mov %%rcx, %%gs:%c[user_rsp]\n\t"
            "mov %c[rcx](%%rax), %%rcx; mov %c[rdx](%%rax), %%rdx\n\t"
            "lea %c[rflags](%%rax), %%rsp\n\t"
            "mov %c[rax](%%rax), %%rax\n\t"
            "popfq\n\t"
            "mov %%gs:%c[user_rsp], %%rsp\n\t"
            "jmp *%%gs:%c[user_rip]\n"
            "resume_hi:"
            :
            : [was] "i"(offsetof(struct exo_fault, was_disabled)), [rip] "i"(offsetof(struct exo_fault, rip)),
              [rsp] "i"(offsetof(struct exo_fault, rsp)), [rcx] "i"(offsetof(struct exo_fault, rcx)),
              [rdx] "i"(offsetof(struct exo_fault, rdx)), [rflags] "i"(offsetof(struct exo_fault, rflags)),
              [rax] "i"(offsetof(struct exo_fault, rax)), [depth] "i"(offsetof(struct exo_activation, fault_depth)),
              [disabled] "i"(offsetof(struct exo_activation, disabled)),
              [user_rip] "i"(offsetof(struct exo_activation, user[126])),
              [user_rsp] "i"(offsetof(struct exo_activation, user[127])));
}
extern const uint8_t resume_lo[], resume_hi[];

// Pages of [memory_base, ...) that were written, found by reading the page tables: no call.
static uint32_t dirty_pages(void)
{
    const volatile uint64_t *pte = (const volatile uint64_t *)EXO_WINDOW_PT + memory_base / PAGE;
    uint32_t dirty = 0;
    for (uint32_t i = 0; i < MEMORY_PAGES; i++)
        dirty += (pte[i] & (EXO_PTE_P | EXO_PTE_D)) == (EXO_PTE_P | EXO_PTE_D);
    return dirty;
}

// ---- What runs on it ----

static const uint32_t tickets[] = {1, 2, 4};
static volatile uint32_t race_over;

static void racer(void)
{
    while (!race_over)
        ;
}

static void toucher(void)
{
    for (uint32_t i = 0; i < MEMORY_PAGES; i += 2)
        *(volatile uint32_t *)(memory_base + i * PAGE) = i;
}

static uint32_t input_length(void)
{
    struct foreign_ring *ring = &pages->input;
    uint32_t bytes = 0;
    for (;;) {
        uint32_t closed = __atomic_load_n(&pages->input_closed, __ATOMIC_ACQUIRE);
        uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
        if (head == ring->tail && closed)
            return bytes;
        bytes += head - ring->tail;
        __atomic_store_n(&ring->tail, head, __ATOMIC_RELEASE);
        exo_doorbell(&ring->tail);
        struct exo_term more[] = {{.word = (uint64_t)&ring->head, .value = head, .op = EXO_TERM_NE, .width = 4},
                                  {.word = (uint64_t)&pages->input_closed, .value = 0, .op = EXO_TERM_NE, .width = 4}};
        if (!closed)
            exo_wait(more, 2, EXO_FOREVER);
    }
}

static void main_thread(void)
{
    put("tiny: a library OS of its own:");
    const char *argument = pages->arguments;
    for (uint32_t i = 0; i < pages->argc; i++, argument++) {
        put(" ");
        put(argument);
        while (*argument)
            argument++;
    }
    put("\n");

    disable();
    thread_start(toucher, 1);
    for (uint32_t i = 0; i < 3; i++)
        thread_start(racer, tickets[i]);
    enable();
    while (threads[1].state != DONE || threads[2].turns + threads[3].turns + threads[4].turns < 300)
        exo_yield(0, EXO_ACT_ANY);
    race_over = 1;

    put("tiny: pages touched, faults, dirty bits: ");
    put_number(MEMORY_PAGES / 2);
    put(" ");
    put_number(faults);
    put(" ");
    put_number(dirty_pages());
    put("\ntiny: turns of threads with 1, 2 and 4 tickets:");
    for (uint32_t i = 0; i < 3; i++) {
        put(" ");
        put_number(threads[2 + i].turns);
    }
    put("\ntiny: bytes of input: ");
    put_number(input_length());
    put("\n");
    end(faults == MEMORY_PAGES / 2 && dirty_pages() == faults ? 0 : 1);
}

// ---- Start ----

// The first upcall, on upcall_stack, disabled: says what comes where from here on, and starts the first thread.
__attribute__((used)) static _Noreturn void start(struct exo_activation *self)
{
    pages = (struct foreign_pages *)self->user[0];
    self->entry[EXO_UPCALL_RUN] = self->entry[EXO_UPCALL_EVENT] = (uint64_t)on_run;
    self->entry[EXO_UPCALL_FAULT] = (uint64_t)fault_entry;
    self->stack = (uint64_t)(upcall_stack + UPCALL_STACK - 8); // as after a call: C may be entered directly
    for (uint32_t i = 0; i < EXO_FAULT_DEPTH; i++)
        self->fault_stack[i] = (uint64_t)(fault_stacks[i] + UPCALL_STACK);
    self->resume_lo = (uint64_t)resume_lo;
    self->resume_hi = (uint64_t)resume_hi;
    thread_start(main_thread, 4);
    on_run(self);
}

__attribute__((naked, used)) void _start(void);
void _start(void)
{
    __asm__("lea upcall_stack + %c0(%%rip), %%rsp; xor %%ebp, %%ebp; call start" : : "i"(UPCALL_STACK));
}
