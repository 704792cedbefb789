/* SPDX-License-Identifier: MIT
 *
 * wait.c: wakeup predicates, doorbells, watches and deadlines (wait.h).
 *
 *   frame.waiters --> node --> node --> node      ids, so that the published frame table holds no pointer
 *
 * A doorbell walks the list of one frame (at most EXO_FRAME_WAITERS_MAX nodes) and collects whom it wakes before it wakes
 * anybody, because waking takes nodes out of that very list.
 */
#include "wait.h"

#include "assert.h"
#include "exo_calls.h"
#include "frame.h"
#include "memory.h"
#include "pct.h"
#include "sched.h"
#include "trace.h"
#include "x86/clock.h"

enum { DEADLINES_A_TIME = 32 };

struct deadline_heap {
    uint16_t *act; /* ids of activations; act[0] has the earliest deadline */
    uint32_t count;
};

static struct deadline_heap heaps[EXO_CPUS_MAX];

static struct wait_node *node_at(uint32_t id, struct activation **act)
{
    *act = act_by_id((id - 1) / ACT_NODES);
    return &(*act)->node[(id - 1) % ACT_NODES];
}

static bool node_link(struct activation *act, uint32_t index, uint64_t word)
{
    struct exo_frame *f = &frames[word >> EXO_PAGE_BITS];
    struct wait_node *node = &act->node[index];
    uint32_t id = act_id(act) * ACT_NODES + index + 1;
    if (f->waiting == EXO_FRAME_WAITERS_MAX)
        return false;
    f->waiting++;
    *node = (struct wait_node){.word = word, .next = f->waiters};
    if (node->next) {
        struct activation *other;
        node_at(node->next, &other)->prev = id;
    }
    f->waiters = id;
    return true;
}

static void node_unlink(struct activation *act, uint32_t index)
{
    struct wait_node *node = &act->node[index];
    struct activation *other;
    if (!node->word)
        return;
    struct exo_frame *f = &frames[node->word >> EXO_PAGE_BITS];
    if (node->prev)
        node_at(node->prev, &other)->next = node->next;
    else
        f->waiters = node->next;
    if (node->next)
        node_at(node->next, &other)->prev = node->prev;
    f->waiting--;
    *node = (struct wait_node){0};
}

static void terms_unlink(struct activation *act)
{
    for (uint32_t i = 0; i < act->terms; i++)
        node_unlink(act, i);
    act->terms = 0;
}

static bool term_holds(const struct exo_term *term, uint64_t word)
{
    const void *at = (const char *)frame_address((frame_t)(word >> EXO_PAGE_BITS)) + word % EXO_PAGE_BYTES;
    uint64_t value = term->width == 8 ? __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE)
                                      : __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
    switch (term->op) {
    case EXO_TERM_EQ:
        return value == term->value;
    case EXO_TERM_NE:
        return value != term->value;
    case EXO_TERM_LT:
        return value < term->value;
    default:
        return value >= term->value;
    }
}

/* Index of the first alternative that holds (of its first term), or -1. */
static int predicate_holds(const struct activation *act)
{
    for (uint32_t i = 0; i < act->terms; i++) {
        uint32_t first = i;
        bool holds = term_holds(&act->term[i], act->node[i].word);
        while ((act->term[i].flags & EXO_TERM_AND) && i + 1 < act->terms) {
            i++;
            holds = holds && term_holds(&act->term[i], act->node[i].word);
        }
        if (holds)
            return (int)first;
    }
    return -1;
}

static int64_t wait_link(struct activation *act, const struct exo_term *terms, const uint64_t *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        act->term[i] = terms[i];
        act->terms = i + 1;
        if (!node_link(act, i, words[i]))
            return -EXO_E_LIMIT;
    }
    return 0;
}

int64_t wait_begin(struct activation *act, const struct exo_term *terms, const uint64_t *words, uint32_t n,
                   uint64_t deadline_ns)
{
    int64_t result = wait_link(act, terms, words, n);
    int holds = result ? -1 : predicate_holds(act);
    if (result == 0 && holds >= 0)
        result = holds;
    else if (result == 0 && __atomic_load_n(&act->page->pending, __ATOMIC_ACQUIRE))
        result = EXO_WAIT_EVENT;
    else if (result == 0 && deadline_ns <= clock_now_ns())
        result = -EXO_E_TIMEOUT;
    else if (result == 0) {
        act->state = EXO_ACT_WAITING;
        act->wait_deadline_ns = deadline_ns;
        slice_ready(act, false);
        deadline_update(act);
        act_publish(act);
        return WAIT_ASLEEP;
    }
    terms_unlink(act);
    return result;
}

int wait_watch(struct activation *act, uint32_t index, uint64_t word)
{
    uint64_t old = act->node[EXO_TERMS_MAX + index].word;
    bool same_frame = old && old >> EXO_PAGE_BITS == word >> EXO_PAGE_BITS;
    if (word && !same_frame && frames[word >> EXO_PAGE_BITS].waiting == EXO_FRAME_WAITERS_MAX)
        return -EXO_E_LIMIT;
    node_unlink(act, EXO_TERMS_MAX + index);
    return word && !node_link(act, EXO_TERMS_MAX + index, word) ? -EXO_E_LIMIT : 0;
}

void wait_wake(struct activation *act, int64_t result)
{
    if (act->state != EXO_ACT_WAITING)
        return;
    terms_unlink(act);
    act->wait_deadline_ns = EXO_FOREVER;
    deadline_update(act);
    /* The sleeper left its state in a slot; the call's result belongs into its rax. */
    uint32_t slot = act->resume == RESUME_DISABLED ? EXO_SLOT_DISABLED : act->saved_slot;
    struct exo_context *context = frame_address(act->slot_frame[slot]);
    context->rax = (uint64_t)result;
    act->state = EXO_ACT_READY;
    slice_ready(act, true);
    act_publish(act);
    trace(EXO_TRACE_WAKE, act->index, act->env->id, (uint64_t)result, 0);
    pct_ready(act);
}

/* Collects a watcher, or a sleeper whose predicate holds, at most once. */
static void collect(struct activation *act, bool watcher, struct activation **list)
{
    int holds = act->waking ? -1 : watcher ? 0 : predicate_holds(act);
    if (holds < 0)
        return;
    act->waking = 1;
    act->wake_result = holds;
    act->wake_next = *list;
    *list = act;
}

/* The activations with a node of one kind on the word: watchers, or sleepers whose predicate holds. */
static struct activation *collect_all(uint64_t word, bool watchers)
{
    struct activation *list = NULL, *act;
    for (uint32_t id = frames[word >> EXO_PAGE_BITS].waiters; id; id = node_at(id, &act)->next)
        if (node_at(id, &act)->word == word && ((id - 1) % ACT_NODES >= EXO_TERMS_MAX) == watchers)
            collect(act, watchers, &list);
    return list;
}

/* Watchers first: who watches the word and sleeps on it as well is told of the event, too. */
int64_t wait_doorbell(uint64_t word)
{
    struct activation *act, *next;
    int64_t told = 0;
    for (act = collect_all(word, true); act; act = next, told++) {
        next = act->wake_next;
        act->waking = 0;
        act_raise(act, EXO_EVENT_DOORBELL);
    }
    for (act = collect_all(word, false); act; act = next, told++) {
        next = act->wake_next;
        act->waking = 0;
        wait_wake(act, act->wake_result);
    }
    return told;
}

void wait_frame_gone(frame_t frame)
{
    struct activation *act;
    while (frames[frame].waiters) {
        uint32_t id = frames[frame].waiters, index = (id - 1) % ACT_NODES;
        node_at(id, &act);
        if (index < EXO_TERMS_MAX)
            wait_wake(act, -EXO_E_FRAME);
        node_unlink(act, index);
    }
}

void wait_sweep(struct activation *act)
{
    for (uint32_t k = 0; k < ACT_NODES; k++) {
        frame_t frame = (frame_t)(act->node[k].word >> EXO_PAGE_BITS);
        if (!frame || frames[frame].type == EXO_FRAME_PINNED || frame_may_map_any(frame, &env_of(act)->caps, false))
            continue;
        if (k < EXO_TERMS_MAX)
            wait_wake(act, -EXO_E_FRAME);
        node_unlink(act, k);
    }
}

void wait_forget(struct activation *act)
{
    for (uint32_t i = 0; i < ACT_NODES; i++)
        node_unlink(act, i);
    act->terms = 0;
    act->wait_deadline_ns = act->timer_ns = EXO_FOREVER;
    deadline_update(act);
}

/* Deadlines: a binary heap a CPU, of ids, ordered by the earlier of timer and wait deadline. */

static uint64_t deadline_of(const struct activation *act)
{
    return act->timer_ns < act->wait_deadline_ns ? act->timer_ns : act->wait_deadline_ns;
}

static void heap_put(struct deadline_heap *heap, uint32_t at, struct activation *act)
{
    heap->act[at] = (uint16_t)act_id(act);
    act->heap_index = (int32_t)at;
}

static void heap_up(struct deadline_heap *heap, uint32_t at, struct activation *act)
{
    while (at > 0) {
        struct activation *parent = act_by_id(heap->act[(at - 1) / 2]);
        if (deadline_of(parent) <= deadline_of(act))
            break;
        heap_put(heap, at, parent);
        at = (at - 1) / 2;
    }
    heap_put(heap, at, act);
}

static void heap_down(struct deadline_heap *heap, uint32_t at, struct activation *act)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        struct activation *least = act_by_id(heap->act[child]);
        if (child + 1 < heap->count) {
            struct activation *right = act_by_id(heap->act[child + 1]);
            if (deadline_of(right) < deadline_of(least)) {
                least = right;
                child++;
            }
        }
        if (deadline_of(act) <= deadline_of(least))
            break;
        heap_put(heap, at, least);
        at = child;
    }
    heap_put(heap, at, act);
}

static void heap_remove(struct deadline_heap *heap, struct activation *act)
{
    uint32_t at = (uint32_t)act->heap_index;
    struct activation *last = act_by_id(heap->act[--heap->count]);
    act->heap_index = -1;
    if (last == act)
        return;
    heap_down(heap, at, last);
    heap_up(heap, (uint32_t)last->heap_index, last);
}

/* The CPU that arms its timer by it finds the first deadline in its own struct. */
static void heap_changed(uint32_t cpu)
{
    struct deadline_heap *heap = &heaps[cpu];
    cpus[cpu]->deadline_ns = heap->count ? deadline_of(act_by_id(heap->act[0])) : EXO_FOREVER;
}

void deadline_init(uint32_t cpu, uint16_t *heap)
{
    heaps[cpu] = (struct deadline_heap){.act = heap};
    heap_changed(cpu);
}

void deadline_update(struct activation *act)
{
    struct deadline_heap *heap = &heaps[act->cpu];
    uint64_t deadline = deadline_of(act);
    if (act->heap_index < 0 && deadline == EXO_FOREVER)
        return;
    if (act->heap_index >= 0)
        heap_remove(heap, act);
    if (deadline != EXO_FOREVER)
        heap_up(heap, heap->count++, act);
    heap_changed(act->cpu);
    if (act->heap_index == 0 && act->cpu != this_cpu()->index)
        cpu_kick(act->cpu); /* so that it arms its timer for this one */
}

bool deadline_run(uint32_t cpu, uint64_t now_ns)
{
    struct deadline_heap *heap = &heaps[cpu];
    for (unsigned done = 0; heap->count; done++) {
        struct activation *act = act_by_id(heap->act[0]);
        if (deadline_of(act) > now_ns)
            return false;
        if (done == DEADLINES_A_TIME)
            return true;
        if (act->wait_deadline_ns <= now_ns) {
            if (act->state == EXO_ACT_CALLING)
                pct_fail(act, -EXO_E_TIMEOUT);
            else
                wait_wake(act, -EXO_E_TIMEOUT);
            continue;
        }
        act->timer_ns = EXO_FOREVER;
        deadline_update(act);
        act_raise(act, EXO_EVENT_TIMER);
    }
    return false;
}
