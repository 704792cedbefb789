// link: libos/sched/default.c libos/sched/policies/round_robin.c
// SPDX-License-Identifier: MIT
/* test_policy.c: the queue of threads and the round robin policy. */
#include "../harness.h"
#include "sched/policy.h"

static struct thread threads[4];

uint64_t sched_here(void) { return 1; }

TEST(queue_keeps_order)
{
    struct thread_queue queue = {0};
    for (int i = 0; i < 4; i++)
        thread_queue_add(&queue, &threads[i]);
    thread_queue_remove(&queue, &threads[1]);
    CHECK(queue.first == &threads[0] && queue.last == &threads[3]);
    CHECK(threads[0].queue_next == &threads[2] && threads[2].queue_prev == &threads[0]);
    thread_queue_remove(&queue, &threads[0]);
    thread_queue_remove(&queue, &threads[3]);
    CHECK(queue.first == &threads[2] && queue.last == &threads[2]);
    thread_queue_remove(&queue, &threads[2]);
    CHECK(queue.first == NULL && queue.last == NULL);
}

TEST(round_robin_is_fair)
{
    CHECK(sched_policy == &sched_round_robin);
    CHECK(sched_policy->pick() == NULL);
    for (int i = 0; i < 3; i++)
        sched_policy->enqueue(&threads[i], SCHED_NEW);
    for (int turn = 0; turn < 9; turn++) {
        struct thread *thread = sched_policy->pick();
        CHECK(thread == &threads[turn % 3]);
        CHECK(sched_policy->tick(thread));
        sched_policy->enqueue(thread, SCHED_PREEMPTED);
    }
    sched_policy->dequeue(&threads[1]);
    CHECK(sched_policy->pick() == &threads[0]);
    CHECK(sched_policy->pick() == &threads[2]);
    CHECK(sched_policy->pick() == NULL);
}

TEST(lone_thread_keeps_the_cpu)
{
    CHECK(!sched_policy->tick(&threads[0]));
}
