// SPDX-License-Identifier: MIT
// link: libos/sched/check.c libos/sched/policies/round_robin.c
/* test_check_policy.c: the watch over policies (libos/sched/check.c): what it says of policies with mistakes, at which pick, and
 * that it says nothing of one without. */
#include "../harness.h"
#include <setjmp.h>
#include <signal.h>
#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/proc.h"
#include "sched/policy.h"

#define THREADS 4

static struct thread threads[THREADS];
static const struct sched_policy *watched;
static char said[256];
static int status;
static jmp_buf ended;

/* ---- What the watch asks of the library ---- */

char start_stack_top[1];
struct thread *thread_first(void) { return &threads[0]; }
bool thread_known(const struct thread *thread) { return thread >= threads && thread < threads + THREADS; }
uint64_t sched_here(void) { return 1; }

void exo_message(const char *text, size_t bytes)
{
    memcpy(said, text, bytes);
    said[bytes] = 0;
}

_Noreturn void proc_exit(int with)
{
    status = with;
    longjmp(ended, 1);
}

_Noreturn void sched_abandon(struct thread *victim, uint64_t rip, uint64_t rsp)
{
    CHECK(victim == &threads[0] && rsp == (uintptr_t)start_stack_top);
    ((void (*)(void))(uintptr_t)rip)();
    __builtin_unreachable();
}

/* thread_self reads the activation at GS: it has no thread. */
static void no_thread_runs(void)
{
    static char activation[8192];
    CHECK(syscall(SYS_arch_prctl, ARCH_SET_GS, activation) == 0);
}

/* ---- A policy with a mistake: round robin, but for one thread, the victim ---- */

static enum { NO_MISTAKE, FORGETS, FORGETS_AT_DEQUEUE, KEEPS } mistake;
static struct thread *victim;

static void bad_enqueue(struct thread *thread, enum sched_why why)
{
    if (mistake != FORGETS || thread != victim)
        sched_round_robin.enqueue(thread, why);
}

static void bad_dequeue(struct thread *thread)
{
    if (mistake != KEEPS || thread != victim)
        sched_round_robin.dequeue(thread);
    if (mistake == FORGETS_AT_DEQUEUE && victim->in_policy && victim != thread)
        sched_round_robin.dequeue(victim);
}

static bool may_run_here_is_ignored;
static struct thread *bad_pick(void) { return may_run_here_is_ignored ? victim : sched_round_robin.pick(); }

static struct sched_policy bad = {.name = "bad", .enqueue = bad_enqueue, .dequeue = bad_dequeue, .pick = bad_pick};

static void begin(unsigned mistaken, uint32_t (*counts)(void))
{
    no_thread_runs();
    mistake = NO_MISTAKE;
    may_run_here_is_ignored = false;
    for (unsigned i = 0; i < THREADS; i++)
        threads[i].affinity = 0;
    while (sched_round_robin.pick()) /* what the test before left */
        ;
    memset(threads, 0, sizeof threads);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i].created_next = i + 1 < THREADS ? &threads[i + 1] : NULL;
        memcpy(threads[i].name, (char[]){'t', (char)('0' + i), 0}, 3);
        threads[i].state = THREAD_READY;
    }
    mistake = mistaken;
    victim = &threads[2];
    bad.count = counts;
    watched = sched_check_wrap(&bad);
    said[0] = 0;
    status = 0;
}

static void give(unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        watched->enqueue(&threads[i], SCHED_WOKEN);
}

/* How many picks are well, at most `most`; each thread is the policy's again after it ran. */
static volatile unsigned picks;
static unsigned run(unsigned most)
{
    if (!setjmp(ended))
        for (picks = 0; picks < most; picks++) {
            struct thread *thread = watched->pick();
            if (thread)
                watched->enqueue(thread, SCHED_YIELDED);
        }
    return picks;
}

static void ended_with(const char *message)
{
    CHECK(status == PROC_KILLED(SIGABRT));
    if (!CHECK(strcmp(said, message) == 0))
        printf("said: %s\n", said);
}

TEST(no_mistake_is_seen_where_none_is)
{
    begin(NO_MISTAKE, sched_round_robin.count);
    give(0, 3);
    CHECK(run(100) == 100);
    watched->dequeue(&threads[1]);
    CHECK(run(100) == 100);
    threads[3].affinity = 2; /* held, but not for this CPU */
    CHECK(run(100) == 100 && said[0] == 0);
}

TEST(forgotten_while_others_are_ready)
{
    begin(FORGETS, sched_round_robin.count);
    give(0, 1);
    CHECK(run(10) == 10);
    give(2, 3);
    CHECK(run(10) == 0); /* at the next pick */
    ended_with("scheduler policy bad forgot a thread: t2 (it holds 2, should hold 3)\n");
}

TEST(forgotten_when_another_is_taken_out)
{
    begin(FORGETS_AT_DEQUEUE, sched_round_robin.count);
    give(0, 3);
    CHECK(run(10) == 10);
    watched->dequeue(&threads[0]);
    CHECK(run(10) == 0);
    ended_with("scheduler policy bad forgot a thread: t2 (it holds 1, should hold 2)\n");
}

TEST(forgotten_for_another_cpu_is_counted_not_named)
{
    begin(FORGETS, sched_round_robin.count);
    threads[2].affinity = 2;
    give(0, 3);
    CHECK(run(10) == 0);
    ended_with("scheduler policy bad forgot a thread (it holds 2, should hold 3)\n");
}

TEST(kept)
{
    begin(KEEPS, sched_round_robin.count);
    give(0, 3);
    watched->dequeue(victim);
    CHECK(run(10) == 0);
    ended_with("scheduler policy bad kept a thread that it gave back: t2 (it holds 3, should hold 2)\n");
}

TEST(without_a_count_when_none_is_ready)
{
    begin(FORGETS, NULL);
    give(0, 2);
    CHECK(run(100) == 100);
    watched->dequeue(&threads[0]);
    watched->dequeue(&threads[1]);
    CHECK(run(10) == 0);
    ended_with("scheduler policy bad forgot a thread: t2\n");
}

TEST(returned_without_being_ready_or_here)
{
    begin(NO_MISTAKE, NULL);
    may_run_here_is_ignored = true;
    CHECK(run(10) == 0);
    ended_with("scheduler policy bad returned a thread that is not ready: t2\n");
    begin(NO_MISTAKE, NULL);
    may_run_here_is_ignored = true;
    threads[2].affinity = 2;
    give(2, 2);
    CHECK(run(10) == 0);
    ended_with("scheduler policy bad returned a thread that may not run on this CPU: t2\n");
}
