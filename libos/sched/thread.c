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

static struct thread *all;
static uint32_t alive;
static struct thread *spare_first; /* blocks of threads that are gone, linked by created_next */
static uint32_t spare_count;

__attribute__((weak)) size_t thread_extra_bytes(void) { return 0; }
__attribute__((weak)) void thread_extra_init(struct thread *thread) { (void)thread; }
__attribute__((weak)) void thread_extra_free(struct thread *thread) { (void)thread; }

struct thread *thread_first(void) { return all; }

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

static size_t map_bytes_for(size_t stack_bytes)
{
    return down(stack_bytes + EXO_PAGE_BYTES - 1, EXO_PAGE_BYTES) + THREAD_GUARD_BYTES + thread_block_bytes();
}

struct thread *thread_layout(vaddr_t base, size_t bytes, size_t guard_bytes, const char *name)
{
    struct image_segment tls;
    size_t tls_size = tls_bytes(&tls);
    uintptr_t align = tls.align > 64 ? tls.align : 64;
    uintptr_t at = down(base + bytes - sizeof(struct thread), align);
    struct thread *thread = (struct thread *)at;
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

static void list_add(struct thread *thread)
{
    thread->created_next = all;
    all = thread;
    alive++;
}

static void list_remove(struct thread *thread)
{
    struct thread **link = &all;
    while (*link && *link != thread)
        link = &(*link)->created_next;
    if (*link)
        *link = thread->created_next;
}

/* Registers the main thread: it is entered like any other. */
void thread_adopt(struct thread *thread, void *(*function)(void *))
{
    thread->function = function;
    frame_first(thread);
    list_add(thread);
}

/* Frees detached threads that have ended. Their stacks are theirs no more once the lock was seen free. */
static void reap(void)
{
    for (;;) {
        uint32_t was = sched_lock();
        struct thread *dead = all;
        while (dead && !(dead->state == THREAD_DEAD && dead->detached && dead->map_base))
            dead = dead->created_next;
        if (dead)
            list_remove(dead);
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
    bool keep = spare_count < SPARES_MAX && thread->map_bytes == map_bytes_for(THREAD_STACK_BYTES);
    if (keep) {
        thread->created_next = spare_first;
        spare_first = thread;
        spare_count++;
    }
    sched_unlock(was);
    return keep;
}

/* Its address, or 0. */
static vaddr_t spare_take(size_t bytes)
{
    if (bytes != map_bytes_for(THREAD_STACK_BYTES))
        return 0;
    uint32_t was = sched_lock();
    struct thread *spare = spare_first;
    if (spare) {
        spare_first = spare->created_next;
        spare_count--;
    }
    sched_unlock(was);
    return spare ? spare->map_base : 0;
}

void thread_free(struct thread *thread)
{
    thread_extra_free(thread);
    if (!spare_keep(thread))
        vm_unmap(thread->map_base, thread->map_bytes);
}

int thread_create(struct thread **out, const char *name, size_t stack_bytes, void *(*function)(void *), void *argument)
{
    reap();
    if (!stack_bytes)
        stack_bytes = THREAD_STACK_BYTES;
    size_t bytes = map_bytes_for(stack_bytes);
    vaddr_t base = spare_take(bytes);
    int result = base ? 0 : vm_map_stack(&base, bytes, THREAD_GUARD_BYTES, NULL);
    if (result < 0)
        return result;
    struct thread *thread = thread_layout(base, bytes, THREAD_GUARD_BYTES, name ? name : "thread");
    vm_name(base, thread->name);
    thread->map_base = base;
    thread->map_bytes = bytes;
    thread->function = function;
    thread->argument = argument;
    thread->priority = thread_self()->priority;
    thread->signal.mask = thread_self()->signal.mask;
    frame_first(thread);
    uint32_t was = sched_lock();
    list_add(thread);
    *out = thread;
    sched_add_locked(thread);
    sched_unlock(was);
    return 0;
}

_Noreturn void thread_exit(void *result)
{
    struct thread *self = thread_self();
    self->result = result;
    if (__atomic_sub_fetch(&alive, 1, __ATOMIC_ACQ_REL) == 0)
        exit(0);
    sched_lock();
    self->ended = 1;
    sync_wake_locked(&self->ended, SYNC_ALL);
    sched_leave_locked();
}

int thread_join(struct thread *thread, void **result)
{
    if (thread == thread_self())
        return -EDEADLK;
    if (thread->detached)
        return -EINVAL;
    for (;;) {
        uint32_t was = sched_lock();
        bool ended = thread->state == THREAD_DEAD;
        if (ended)
            list_remove(thread);
        sched_unlock(was);
        if (ended)
            break;
        sync_wait(&thread->ended, 0, EXO_FOREVER, 0);
    }
    if (result)
        *result = thread->result;
    if (thread->map_base)
        thread_free(thread);
    return 0;
}

int thread_detach(struct thread *thread)
{
    uint32_t was = sched_lock();
    int result = thread->detached ? -EINVAL : 0;
    thread->detached = true;
    sched_unlock(was);
    return result;
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
