/* SPDX-License-Identifier: MIT
 *
 * thread.c: making, ending and joining threads; the layout of a thread's block (thread.h). Layer: libos/sched, above mem.
 *
 * A thread that ended cannot unmap the stack on which it stands: its joiner does, or, for a detached one, whoever makes
 * the next thread. Lock: sched_lock for the lists; stacks are mapped and unmapped without it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exo/image.h"
#include "mem/vm.h"
#include "sched/policy.h"
#include "sched/thread.h"
#include "sync/sync.h"

#define SPARES_MAX 8
#define KNOWN_LISTS 64u

static struct thread *all;
static struct thread *known[KNOWN_LISTS]; /* the same by address */
static uint32_t alive; /* atomic: a thread that ends counts itself out without the lock */
static uint32_t unreaped; /* detached threads that have ended: reap has something to do */
static struct thread *spare_first; /* blocks of threads that are gone, linked by created_next */
static uint32_t spare_count;

__attribute__((weak)) size_t thread_extra_bytes(void) { return 0; }
__attribute__((weak)) void thread_extra_init(struct thread *thread) { (void)thread; }
__attribute__((weak)) void thread_extra_free(struct thread *thread) { (void)thread; }

struct thread *thread_first(void) { return all; }

struct thread_list thread_list;

/* ---- Layout ---- */

static uintptr_t down(uintptr_t value, uintptr_t align) { return value & ~(align - 1); }

static size_t tls_bytes(struct image_segment *tls)
{
    if (image_find(IMAGE_TLS, 0, tls)) {
        *tls = (struct image_segment){.align = 1};
        return 0;
    }
    return (tls->memory_bytes + tls->align - 1) & ~(tls->align - 1);
}

size_t thread_block_bytes(void)
{
    struct image_segment tls;
    size_t bytes = tls_bytes(&tls) + tls.align + 64 + sizeof(struct thread) + thread_extra_bytes() + 16;
    return down(bytes + EXO_PAGE_BYTES - 1, EXO_PAGE_BYTES) + EXO_PAGE_BYTES;
}

static size_t pages_of(size_t bytes) { return down(bytes + EXO_PAGE_BYTES - 1, EXO_PAGE_BYTES); }

static size_t map_bytes_for(size_t stack_bytes, size_t guard_bytes)
{
    return pages_of(stack_bytes) + pages_of(guard_bytes) + thread_block_bytes();
}

struct thread *thread_layout(vaddr_t base, size_t bytes, size_t guard_bytes, const char *name)
{
    struct image_segment tls;
    size_t tls_size = tls_bytes(&tls);
    uintptr_t align = tls.align > 64 ? tls.align : 64;
    uintptr_t at = down(base + bytes - sizeof(struct thread), align);
    if (at % EXO_PAGE_BYTES + sizeof(struct thread) > EXO_PAGE_BYTES) /* tools see it by its page (struct thread_list) */
        at = down(down(at + sizeof(struct thread), EXO_PAGE_BYTES) - sizeof(struct thread), align);
    struct thread *thread = (struct thread *)at;
    __atomic_store_n(&thread->id, 0, __ATOMIC_RELAXED); /* who reads the one that was here before sees it first */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    memset(thread, 0, sizeof *thread);
    at -= tls_size;
    memcpy((void *)at, (const void *)tls.start, tls.file_bytes);
    memset((char *)at + tls.file_bytes, 0, tls.memory_bytes - tls.file_bytes);
    at = down(at - thread_extra_bytes(), 16);
    thread->extra = (void *)at;
    at = down(at - sizeof(struct exo_context), EXO_PAGE_BYTES);
    thread->spill = (struct exo_context *)at;
    thread->self = thread;
    thread->stack_base = base + guard_bytes;
    thread->stack_top = at;
    strncpy(thread->name, name, sizeof thread->name - 1);
    thread_extra_init(thread);
    return thread;
}

/* ---- The list of all ---- */

/* Addresses of threads differ by pages (2^64 by the golden ratio spreads them: Knuth, TAOCP vol. 3, §6.4). */
static struct thread **known_list(const struct thread *thread)
{
    return &known[((uintptr_t)thread / EXO_PAGE_BYTES * 0x9e3779b97f4a7c15 >> 32) % KNOWN_LISTS];
}

bool thread_known(const struct thread *thread)
{
    const struct thread *at = *known_list(thread);
    while (at && at != thread)
        at = at->known_next;
    return at != NULL;
}

/* Others follow the links without the lock (proc/threads_of.c): a thread has an id when all before it is true. */
static void list_add(struct thread *thread)
{
    static uint32_t made;
    if (!thread->where)
        thread->where = exo_physical((vaddr_t)thread);
    thread->next_where = thread_list.first;
    thread->created_prev = NULL;
    thread->created_next = all;
    if (all)
        all->created_prev = thread;
    all = thread;
    struct thread **list = known_list(thread);
    thread->known_next = *list;
    *list = thread;
    __atomic_store_n(&thread->id, ++made, __ATOMIC_RELEASE);
    __atomic_store_n(&thread_list.first, thread->where, __ATOMIC_RELEASE);
    __atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED);
}

/* The thread's own link stays: somebody may be on it. */
static void list_remove(struct thread *thread)
{
    if (thread->created_prev)
        thread->created_prev->created_next = thread->created_next;
    else
        all = thread->created_next;
    uint64_t *link = thread->created_prev ? &thread->created_prev->next_where : &thread_list.first;
    __atomic_store_n(link, thread->next_where, __ATOMIC_RELEASE);
    if (thread->created_next)
        thread->created_next->created_prev = thread->created_prev;
    struct thread **known_link = known_list(thread);
    while (*known_link != thread)
        known_link = &(*known_link)->known_next;
    *known_link = thread->known_next;
}

/* ---- Making and ending ---- */

/* What context_load finds on the stack of a thread that has not run yet (upcall.asm draws it). */
struct first_frame {
    uint32_t mxcsr, fpcw;
    uint64_t r15, r14, r13, r12, rbx, rbp;
    uint64_t entry;
};

static void frame_first(struct thread *thread)
{
    struct first_frame *frame = (struct first_frame *)(thread->stack_top - 64 - sizeof *frame);
    *frame = (struct first_frame){
        .mxcsr = 0x1f80, .fpcw = 0x37f, .rbx = (uintptr_t)thread, .entry = (uintptr_t)thread_entry};
    thread->rsp = (uintptr_t)frame;
}

/* Registers the main thread: it is entered like any other. */
void thread_adopt(struct thread *thread, void *(*function)(void *))
{
    thread->function = function;
    frame_first(thread);
    thread_list.layout = THREAD_LIST_LAYOUT;
    list_add(thread);
}

/* Frees detached threads that have ended. Their stacks are theirs no more once the lock was seen free. */
static void reap(void)
{
    while (__atomic_load_n(&unreaped, __ATOMIC_RELAXED)) {
        uint32_t was = sched_lock();
        struct thread *dead = all;
        while (dead && !(dead->state == THREAD_DEAD && dead->detached && dead->map_base))
            dead = dead->created_next;
        if (dead) {
            list_remove(dead);
            unreaped--;
        }
        sched_unlock(was);
        if (!dead)
            return;
        thread_free(dead);
    }
}

/* ---- Stacks to be used again: mapped and touched already, which is most of what a thread costs ---- */

static bool spare_keep(struct thread *thread)
{
    uint32_t was = sched_lock();
    bool keep = spare_count < SPARES_MAX && thread->map_bytes == map_bytes_for(THREAD_STACK_BYTES, THREAD_GUARD_BYTES) &&
                thread->stack_base == thread->map_base + THREAD_GUARD_BYTES;
    if (keep) {
        thread->created_next = spare_first;
        spare_first = thread;
        spare_count++;
    }
    sched_unlock(was);
    return keep;
}

/* Its address, or 0; *where as its thread had it, which lay where the next one will. */
static vaddr_t spare_take(uint64_t *where)
{
    uint32_t was = sched_lock();
    struct thread *spare = spare_first;
    if (spare) {
        spare_first = spare->created_next;
        spare_count--;
        *where = spare->where;
    }
    sched_unlock(was);
    return spare ? spare->map_base : 0;
}

void thread_free(struct thread *thread)
{
    if (!thread->map_base)
        return;
    thread_extra_free(thread);
    if (!thread->borrowed && !spare_keep(thread))
        vm_unmap(thread->map_base, thread->map_bytes);
}

/* Maps a stack with its block, which the scheduler touches: that and the first page of the stack there must be memory for. */
static int stack_map(vaddr_t *base, size_t bytes, size_t guard)
{
    size_t needed = thread_block_bytes() + EXO_PAGE_BYTES;
    int result = vm_map_stack(base, bytes, guard, NULL);
    if (result < 0)
        return result;
    if (needed <= bytes - guard && vm_populate(*base + bytes - needed, needed) < 0) {
        vm_unmap(*base, bytes);
        return -ENOMEM;
    }
    return 0;
}

/* Finds memory for a thread and lays its block out. */
static int block_make(struct thread **out, const struct thread_spec *spec)
{
    size_t stack = spec->stack_bytes ? spec->stack_bytes : THREAD_STACK_BYTES;
    size_t guard = spec->no_guard || spec->stack ? 0 : spec->guard_bytes ? pages_of(spec->guard_bytes) : THREAD_GUARD_BYTES;
    size_t bytes = spec->stack ? stack : map_bytes_for(stack, guard);
    vaddr_t base = (vaddr_t)spec->stack;
    uint64_t where = 0;
    if (stack > SIZE_MAX / 2 || spec->guard_bytes > SIZE_MAX / 4)
        return -ENOMEM;
    if (spec->stack && stack < thread_block_bytes() + 2 * EXO_PAGE_BYTES)
        return -EINVAL;
    if (!base && guard == THREAD_GUARD_BYTES && bytes == map_bytes_for(THREAD_STACK_BYTES, guard))
        base = spare_take(&where);
    int result = base ? 0 : stack_map(&base, bytes, guard);
    if (result < 0)
        return result;
    struct thread *thread = thread_layout(base, bytes, guard, spec->name ? spec->name : "thread");
    if (!spec->stack)
        vm_name(base, thread->name);
    thread->map_base = base;
    thread->map_bytes = bytes;
    thread->borrowed = spec->stack != NULL;
    thread->where = where;
    *out = thread;
    return 0;
}

int thread_make(struct thread **out, const struct thread_spec *spec)
{
    struct thread *self = thread_self(), *thread;
    static bool started;
    if (!__atomic_exchange_n(&started, true, __ATOMIC_RELAXED))
        sched_policy_start();
    reap();
    int result = block_make(&thread, spec);
    if (result < 0)
        return result;
    thread->function = spec->function;
    thread->argument = spec->argument;
    thread->priority = thread->base_priority = spec->own_priority ? spec->priority : self->base_priority;
    thread->sched_class = spec->own_priority ? spec->sched_class : self->sched_class;
    thread->affinity = spec->affinity ? spec->affinity : self->affinity;
    thread->detached = spec->detached;
    thread->signal.mask = self->signal.mask;
    frame_first(thread);
    uint32_t was = sched_lock();
    list_add(thread);
    *out = thread;
    sched_add_locked(thread);
    sched_unlock(was);
    return 0;
}

int thread_create(struct thread **out, const char *name, size_t stack_bytes, void *(*function)(void *), void *argument)
{
    return thread_make(out, &(struct thread_spec){
                                .name = name, .stack_bytes = stack_bytes, .function = function, .argument = argument});
}

/* What other modules do when a thread ends, if they are linked. */
void thread_values_exit(void) __attribute__((weak));
void thread_robust_exit(struct thread *self) __attribute__((weak));
void heap_thread_exit(void) __attribute__((weak));
extern __typeof__(sync_priority_exit_locked) sync_priority_exit_locked __attribute__((weak));

_Noreturn void thread_exit(void *result)
{
    struct thread *self = thread_self();
    self->cancel_disabled = true;
    if (thread_values_exit)
        thread_values_exit();
    if (thread_robust_exit)
        thread_robust_exit(self);
    if (heap_thread_exit)
        heap_thread_exit();
    self->result = result;
    if (__atomic_sub_fetch(&alive, 1, __ATOMIC_ACQ_REL) == 0)
        exit(0);
    sched_lock();
    if (sync_priority_exit_locked)
        sync_priority_exit_locked(self);
    unreaped += self->detached && self->map_base;
    self->ended = 1;
    sync_wake_locked(&self->ended, SYNC_ALL);
    sched_leave_locked();
}

int thread_join_until(struct thread *thread, void **result, uint64_t deadline_ns, unsigned flags)
{
    struct thread *self = thread_self();
    if (thread == self)
        return -EDEADLK;
    self->joining = thread;
    int waited = 0;
    bool ended;
    for (;;) {
        uint32_t was = sched_lock();
        ended = thread->state == THREAD_DEAD && !thread->detached;
        if (thread->detached)
            waited = -EINVAL;
        else if (ended)
            list_remove(thread);
        thread->detached |= ended; /* whoever joins it once more is told */
        sched_unlock(was);
        if (ended || waited)
            break;
        waited = sync_wait(&thread->ended, 0, deadline_ns, flags | SYNC_WHY(WAIT_JOIN));
    }
    self->joining = NULL;
    if (!ended)
        return waited;
    if (result)
        *result = thread->result;
    thread_free(thread);
    return 0;
}

int thread_join(struct thread *thread, void **result) { return thread_join_until(thread, result, EXO_FOREVER, 0); }

int thread_detach(struct thread *thread)
{
    uint32_t was = sched_lock();
    int result = thread->detached ? -EINVAL : 0;
    unreaped += !thread->detached && thread->state == THREAD_DEAD && thread->map_base;
    thread->detached = true;
    sched_unlock(was);
    return result;
}

extern __typeof__(sync_priority_update_locked) sync_priority_update_locked __attribute__((weak)); /* if mutexes link it */

void thread_priority_set(struct thread *thread, int priority)
{
    uint32_t was = sched_lock();
    thread->base_priority = priority;
    if (sync_priority_update_locked)
        sync_priority_update_locked(thread);
    else
        sched_priority_locked(thread, priority);
    sched_unlock(was);
}

/* ---- Cancellation ---- */

void thread_cancel(struct thread *thread)
{
    uint32_t was = sched_lock();
    thread->cancel_pending = true;
    thread->cancel_due = !thread->cancel_disabled;
    if (thread->cancel_due && thread->cancel_async)
        signal_post_cancel_locked(thread);
    else if (thread->cancel_due)
        sync_cancel_locked(thread);
    sched_unlock(was);
}

void thread_cancel_enable(bool enable)
{
    struct thread *self = thread_self();
    uint32_t was = sched_lock();
    self->cancel_disabled = !enable;
    self->cancel_due = enable && self->cancel_pending;
    sched_unlock(was);
}

/* ---- Critical sections ---- */

void thread_critical_enter(void)
{
    struct thread *self = thread_self();
    if (self)
        self->critical++;
}

void thread_critical_exit(void)
{
    struct thread *self = thread_self();
    if (!self || --self->critical || !signal_deliverable(self))
        return;
    uint32_t was = sched_lock();
    bool signals = !was && signal_deliverable(self);
    sched_unlock(was);
    if (signals)
        signal_deliver_self();
}
