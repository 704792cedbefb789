/* SPDX-License-Identifier: MIT
 *
 * policy.h: which ready thread runs next: a small table of functions. Layer: libos/sched.
 *
 * An application chooses another policy by defining `sched_policy` in its own source (the library's is weak). All
 * functions are called disabled with sched_lock held; they neither block nor allocate. A thread is in the policy's hands
 * from enqueue to the pick or dequeue that takes it out; the running thread is not.
 */
#ifndef LIBOS_POLICY_H
#define LIBOS_POLICY_H

#include <stdbool.h>

#include "sched/thread.h"

struct sched_policy {
    const char *name;
    /* A thread became ready (preempted: it was taken off the CPU at the end of a slice, else it woke or is new). */
    void (*enqueue)(struct thread *thread, bool preempted);
    /* A ready thread is to be taken out (it is being destroyed). */
    void (*dequeue)(struct thread *thread);
    /* Takes out the thread to run next; NULL: none is ready. */
    struct thread *(*pick)(void);
    /* A slice ended while thread ran. Returns true if another shall be picked. */
    bool (*tick)(struct thread *thread);
};

extern const struct sched_policy *const sched_policy;
extern const struct sched_policy sched_round_robin;

/* Lists for policies: first in, first out, linked by queue_next and queue_prev. */
struct thread_queue {
    struct thread *first, *last;
};
void thread_queue_add(struct thread_queue *queue, struct thread *thread);
void thread_queue_remove(struct thread_queue *queue, struct thread *thread);

#endif
