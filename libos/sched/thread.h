/* SPDX-License-Identifier: MIT
 *
 * thread.h: threads and the core that runs them over the virtual CPUs (activations). Layer: libos/sched, above exo and mem.
 *
 * A thread's block lies at the top of its stack's mapping; FS base points at its struct thread (x86-64 TLS variant II: the
 * TLS image is right below, the word at FS:0 is its own address).
 *
 *   guard | stack ... | spill page | extra (C library) | TLS image | struct thread |
 *
 * A thread that gave up the CPU itself has its state on its stack (rsp); one that was preempted has a whole context (ctx):
 * in a context slot, or in its spill page when slots run short.
 *
 * Locks: sched_lock guards every field from `state` on, the queues, timers and wait lists. It is taken disabled, so the
 * holder is never preempted by its own virtual CPU. Order: sched_lock, then vm_lock. Code under it may take page faults,
 * never block. The switch of threads hands the lock over: who is switched to releases it.
 */
#ifndef LIBOS_THREAD_H
#define LIBOS_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exo/exo.h"
#include "sched/signal_state.h"
#include "sched/wait_reason.h"

#define THREAD_STACK_BYTES (256 * 1024)
#define THREAD_MAIN_STACK_BYTES (8 * 1024 * 1024)
#define THREAD_GUARD_BYTES (16 * EXO_PAGE_BYTES)
#define THREAD_NAME 16

enum thread_state { THREAD_NEW, THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_DEAD };

/* Called in the scheduler: disabled, sched_lock held. */
struct sched_timer {
    struct sched_timer *next, *prev; /* sorted by deadline; NULL prev and not first: not armed */
    uint64_t deadline_ns;
    void (*expired)(struct sched_timer *timer);
    bool armed;
};

struct sync_priority;

struct thread {
    /* Fixed by the ABI. */
    struct thread *self; /* FS:0 */
    void *dtv;
    uint64_t abi[3];
    uint64_t canary; /* FS:0x28, should someone compile with a stack protector */

    /* Constant. */
    char name[THREAD_NAME];
    vaddr_t map_base;      /* of the mapping: guard, stack, block; 0: the main thread's */
    size_t map_bytes;
    vaddr_t stack_base, stack_top;
    struct exo_context *spill;
    void *extra;           /* the C library's (thread_extra_bytes) */
    void *(*function)(void *);
    void *argument;

    /* The thread's own. */
    uint32_t critical; /* > 0: signals wait (thread_critical_enter) */
    uint32_t dying;    /* reporting its death: waits are limited */
    void *result;
    void *cleanup;     /* pthread_cleanup_push: the innermost */
    void *robust;      /* robust mutexes that it holds */
    bool cancel_async; /* PTHREAD_CANCEL_ASYNCHRONOUS */
    bool cancel_disabled;
    struct thread *created_next, *created_prev; /* all threads (thread_first) */
    struct thread *known_next;                  /* of those with the same hash (thread_known) */
    uint64_t where, next_where; /* where it and created_next lie in physical memory, for struct thread_list; 0: none */
    uint32_t id;                /* from 1, in the order in which they were made; 0: being made */

    enum thread_state state;
    uint64_t rsp;
    struct exo_context *ctx;
    int priority;      /* for policies: higher is more urgent; at least base_priority (sync_priority_...) */
    int base_priority;
    uint64_t affinity; /* bit n: may run on virtual CPUs with slices of CPU n; 0: on all */
    uint32_t weight;   /* for policies that share in proportion; 0: SCHED_WEIGHT_DEFAULT */
    bool in_policy;    /* for check.c: the policy has it */
    uint64_t policy[4]; /* for policies */
    struct thread *queue_next, *queue_prev; /* of the policy */
    uint32_t runs;     /* how often it was given a CPU */
    uint64_t run_ns, started_ns; /* its CPU time until it was last looked at, and when that was */

    const uint32_t *wait_word; /* blocked on it, */
    uint32_t wait_value;
    bool wait_shared;          /* another process may change it, */
    bool wait_interruptible;   /* a signal ends the wait, */
    bool wait_cancellable;     /* and so does thread_cancel */
    bool wait_listed;
    enum thread_wait wait_why;
    int wait_result;
    struct thread *wait_next, *wait_prev;
    struct sched_timer timer; /* of the wait */

    bool stepping; /* single-stepped, in a disabled section: the trap flag comes back when it ends */
    uint8_t sched_class; /* SCHED_OTHER, SCHED_FIFO, SCHED_RR of POSIX */
    bool detached;
    bool borrowed;       /* its memory is the program's: not to be unmapped */
    bool cancel_pending; /* thread_cancel was called, */
    bool cancel_due;     /* and the thread lets itself be cancelled */
    uint32_t ended;      /* word that joiners wait on: 1 when the thread is gone */

    struct thread *joining;       /* thread_join: it waits for this one */
    const void *locking;          /* mutex that it is about to wait for, or waits for, without a time limit */
    struct sync_priority *held;   /* mutexes that may raise its priority */
    struct sync_priority *wanted; /* the one that it waits for */

    struct signal_state signal;
};

_Static_assert(offsetof(struct thread, self) == 0, "FS:0 is the thread's own address");
_Static_assert(offsetof(struct thread, canary) == 0x28, "the stack protector's word");

/* ---- Disabled sections: not preempted, no event; keep them short ---- */

/* Disables upcalls; returns what was, for sched_enable. */
static inline uint32_t sched_disable(void)
{
    uint32_t was = 1;
    __asm__ volatile("xchgl %0, %%gs:%c1" : "+r"(was) : "i"(offsetof(struct exo_activation, disabled)) : "memory");
    return was;
}

/* A bit of exo_activation.pending that is the libOS's own: the thread has a signal, or is `stepping`: sched_enable looks. */
#define SCHED_EVENT_THREAD (1u << 31)
#define SCHED_EVENT_RESCHED (1u << 30) /* a more urgent thread is ready: give way */
#define SCHED_WATCH_KICK 3u            /* standing watch of a virtual CPU on its wake word */
#define SCHED_TRAP_FLAG 0x100u

/* Ends a disabled section, and takes events that came meanwhile. */
void sched_enable(uint32_t was);

/* ---- Spin locks between virtual CPUs; taken disabled ---- */

struct sched_spin {
    uint32_t holder; /* 0, or the activation + 1 */
};

void sched_spin_wait(struct sched_spin *spin); /* until it looks free */

static inline void sched_spin_lock(struct sched_spin *spin)
{
    uint32_t mine = exo_act()->index + 1, holder = 0;
    while (!__atomic_compare_exchange_n(&spin->holder, &holder, mine, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        sched_spin_wait(spin);
        holder = 0;
    }
}

static inline void sched_spin_unlock(struct sched_spin *spin) { __atomic_store_n(&spin->holder, 0, __ATOMIC_RELEASE); }

/* The holder crashed in the middle: if that is this virtual CPU, the lock is free again. */
static inline void sched_spin_break(struct sched_spin *spin)
{
    if (__atomic_load_n(&spin->holder, __ATOMIC_RELAXED) == exo_act()->index + 1)
        sched_spin_unlock(spin);
}

uint32_t sched_lock(void);
void sched_unlock(uint32_t was);

/* ---- Threads ---- */

static inline struct thread *thread_self(void)
{
    struct thread *thread;
    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(thread) : "i"(EXO_LOCAL_CURRENT));
    return thread;
}

/* Makes a thread. What is 0 is the default: THREAD_STACK_BYTES, THREAD_GUARD_BYTES, the priority and affinity of the caller.
 * stack: memory of the program's instead (stack_bytes of it, for the thread's block and TLS too; no guard), which is its
 * own again when the thread was joined. Returns 0, -ENOMEM, or -EINVAL (the stack is too small for the block). */
struct thread_spec {
    const char *name;
    void *stack;
    size_t stack_bytes, guard_bytes;
    void *(*function)(void *);
    void *argument;
    bool detached, no_guard, own_priority;
    int priority;        /* if own_priority, */
    uint8_t sched_class; /* and what goes with it */
    uint64_t affinity;
};
int thread_make(struct thread **out, const struct thread_spec *spec);

/* The same for one with defaults, ready to run function(argument). stack_bytes 0: THREAD_STACK_BYTES. */
int thread_create(struct thread **out, const char *name, size_t stack_bytes, void *(*function)(void *), void *argument);

/* Ends the calling thread. The last one ends the process with status 0. */
_Noreturn void thread_exit(void *result);

/* Waits until a thread ends and frees it. Returns 0, -EINVAL (detached), -EDEADLK (oneself). */
int thread_join(struct thread *thread, void **result);

/* The same, until a deadline, and with SYNC_INTERRUPTIBLE in flags until a signal: -ETIMEDOUT, -EINTR. */
int thread_join_until(struct thread *thread, void **result, uint64_t deadline_ns, unsigned flags);
int thread_detach(struct thread *thread);

/* Lets others run. The reason is one of enum sched_why. */
void thread_yield_why(unsigned why);
static inline void thread_yield(void) { thread_yield_why(2); } /* SCHED_YIELDED */

/* Sleeps until the clock (exo_clock_ns) reaches deadline_ns. Returns 0 or -EINTR. */
int thread_sleep_until(uint64_t deadline_ns);

/* While > 0 signals are not delivered to this thread: it holds something that a handler might want, or shared state. The
 * last exit delivers what has come. Session locks and the locks of malloc and environ do this. */
void thread_critical_enter(void);
void thread_critical_exit(void);

/* Asks a thread to end itself: a wait that may be interrupted ends with -EINTR, as do later ones, until the thread comes to
 * thread_cancel_point (functions of POSIX that are cancellation points call it), or at once if it is cancel_async. What
 * happens then is thread_cancelled's affair (posix/pthread_cancel.c). */
void thread_cancel(struct thread *thread);
void thread_cancelled(void) __attribute__((weak));
static inline void thread_cancel_point(void);

/* Sets whether the calling thread can be cancelled. */
void thread_cancel_enable(bool enable);

/* Changes a thread's weight: of two threads that compete under a policy of shares, the CPU time is as their weights. Returns 0
 * or -EINVAL (beyond SCHED_WEIGHT_MAX). */
#define SCHED_WEIGHT_DEFAULT 1024u
#define SCHED_WEIGHT_MAX (1u << 20)
int thread_weight_set(struct thread *thread, uint32_t weight);
static inline uint32_t thread_weight(const struct thread *thread)
{
    return thread->weight ? thread->weight : SCHED_WEIGHT_DEFAULT;
}

/* Changes a thread's base priority, or the CPUs where it may run (0: all). The latter returns -EINVAL when the program has no
 * virtual CPU on any of them. */
void thread_priority_set(struct thread *thread, int priority);
int thread_affinity_set(struct thread *thread, uint64_t cpus);

/* Bit n: the program has a virtual CPU on CPU n. */
uint64_t sched_cpu_set(void);

/* Gives the program up to `count` virtual CPUs (never fewer than it has), each on a CPU of its own, so that threads run at
 * the same time. Returns how many it has then, or a negative errno. A program starts with one, or with as many as the
 * environment variable EXON_CPUS says (`all`: as the machine has). Code that is right under preemption stays
 * right. */
int sched_cpus_set(uint32_t count);
uint32_t sched_cpus(void);

/* What a program shows others of its threads: where the first lies. Each says where the next one does; all lie in memory of the
 * program's own. Who may map its frames can read them (proc/threads_of.h): the processes of its session. Nobody else does, and
 * nobody is told of changes: the links can be followed at any moment (threads_of.c says how). Not over the end of a page. */
struct thread_list {
    uint64_t layout; /* THREAD_LIST_LAYOUT */
    uint64_t first;  /* physical address of the struct thread made last; 0: none */
    char policy[THREAD_NAME];
} __attribute__((aligned(64)));
extern struct thread_list thread_list;

/* Programs that are built differently disagree about this. */
#define THREAD_LIST_LAYOUT                                                                                         \
    ((uint64_t)sizeof(struct thread) << 48 | (uint64_t)offsetof(struct thread, where) << 36 |                      \
     (uint64_t)offsetof(struct thread, run_ns) << 24 | (uint64_t)offsetof(struct thread, wait_why) << 12 | WAIT_REASONS)

/* First of all threads, for tools that look at them (link created_next; caller holds sched_lock). */
struct thread *thread_first(void);

/* Whether a pointer is to one of them; to one that has ended, or to nothing, it is not. sched_lock held. */
bool thread_known(const struct thread *thread);

static inline void thread_cancel_point(void)
{
    if (thread_self()->cancel_due && thread_cancelled)
        thread_cancelled();
}

/* When nothing can run, no timer is armed and nobody waits for a word that another process changes, the idle loop asks (sched_lock
 * held) whether all threads wait for each other: then one has been woken with -EDEADLK, and sync_wait, or the lock of a mutex that
 * raises priorities, lets it say so before it waits again. posix/pthread_deadlock.c; linked by programs with threads. */
bool thread_deadlock_look_locked(void) __attribute__((weak));
void thread_deadlock_say(void) __attribute__((weak));

/* Room that the C library wants in each thread, and what prepares and cleans it up (newlib-port/reent.c). */
size_t thread_extra_bytes(void);
void thread_extra_init(struct thread *thread);
void thread_extra_free(struct thread *thread);

/* ---- For start, upcalls, sync and signals ---- */

/* Lays a thread's block out at the top of [map_base, map_base + map_bytes) and fills in the TLS image. Touches it. */
struct thread *thread_layout(vaddr_t base, size_t bytes, size_t guard_bytes, const char *name);
size_t thread_block_bytes(void);

/* Registers the main thread and enters it; never returns. Disabled, on the start stack. */
_Noreturn void sched_start(struct thread *main_thread);

/* What the scheduler keeps of a virtual CPU, before its first upcall. */
void sched_act_init(struct exo_activation *act);

/* A virtual CPU begins to run a thread after it slept at its own wish: that time is nobody's. now: the clock. */
static inline void sched_came_back(struct exo_local *local, uint64_t now) { local->away_ns = now - *local->ran_ns; }

/* Run and event upcalls end here: continue with whatever the policy picks. Disabled, on act->stack. */
_Noreturn void sched_upcall(struct exo_activation *act, uint32_t slot, uint32_t pending);

/* Asks for the virtual CPUs that the environment wants. */
void sched_cpus_start(void);

/* Activations beside the virtual CPUs, for exo/pct_serve.c. make: one that is ready but has no CPU time; from then on there are no
 * further virtual CPUs. Returns its index or a negative errno. place: gives it a slice, on the CPU with the fewest. kick: a
 * thread bound to it is ready; sched_lock held. */
int sched_server_make(void);
int sched_server_place(uint32_t index);
void sched_kick_locked(uint32_t index);

/* Makes the start code's thread one like any other: it begins with function. */
void thread_adopt(struct thread *thread, void *(*function)(void *));

/* First C code of a new thread (upcall.asm). */
_Noreturn void thread_begin(struct thread *self);

/* Blocks the calling thread, which has entered itself in the lists that will wake it, until sched_wake_locked; returns its
 * wait_result. sched_lock held, before and after. */
int sched_block_locked(void);

/* Makes a blocked thread ready. result becomes its wait_result. sched_lock held. */
void sched_wake_locked(struct thread *thread, int result);

/* Changes what a policy sorts by. The thread may be ready, in the policy's hands. */
void sched_priority_locked(struct thread *thread, int priority);

/* A new thread becomes ready; a dead one leaves for ever; a lock whose holder crashed is taken away from it. */
void sched_add_locked(struct thread *thread);
_Noreturn void sched_leave_locked(void);
void sched_lock_break(void);

/* Arms and disarms timers. sched_lock held. */
void sched_timer_start(struct sched_timer *timer, uint64_t deadline_ns);
void sched_timer_stop(struct sched_timer *timer);

/* A timer was started by a thread that goes on running: tells the kernel if it is the earliest. */
void sched_timers_changed_locked(void);

/* Gives the thread's block and stack back. Called by the reaper, never by the thread itself. */
void thread_free(struct thread *thread);

/* In upcall.asm. */
void context_switch(uint64_t *save, uint64_t load);
_Noreturn void context_load(uint64_t load);
void context_leave(uint64_t *save, uint64_t stack, void (*function)(void));
void context_interrupt(void (*edit)(struct exo_context *context, void *argument), void *argument);
_Noreturn void upcall_resume(struct exo_context *context);
void thread_entry(void);
void signal_trampoline(void);
void fatal_trampoline(void);

#endif
