/* SPDX-License-Identifier: MIT
 *
 * env.c: making and ending environments and activations (env.h), and what is published about them.
 */
#include "env.h"

#include "assert.h"
#include "format.h"
#include "frame.h"
#include "irq.h"
#include "kernel.h"
#include "memory.h"
#include "panic.h"
#include "pct.h"
#include "pt.h"
#include "quota.h"
#include "reap.h"
#include "repossess.h"
#include "sched.h"
#include "tables.h"
#include "trace.h"
#include "wait.h"

struct env *envs[EXO_ENVS_MAX];
static uint64_t envs_used[EXO_ENVS_MAX / 64]; /* a bit for each that is not NULL */
static uint64_t generation[EXO_ENVS_MAX];
static uint32_t env_cursor; /* indices are handed out in turn, so that a stale one rarely means somebody else */

_Static_assert(sizeof(struct env) <= EXO_PAGE_BYTES, "struct env lives in one frame");
_Static_assert(sizeof(struct activation) <= EXO_PAGE_BYTES, "struct activation lives in one frame");

struct env *env_at(uint32_t index)
{
    return index < EXO_ENVS_MAX ? envs[index & (EXO_ENVS_MAX - 1)] : NULL;
}

struct env *env_find(env_id_t id)
{
    struct env *env = envs[id & (EXO_ENVS_MAX - 1)];
    return env && env->id == id && env->state == EXO_ENV_LIVE ? env : NULL;
}

struct activation *act_by_id(uint32_t id)
{
    return envs[id / EXO_ACTS_MAX]->act[id % EXO_ACTS_MAX];
}

int env_control(struct env *self, uint32_t slot, env_id_t id, struct env **out)
{
    struct exo_cap cap;
    *out = self;
    if (id == 0 || id == self->id)
        return 0;
    if (!(*out = env_find(id)))
        return -EXO_E_ENV;
    return cap_check(&self->caps, slot, EXO_RIGHT_CONTROL, (*out)->guard, &cap);
}

static void seq_begin(struct exo_env_info *pub)
{
    __atomic_store_n(&pub->seq, pub->seq + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void seq_end(struct exo_env_info *pub)
{
    __atomic_store_n(&pub->seq, pub->seq + 1, __ATOMIC_RELEASE);
}

void env_publish(struct env *env)
{
    struct exo_env_info *pub = env->pub;
    seq_begin(pub);
    pub->state = env->state;
    pub->id = env->id;
    pub->guard_bits = env->guard.bits;
    pub->guard_len = env->guard.len;
    pub->patron = env->patron;
    pub->pml4_frame = env->pml4_frame;
    pub->sweeping = env->sweeping;
    pub->gate = env->gate;
    pub->gate_name = env->gate_name;
    for (unsigned i = 0; i < EXO_CAP_SLOTS; i++)
        pub->caps[i] = env->caps.slot[i];
    seq_end(pub);
}

static int free_index(void)
{
    for (uint32_t i = 0; i <= EXO_ENVS_MAX / 64; i++) {
        uint32_t word = (env_cursor / 64 + i) % (EXO_ENVS_MAX / 64);
        uint64_t free = ~envs_used[word];
        if (i == 0)
            free &= ~0ull << env_cursor % 64;
        if (free) {
            int index = (int)word * 64 + __builtin_ctzll(free);
            env_cursor = ((uint32_t)index + 1) % EXO_ENVS_MAX;
            return index;
        }
    }
    return -EXO_E_LIMIT;
}

static void index_use(uint32_t index, struct env *env)
{
    envs[index] = env;
    if (env)
        envs_used[index / 64] |= 1ull << index % 64;
    else
        envs_used[index / 64] &= ~(1ull << index % 64);
}

int env_charge(struct env *env, unsigned kind)
{
    int error = quota_charge(env->quota, kind, 1);
    if (!error)
        env->spent[kind]++;
    return error;
}

void env_uncharge(struct env *env, unsigned kind)
{
    env->spent[kind]--;
    quota_uncharge(env->quota, kind, 1);
}

static int take_page(struct cap_name guard, uint16_t quota, uint8_t type, void **page)
{
    frame_t frame = EXO_FRAME_ANY;
    int error = frame_take(&frame, guard, quota, type, 0);
    if (!error)
        *page = frame_address(frame);
    return error;
}

/* Names go to the log, which may be a terminal. */
static char printable(char c)
{
    return c == 0 || ((uint8_t)c >= ' ' && c != 0x7f) ? c : '?';
}

int env_make(struct cap_name guard, const char name[16], struct env *patron, uint32_t patron_act, struct env **out)
{
    uint16_t quota = quota_find(guard);
    int index = free_index();
    if (index < 0)
        return index;
    int error = quota_charge(quota, EXO_QUOTA_ENVS, 1);
    if (error)
        return error;
    void *page;
    error = take_page(guard, quota, EXO_FRAME_KERNEL, &page);
    if (error)
        goto no_page;
    struct env *env = page;
    env->index = (uint32_t)index;
    env->pub = &published_envs[index];
    env->guard = guard;
    env->quota = quota;
    env->spent[EXO_QUOTA_ENVS] = 1;
    *env->pub = (struct exo_env_info){.seq = env->pub->seq};
    error = pt_make(env);
    if (error)
        goto no_tables;
    env->cr3 = frame_paddr(env->pml4_frame);
    env->id = ++generation[index] << EXO_ENV_BITS | (uint32_t)index;
    env->state = EXO_ENV_LIVE;
    env->patron = patron ? patron->id : 0;
    env->patron_act = patron_act;
    for (unsigned i = 0; i < sizeof env->pub->name - 1; i++)
        env->pub->name[i] = printable(name[i]);
    index_use((uint32_t)index, env);
    env_publish(env);
    trace_env(1, env->id, env->pub->name);
    *out = env;
    return 0;
no_tables:
    frame_release(frame_of(env));
no_page:
    quota_uncharge(quota, EXO_QUOTA_ENVS, 1);
    return error;
}

void env_tell_patron(struct env *env)
{
    struct env *patron = env_find(env->patron);
    struct activation *act = patron ? patron->act[env->patron_act & (EXO_ACTS_MAX - 1)] : NULL;
    if (act)
        act_raise(act, EXO_EVENT_CHILD);
}

/* The first environment, which nobody made, can not be missed: what it left undone nobody else has the authority to do. */
static void first_is_gone(const struct env *env, uint32_t vector)
{
    if (!env->patron)
        panic("the first environment is gone: %s vector=%u", vector ? "it faulted in its own fault handler" : "it ended", vector);
}

void env_end(struct env *env)
{
    if (env->state != EXO_ENV_LIVE)
        return;
    first_is_gone(env, 0);
    env->state = EXO_ENV_ENDING;
    for (unsigned i = 0; i < EXO_CAP_SLOTS; i++)
        cap_put(&env->caps, i, NULL);
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++)
        if (env->act[i])
            act_stop(env->act[i], 0);
    env_publish(env);
    reap_add(env);
}

/* Pages of a new activation: the upcall page and its context slots, mapped in slot 255. They are mapped when nothing can
 * fail any more but the first mapping, for want of tables: no other CPU has seen a page that is given back. */
static int make_pages(struct activation *act, uint32_t slots)
{
    struct env *env = act->env;
    uint64_t va = act->page_user;
    for (uint32_t i = 0; i <= slots; i++) {
        void *page;
        int error = take_page(env->guard, env->quota, EXO_FRAME_PINNED, &page);
        if (error)
            return error;
        if (i == 0) {
            act->page = page;
        } else {
            act->slot_frame[i - 1] = frame_of(page);
            act->slots = i;
        }
    }
    int error = pt_map_pinned(env, va, frame_of(act->page));
    if (error)
        return error;
    for (uint32_t i = 0; i < slots; i++)
        if (pt_map_pinned(env, va + (i + 1) * EXO_PAGE_BYTES, act->slot_frame[i]))
            assert(false); /* the same table: EXO_ACT_STRIDE is half of what one maps */
    act->slot = frame_address(act->slot_frame[0]);
    return 0;
}

static void fill_page(struct activation *act, const struct exo_act_spec *spec)
{
    struct exo_activation *page = act->page;
    for (unsigned i = 0; i < EXO_UPCALLS; i++)
        page->entry[i] = spec->entry[i];
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        page->fault_stack[i] = spec->fault_stack[i];
    page->stack = spec->stack;
    page->resume_lo = spec->resume_lo;
    page->resume_hi = spec->resume_hi;
    page->fs_base = spec->fs_base;
    page->user[0] = spec->user0;
    page->save_slot = 1;
    page->self = act->page_user;
    page->env = act->env->id;
    page->index = act->index;
    page->slots = act->slots;
}

static void act_unmake(struct activation *act)
{
    env_uncharge(act->env, EXO_QUOTA_ACTS);
    if (act->page)
        frame_release(frame_of(act->page));
    for (uint32_t i = 0; i < act->slots; i++)
        frame_release(act->slot_frame[i]);
    frame_release(frame_of(act));
}

int act_make(struct env *env, const struct exo_act_spec *spec)
{
    uint32_t index = 0;
    while (index < EXO_ACTS_MAX && env->act[index])
        index++;
    if (index == EXO_ACTS_MAX)
        return -EXO_E_LIMIT;
    void *memory;
    int error = env_charge(env, EXO_QUOTA_ACTS);
    if (error)
        return error;
    error = take_page(env->guard, env->quota, EXO_FRAME_KERNEL, &memory);
    if (error) {
        env_uncharge(env, EXO_QUOTA_ACTS);
        return error;
    }
    struct activation *act = memory;
    act->env = env;
    act->index = index;
    act->page_user = EXO_ACT_BASE + index * EXO_ACT_STRIDE;
    act->pub = &env->pub->act[index];
    act->first_slice = -1;
    act->heap_index = -1;
    act->wait_deadline_ns = act->timer_ns = act->call_deadline_ns = EXO_FOREVER;
    act->bit = (uint8_t)(1u << index);
    act->listed = true;
    error = make_pages(act, spec->slots);
    if (error) {
        act_unmake(act);
        return error;
    }
    fill_page(act, spec);
    act->state = EXO_ACT_READY;
    act->resume = RESUME_UPCALL;
    env->act[index] = act;
    if (index == 0)
        revocation_show(env);
    env->pub->acts++;
    act_publish(act);
    return (int)index;
}

void act_release(struct activation *act)
{
    act->env->act[act->index] = NULL;
    act_unmake(act);
}

void env_release(struct env *env)
{
    struct env last = *env; /* the patron is told when nothing is left to be done */
    trace_env(0, env->id, env->pub->name);
    ports_forget(env); /* not before: a CPU that ran it had them open until it loaded other page tables */
    pt_free_root(env);
    quota_uncharge(env->quota, EXO_QUOTA_ENVS, 1);
    index_use(env->index, NULL);
    frame_release(frame_of(env));
    seq_begin(last.pub);
    last.pub->state = EXO_ENV_FREE;
    seq_end(last.pub);
    env_tell_patron(&last);
}

void act_stop(struct activation *act, uint32_t vector)
{
    if (act->state == EXO_ACT_STOPPED)
        return;
    first_is_gone(act->env, vector);
    bool running = act->state == EXO_ACT_RUNNING;
    pct_forget(act);
    act->state = EXO_ACT_STOPPED;
    slice_ready(act, false);
    wait_forget(act);
    irq_forget(act);
    if (running)
        cpu_kick(act->running_on);
    act->pub->stop_vector = vector;
    trace(EXO_TRACE_STOP, act->index, act->env->id, vector, 0);
    act_publish(act);
    if (act->env->state == EXO_ENV_LIVE)
        env_tell_patron(act->env);
}

void act_raise(struct activation *act, uint32_t events)
{
    if (act->state == EXO_ACT_STOPPED)
        return;
    __atomic_fetch_or(&act->page->pending, events, __ATOMIC_ACQ_REL);
    if (act->state == EXO_ACT_WAITING)
        wait_wake(act, EXO_WAIT_EVENT);
    else if (act->state == EXO_ACT_IDLE)
        pct_wake(act);
    else if (act->state == EXO_ACT_RUNNING)
        cpu_kick(act->running_on);
}

bool env_describe(char *text, size_t bytes)
{
    const struct activation *act = this_cpu()->act;
    if (!act)
        return false;
    kformat(text, bytes, "%s id=%lx activation=%u", act->env->pub->name, act->env->id, act->index);
    return true;
}
