/* SPDX-License-Identifier: MIT
 *
 * pct_serve.c: the serving side of protected control transfer (pct.h). Layer: libos/exo, over sched.
 *
 *   activation  READY --run--> serving_pick: rest --> IDLE --a call--> pct_entry, pct_enter --reply--> IDLE
 *   its thread                                BLOCKED      RUNNING (blocked, ready, preempted as others are)
 *
 * A server is an activation outside of the pool of virtual CPUs with a thread bound to it. The thread core runs it as it runs
 * the others; that it never meets a thread of another kind is the work of a policy put over the program's own, which keeps
 * server threads out of it and gives each activation its thread or nothing. With nothing to do and no call under way it
 * becomes idle in the kernel's sense; in the middle of a call it sleeps as a virtual CPU without ready threads does.
 *
 * It has a slice, since a caller may be gone before the handler has ended; while it is idle or runs in a call, that costs
 * nobody anything. Lock: sched_lock for struct server but `thread`; a thread that is in no call is BLOCKED, and nobody may
 * wake it.
 */
#include "exo/pct.h"

#include <errno.h>
#include <signal.h>

#include "mem/vm.h"
#include "sched/policy.h"
#include "sync/sync.h"

#define SPINS 1000 /* directed yields until a new server is idle; each is at most a slice */

struct server {
    struct thread *thread;
    bool calling; /* a call is under way */
    bool ready;   /* its thread is READY, thus in the policy's hands */
    bool placed;  /* it has its slice */
};

static struct server servers[EXO_ACTS_MAX]; /* by activation; thread NULL: none */
static pct_handler_fn *handler;
static const struct sched_policy *inner;
static struct sync_mutex lock; /* of pct_serve */

void pct_entry(void);
_Noreturn void pct_enter(struct exo_activation *act, uint64_t call, env_id_t from, struct exo_words *words);

/* ---- The policy over the program's own ---- */

static void *server_function(void *argument) { return argument; } /* never run: it marks a server's thread */

static struct server *server_of(const struct thread *thread)
{
    return thread->function == server_function ? thread->argument : NULL;
}

static void serving_enqueue(struct thread *thread, enum sched_why why)
{
    struct server *server = server_of(thread);
    if (!server) {
        inner->enqueue(thread, why);
        return;
    }
    server->ready = true;
    if (server != &servers[sched_act_index()])
        sched_kick_locked((uint32_t)(server - servers));
}

static void serving_dequeue(struct thread *thread)
{
    struct server *server = server_of(thread);
    if (server)
        server->ready = false;
    else
        inner->dequeue(thread);
}

/* The calling activation serves nobody: it is idle until a call comes, or an event. sched_lock held. */
static void rest(void)
{
    sched_unlock(1);
    exo_pct_reply(0, 0, 0, 0, 0, 0);
    sched_lock(); /* never: it can only fail in the middle of a call */
}

static struct thread *serving_pick(void)
{
    struct server *server = &servers[sched_act_index()];
    if (!server->thread)
        return inner->pick();
    if (!server->calling)
        rest();
    if (!server->ready)
        return NULL;
    server->ready = false;
    return server->thread;
}

static bool serving_tick(struct thread *thread) { return !server_of(thread) && inner->tick(thread); }

static bool serving_preempts(const struct thread *ready, const struct thread *running)
{
    return !server_of(ready) && !server_of(running) && inner->preempts(ready, running);
}

static void serving_leave(struct thread *thread)
{
    if (inner->leave && !server_of(thread))
        inner->leave(thread);
}

const struct sched_policy *sched_serving_wrap(const struct sched_policy *policy)
{
    static struct sched_policy serving;
    inner = policy;
    serving = (struct sched_policy){policy->name, serving_enqueue, serving_dequeue, serving_pick, serving_tick,
                                    policy->preempts ? serving_preempts : NULL, serving_leave, policy->start, NULL};
    return &serving;
}

/* ---- A call ---- */

/* From pct_entry, on the thread's stack, disabled. */
_Noreturn void pct_enter(struct exo_activation *act, uint64_t call, env_id_t from, struct exo_words *words)
{
    struct server *server = &servers[act->index];
    struct thread *self = server->thread;
    server->calling = true;
    exo_local(act)->current = self;
    self->state = THREAD_RUNNING;
    self->started_ns = exo_clock_ns();
    sched_came_back(exo_local(act), self->started_ns);
    sched_enable(0);
    __atomic_load_n(&handler, __ATOMIC_ACQUIRE)(words, from, call == 0);
    sched_disable();
    self->run_ns += exo_clock_ns() - self->started_ns;
    self->state = THREAD_BLOCKED;
    self->wait_interruptible = false;
    server->calling = false;
    if (call)
        exo_pct_reply(call, 0, words->a, words->b, words->c, words->d);
    for (;;) /* sent, or the caller is gone */
        exo_pct_reply(0, 0, 0, 0, 0, 0);
}

/* ---- Offering activations ---- */

/* A thread for a server: in the list of threads, in no policy's hands, deaf to signals but those of its own faults. */
static int thread_for(struct server *server)
{
    size_t bytes = THREAD_STACK_BYTES + THREAD_GUARD_BYTES + thread_block_bytes();
    vaddr_t base = 0;
    int result = vm_map_stack(&base, bytes, THREAD_GUARD_BYTES, NULL);
    if (result < 0)
        return result;
    struct thread *thread = thread_layout(base, bytes, THREAD_GUARD_BYTES, "server");
    vm_name(base, thread->name);
    thread->map_base = base;
    thread->map_bytes = bytes;
    thread->argument = server;
    thread->signal.mask = ~(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGILL) |
                            SIGNAL_BIT(SIGTRAP));
    uint32_t was = sched_lock();
    thread_adopt(thread, server_function);
    thread->state = THREAD_BLOCKED;
    server->thread = thread;
    sched_unlock(was);
    return 0;
}

/* Makes a server, ready but without CPU time. */
static int server_make(void)
{
    int index = sched_server_make();
    if (index < 0)
        return index;
    struct exo_activation *act = (struct exo_activation *)(EXO_ACT_BASE + (uintptr_t)index * EXO_ACT_STRIDE);
    int result = thread_for(&servers[index]);
    if (result < 0)
        return result;
    act->user[EXO_USER_PCT_STACK] = servers[index].thread->stack_top;
    act->fs_base = (uintptr_t)servers[index].thread;
    act->entry[EXO_UPCALL_PCT] = (uintptr_t)pct_entry;
    return index;
}

static bool is_idle(uint32_t index)
{
    struct exo_env_info info;
    exo_env_read(exo_act()->env & (EXO_ENVS_MAX - 1), &info);
    return info.act[index].state == EXO_ACT_IDLE;
}

/* The next server begins to serve: one that is made but has no slice yet, or a new one. */
static int server_add(void)
{
    int index = 0;
    while (index < EXO_ACTS_MAX && (!servers[index].thread || servers[index].placed))
        index++;
    if (index == EXO_ACTS_MAX)
        index = server_make();
    int result = index < 0 ? index : sched_server_place((uint32_t)index);
    if (result < 0)
        return result;
    servers[index].placed = true;
    for (unsigned n = 0; n < SPINS && !is_idle((uint32_t)index); n++)
        exo_yield(0, (uint32_t)index);
    return 0;
}

int pct_serve(pct_handler_fn *function, uint32_t activations)
{
    int result = 0;
    sync_mutex_lock(&lock);
    if (!inner)
        sched_policy_set(sched_policy_now());
    __atomic_store_n(&handler, function, __ATOMIC_RELEASE);
    uint32_t serving = 0;
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++)
        serving += servers[i].placed;
    for (; serving < activations && result == 0; serving++)
        result = server_add();
    sync_mutex_unlock(&lock);
    return result;
}
