/* SPDX-License-Identifier: MIT
 *
 * runtime.h: what the kernel tests stand on: checks, the log, time, faults that are expected, scratch pages, and child
 * environments. Ring 3, raw ABI: no libOS, no C library.
 *
 * The suite is the first environment and runs disabled throughout, so that calls which sleep return where they were
 * made. Slot 0 holds the empty prefix, slot 1 SUITE_NAME (READ, WRITE, GRANT), which stands in the access list of every
 * frame of the suite's image. A child has the whole image mapped at the same addresses, data included, with that name
 * in slot 15; so a child is a function of the suite in another environment, and it reports through shared variables.
 *
 * After each test the runner ends all children, frees their slices, and empties slots 2 to 15 and the scratch pages;
 * then as many frames, environments and slices must be free, and as much quota used, as before.
 */
#ifndef TESTS_KERNEL_RUNTIME_H
#define TESTS_KERNEL_RUNTIME_H

#include <stdbool.h>

#include "exo_stubs.h"
#include "info.h"
#include "pct.h"

/* Checks. A failed one is recorded, in children too, and the test goes on, so that it cleans up. */
bool check_equal(int64_t got, int64_t wanted, const char *what, const char *file, int line);
bool check_true(bool holds, const char *what, const char *file, int line);
#define EQ(expression, wanted) check_equal((int64_t)(expression), (int64_t)(wanted), #expression, __FILE__, __LINE__)
#define CHECK(condition) check_true((condition), #condition, __FILE__, __LINE__)
#define E(name) (-(int64_t)EXO_E_##name)
enum { FAILURES_MAX = 8 };
struct failures {
    uint32_t count; /* may be more than are kept */
    struct failure {
        const char *what, *file;
        int line;
        int64_t got, wanted;
        bool numbers;
    } entry[FAILURES_MAX];
};
extern struct failures *failures; /* where they are recorded */

/* One line of the log; %s %d %u %x, all numbers of 64 bits. */
void say(const char *format, ...);
/* Says it, the last line of the suite, and switches off. */
_Noreturn void suite_end(bool passed);

/* Published tables. */
#define INFO ((const volatile struct exo_info *)EXO_PUB_INFO)
#define CLOCK ((const volatile struct exo_clock *)EXO_PUB_CLOCK)
#define FRAMES ((const volatile struct exo_frame *)EXO_PUB_FRAMES)
#define ENVS ((const volatile struct exo_env_info *)EXO_PUB_ENVS)
#define QUOTAS ((const volatile struct exo_quota *)EXO_PUB_QUOTAS)
#define SLICES ((const volatile struct exo_slice *)EXO_PUB_SLICES)
#define LINES ((const volatile struct exo_line *)EXO_PUB_LINES)
#define PORTS ((const volatile struct exo_ports *)EXO_PUB_PORTS)
#define DEVICES ((const volatile struct exo_device *)EXO_PUB_DEVICES)
const volatile struct exo_env_info *env_info(env_id_t env);
const volatile struct exo_slice *slice_info(uint32_t cpu, uint32_t position);
/* The entry of the quota table for exactly this prefix, or NULL. */
const volatile struct exo_quota *quota_info(const struct exo_cap *prefix);

/* Time. */
uint64_t now_ns(void);
void sleep_ns(uint64_t ns);
#define MS 1000000ull
/* Waits up to ten seconds, as the host may be busy with other things, for *word to be value; false if it never was. */
bool await(const volatile uint32_t *word, uint32_t value);
bool await_more(const volatile uint64_t *word, uint64_t than);
/* Waits for a state of an activation. */
bool await_state(env_id_t env, uint32_t act, uint32_t state);
/* Calls `env`, which does not answer in time, until a call did begin: it keeps one of the activations that rested. */
void call_in_vain(uint32_t binding, env_id_t env, uint64_t patience_ns, struct exo_words words);
/* Waits for the environment's tear-down to end. */
bool await_gone(env_id_t env);
/* Takes the pending events of this activation. */
uint32_t events_take(void);

/* Faults. Every activation has one of these; TRY(statement) says whether it ran without a fault, and leaves the fault
 * in vcpu()->last. A hook sees faults first; if it returns true the activation goes on at the rip it left. */
struct jump {
    uint64_t kept[8];
};
struct vcpu {
    struct jump recover;
    bool armed;
    struct exo_fault last;
    volatile uint64_t faults;
    bool (*hook)(struct exo_fault *fault);
    void (*upcall)(struct exo_activation *act, uint64_t slot, uint64_t pending); /* must not return */
    void (*pct)(uint64_t call, struct exo_words *words, env_id_t from);           /* then replies, if call is not 0 */
};
struct vcpu *vcpu(void);
struct exo_activation *act_here(void);
int jump_set(struct jump *jump) __attribute__((returns_twice));
_Noreturn void jump_go(struct jump *jump);
#define TRY(statement)                                                                                                 \
    ({                                                                                                                 \
        volatile bool ran_ = false;                                                                                    \
        if (!jump_set(&vcpu()->recover)) {                                                                             \
            vcpu()->armed = true;                                                                                      \
            statement;                                                                                                 \
            __asm__ volatile("" ::: "memory");                                                                         \
            ran_ = true;                                                                                               \
        }                                                                                                              \
        vcpu()->armed = false;                                                                                         \
        ran_;                                                                                                          \
    })
enum {
    VECTOR_DIVIDE, VECTOR_DEBUG, VECTOR_BREAKPOINT = 3, VECTOR_OVERFLOW, VECTOR_UD = 6, VECTOR_STACK = 12, VECTOR_GP, VECTOR_PF,
    VECTOR_X87 = 16, VECTOR_ALIGNMENT, VECTOR_SIMD = 19,
};
enum { PF_PRESENT = 1, PF_WRITE = 2, PF_USER = 4, PF_FETCH = 16 };
/* Checks that the access faults so: PF error bits (present and write). */
#define PAGE_FAULTS(statement, address_, bits)                                                                         \
    ((void)(EQ(TRY(statement), false) && EQ(vcpu()->last.vector, VECTOR_PF) &&                                         \
            EQ(vcpu()->last.address, (address_)) && EQ(vcpu()->last.error & (PF_PRESENT | PF_WRITE), (bits))))
#define FAULTS(statement, vector_) ((void)(EQ(TRY(statement), false) && EQ(vcpu()->last.vector, (vector_))))

/* entry.asm */
void upcall_entry(void);
void child_entry(void);
void fault_entry(void);
void pct_entry(void);
extern char fault_resume_lo[], fault_resume_hi[];
struct registers {
    uint64_t general[15]; /* rax rbx rcx rdx rsi rdi rbp r8 .. r15 */
    uint32_t mxcsr, pad[5];
    uint64_t xmm[16][2];
};
_Static_assert(offsetof(struct registers, xmm) == 144, "entry.asm");
/* Loads them all and spins until registers_stop is not 0; then stores them. */
void registers_hold(const struct registers *in, struct registers *out);
extern volatile uint32_t registers_stop;

void *memset(void *to, int value, size_t n);

/* Memory. All under slot 0, in the suite's own page tables. */
#define SCRATCH 0x0000100000000000ull
enum { SCRATCH_PAGES = 2048 };
#define PAGE(k) (SCRATCH + (uint64_t)(k) * EXO_PAGE_BYTES)
#define WORD(va) (*(volatile uint64_t *)(va))
frame_t frame_new(void);
frame_t frame_new_under(uint32_t slot, uint32_t flags);
void frame_put(frame_t frame);
/* One pt_update with one operation; env 0: oneself. */
int64_t pt_one(env_id_t env, unsigned op, uint64_t va, frame_t frame, uint32_t count, unsigned prot, unsigned cap);
int64_t map(uint64_t va, frame_t frame, unsigned prot);
int64_t unmap(uint64_t va);
/* The lowest page-table entry for va through the window; 0 if there is no such table. */
uint64_t pte(uint64_t va);

/* Names. */
#define SUITE_NAME {.bits = 0xa5ull << 56, .len = 8, .rights = EXO_RIGHT_READ | EXO_RIGHT_WRITE | EXO_RIGHT_GRANT}
struct exo_cap name(uint64_t first_byte, unsigned rights);           /* 8 bits */
struct exo_cap name_below(struct exo_cap above, unsigned byte);      /* 8 bits more */
/* Derives it from slot 0 into an empty slot from 2 on and returns that. */
uint32_t hold(struct exo_cap cap);
/* Revokes a prefix with slot 0, to the end; false if there is none within ten seconds. */
bool revoke(struct exo_cap prefix);

/* Ports. */
static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* Children. child_make: an environment under `slot`'s name with the image mapped. child_act: one more activation, which
 * calls fn(arg); it has no slices. child_run: both, with a slice of its own on a CPU. When fn returns, the environment
 * ends itself. Results are negative errors. */
enum { CHILD_SLOT = 15, STARTS_MAX = 24 };
enum { CHILD_STACK_BYTES = 8192, FAULT_STACK_BYTES = 2048, UPCALL_STACK_BYTES = 4096 };
int64_t child_make(uint32_t slot, const char *text);
int64_t child_act(env_id_t env, void (*fn)(void *), void *arg);
int64_t child_slice(env_id_t env, uint32_t act, uint32_t cpu);
int64_t child_run(void (*fn)(void *), void *arg, uint32_t cpu);
/* What child_act gives to act_create, for tests that change some of it. */
void child_spec(struct exo_act_spec *spec, void (*fn)(void *), void *arg);
/* Ends all children, waits for it, and frees their slices. */
void children_end(void);
/* Those made so far are not children_end's. */
void children_keep(void);
/* For fn: sleeps for ever. */
_Noreturn void park(void);

#endif
