/* SPDX-License-Identifier: MIT
 *
 * threads_of.c: the walk through another process's threads (threads_of.h). Layer: libos/proc, over exo and mem.
 *
 * Nothing stops the process meanwhile, and it is not waited for. A thread that is taken out of the list keeps its link, behind
 * which are all that were made before it, until its block is laid out anew: then its id is 0 first, and a higher one later
 * (thread_layout). So a walk is good if the ids went down all the way and each was the same before and after the rest was read;
 * else it begins again. After some tries the last one has to do.
 */
#include "proc/threads_of.h"

#include <errno.h>
#include <string.h>

#include "mem/vm.h"
#include "proc/proc.h"
#include "proc/table.h"
#include "sched/thread.h"

#define TRIES 64

/* Where the pages of others are mapped, one after the other. */
struct view {
    vaddr_t page;
    uint64_t frame; /* that is mapped there, + 1; 0: none */
};

static const char *name_of(const char *const *names, unsigned count, unsigned number)
{
    return number < count ? names[number] : "?";
}

static const char *state_name(unsigned state)
{
    static const char *const names[] = {"new", "ready", "running", "blocked", "ended"};
    _Static_assert(sizeof names / sizeof names[0] == THREAD_DEAD + 1, "a name for each state");
    return name_of(names, THREAD_DEAD + 1, state);
}

static const char *reason_name(unsigned reason)
{
    static const char *const names[] = {"word", "sleep", "signal", "read", "write", "poll", "child", "foreground", "session",
                                        "mutex", "condition", "semaphore", "rwlock", "barrier", "join"};
    _Static_assert(sizeof names / sizeof names[0] == WAIT_REASONS, "a name for each reason");
    return name_of(names, WAIT_REASONS, reason);
}

/* Copies what lies at a physical address, if it is RAM of the session's and not over the end of a page. */
static bool copy_from(struct view *view, uint64_t where, void *to, size_t bytes)
{
    uint64_t frame = where / EXO_PAGE_BYTES, offset = where % EXO_PAGE_BYTES;
    if (!where || where % 8 || offset + bytes > EXO_PAGE_BYTES || frame >= exo_info()->frames)
        return false;
    if (view->frame != frame + 1) {
        view->frame = 0;
        if (exo_pt_one(view->page, (uint32_t)frame, 1, EXO_PT_WHAT(EXO_PT_MAP, 0, 0, proc_cap())) != 1)
            return false;
        view->frame = frame + 1;
    }
    const volatile uint64_t *source = (const volatile uint64_t *)(view->page + offset);
    for (size_t i = 0; i < bytes / 8; i++)
        ((uint64_t *)to)[i] = source[i];
    return true;
}

_Static_assert(sizeof(struct thread) % 8 == 0 && sizeof(struct thread_list) % 8 == 0, "they are copied by words");

static void show(struct thread_shown *out, const struct thread *thread, uint64_t now)
{
    uint64_t since = now > thread->started_ns ? now - thread->started_ns : 0;
    *out = (struct thread_shown){.id = thread->id, .state = state_name(thread->state), .priority = thread->priority,
                                 .runs = thread->runs, .run_ns = thread->run_ns, .left_ns = EXO_FOREVER};
    memcpy(out->name, thread->name, THREAD_NAME);
    if (thread->state == THREAD_RUNNING)
        out->run_ns += since;
    if (thread->state != THREAD_BLOCKED)
        return;
    out->reason = reason_name(thread->wait_why);
    out->word = (uintptr_t)thread->wait_word;
    out->blocked_ns = since;
    if (thread->timer.armed)
        out->left_ns = thread->timer.deadline_ns > now ? thread->timer.deadline_ns - now : 0;
}

/* Whether it was the same thread all the while that it was copied from `at`, and one made before thread `last` (0: any). */
static bool is_next(const struct view *view, uint64_t at, const struct thread *thread, uint32_t last)
{
    const struct thread *there = (const struct thread *)(view->page + at % EXO_PAGE_BYTES);
    return thread->where == at && thread->id && __atomic_load_n(&there->id, __ATOMIC_ACQUIRE) == thread->id &&
           (!last || (int32_t)(last - thread->id) > 0);
}

/* The links lead from the last thread made to the first. Returns whether it came to the end, or to all that there is room for. */
static bool walk(struct view *view, uint64_t at, struct threads_shown *shown, const struct thread **joined,
                 const struct thread **self)
{
    struct thread thread = {0};
    for (shown->count = 0; at && shown->count < THREADS_SHOWN; at = thread.next_where) {
        uint32_t last = thread.id;
        if (!copy_from(view, at, &thread, sizeof thread) || !is_next(view, at, &thread, last))
            break;
        self[shown->count] = thread.self;
        joined[shown->count] = thread.state == THREAD_BLOCKED && thread.wait_why == WAIT_JOIN ? thread.joining : NULL;
        show(&shown->thread[shown->count++], &thread, exo_clock_ns());
    }
    shown->more = at != 0;
    return !at || shown->count == THREADS_SHOWN;
}

/* Puts the first thread first, and says by number whom each joins. */
static void arrange(struct threads_shown *shown, const struct thread **joined, const struct thread **self)
{
    for (unsigned i = 0; i < shown->count; i++)
        for (unsigned j = 0; joined[i] && j < shown->count; j++)
            if (self[j] == joined[i])
                shown->thread[i].joins = shown->thread[j].id;
    for (unsigned i = 0; i < shown->count / 2; i++) {
        struct thread_shown other = shown->thread[i];
        shown->thread[i] = shown->thread[shown->count - 1 - i];
        shown->thread[shown->count - 1 - i] = other;
    }
}

static int read_all(struct view *view, uint64_t where, struct threads_shown *shown)
{
    static const struct thread *joined[THREADS_SHOWN], *self[THREADS_SHOWN];
    struct thread_list list;
    int tries = 0;
    do {
        if (!copy_from(view, where, &list, sizeof list))
            return -EFAULT;
        if (list.layout != THREAD_LIST_LAYOUT)
            return -ENOEXEC;
    } while (!walk(view, list.first, shown, joined, self) && ++tries < TRIES);
    memcpy(shown->policy, list.policy, sizeof list.policy);
    arrange(shown, joined, self);
    return 0;
}

/* Where the process of an environment says that its list lies, 0: nowhere. */
static uint64_t list_of(uint64_t env)
{
    uint64_t where = 0;
    uint32_t next = 0;
    session_lock_acquire(&session_header()->table_lock);
    for (struct process *process; proc_self() && (process = proc_next(&next)) != NULL;)
        if (process->env == env && process->state == PROCESS_RUNNING)
            where = process->threads;
    session_lock_release(&session_header()->table_lock);
    return where;
}

int threads_of(uint64_t env, struct threads_shown *shown)
{
    memset(shown, 0, sizeof *shown);
    uint64_t where = proc_self() ? list_of(env) : 0;
    if (!where)
        return -ESRCH;
    struct view view = {0};
    int result = vm_map(&view.page, EXO_PAGE_BYTES, REGION_READ, REGION_FIXED, 0, "threads of another process");
    if (result < 0)
        return result;
    result = read_all(&view, where, shown);
    vm_unmap(view.page, EXO_PAGE_BYTES);
    return result;
}
