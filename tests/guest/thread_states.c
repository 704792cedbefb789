/* SPDX-License-Identifier: MIT
 *
 * thread_states.c: a program with a thread in each state, each named after what it is blocked on, for `envs -t`; and one that
 * lies about its threads, in the way that its argument says. test_threads.py types and looks. Layer: tests.
 */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exo/exo.h"
#include "proc/proc.h"
#include "sched/thread.h"

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, mutex = PTHREAD_MUTEX_INITIALIZER, inheriting;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int empty[2], full[2];
static pthread_t sleeper;

static pthread_t start(const char *name, void *(*function)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, NULL)) {
        printf("cannot make %s\n", name);
        exit(1);
    }
    pthread_setname_np(thread, name);
    return thread;
}

/* ---- A thread in each state ---- */

static void *on_mutex(void *none)
{
    pthread_mutex_lock(&held);
    return none;
}

static void *on_inheriting(void *none)
{
    pthread_mutex_lock(&inheriting);
    return none;
}

static void *on_condition(void *none)
{
    pthread_mutex_lock(&mutex);
    for (;;)
        pthread_cond_wait(&never, &mutex);
    return none;
}

static void *on_timed(void *none)
{
    struct timespec until = {.tv_sec = 1000};
    pthread_mutex_lock(&mutex);
    while (pthread_cond_clockwait(&never, &mutex, CLOCK_MONOTONIC, &until) == 0)
        ;
    return none;
}

static void *on_semaphore(void *none)
{
    sem_wait(&semaphore);
    return none;
}

static void *on_rwlock(void *none)
{
    pthread_rwlock_rdlock(&rwlock);
    return none;
}

static void *on_barrier(void *none)
{
    pthread_barrier_wait(&barrier);
    return none;
}

static void *on_sleep(void *none)
{
    sleep(1000);
    return none;
}

static void *on_join(void *none)
{
    pthread_join(sleeper, NULL);
    return none;
}

static void *on_signal(void *none)
{
    sigset_t set;
    int signal;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &signal);
    return none;
}

static void *on_read(void *none)
{
    char byte;
    read(empty[0], &byte, 1);
    return none;
}

static void *on_write(void *none)
{
    static char many[1 << 17];
    write(full[1], many, sizeof many);
    return none;
}

static void *on_poll(void *none)
{
    struct pollfd pollfd = {.fd = empty[0], .events = POLLIN};
    poll(&pollfd, 1, -1);
    return none;
}

static void *at_once(void *none) { return none; }

static void *spin(void *none)
{
    for (;;)
        __asm__ volatile("pause");
    return none;
}

static void all_states(void)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&inheriting, &attr);
    pthread_barrier_init(&barrier, NULL, 2);
    sem_init(&semaphore, 0, 0);
    if (pipe(empty) || pipe(full))
        exit(1);
    pthread_mutex_lock(&held);
    pthread_mutex_lock(&inheriting);
    pthread_rwlock_wrlock(&rwlock);
    sleeper = start("sleep", on_sleep);
    start("join", on_join);
    start("mutex", on_mutex);
    start("inherit", on_inheriting);
    start("condition", on_condition);
    start("timed", on_timed);
    start("semaphore", on_semaphore);
    start("rwlock", on_rwlock);
    start("barrier", on_barrier);
    start("signal", on_signal);
    start("read", on_read);
    start("write", on_write);
    start("poll", on_poll);
    start("ended", at_once);
    start("spin", spin);
    start("spin too", spin);
}

/* ---- A liar. None of these is ever right about where the first thread lies, who is next, or what it does ---- */

static void lie(const char *how)
{
    struct thread *self = thread_self();
    static char somewhere[64];
    if (!strcmp(how, "circle"))
        self->next_where = thread_list.first;
    else if (!strcmp(how, "kernel"))
        thread_list.first = (uint64_t)exo_info()->trace_frame << EXO_PAGE_BITS;
    else if (!strcmp(how, "device"))
        self->next_where = 0xfee00000;
    else if (!strcmp(how, "nowhere"))
        thread_list.first = ~7ull;
    else if (!strcmp(how, "edge"))
        self->next_where = (self->where | (EXO_PAGE_BYTES - 1)) - 7;
    else if (!strcmp(how, "number"))
        self->id = 0;
    else if (!strcmp(how, "layout"))
        thread_list.layout++;
    else if (!strcmp(how, "garbage"))
        self->next_where = exo_physical((uintptr_t)strcpy(somewhere, "no thread"));
    else if (!strcmp(how, "list"))
        proc_self()->threads = ~0ull;
    else if (!strcmp(how, "names"))
        memcpy(self->name, "\033[2J\n\r\a\b\233\377ABCDEF", THREAD_NAME), memcpy(thread_list.policy, "\033c\n\0\0\0", 6);
    else if (!strcmp(how, "states"))
        self->state = (enum thread_state)0x7fffffff, self->run_ns = ~0ull, self->started_ns = 1;
    else
        exit(2);
}

/* Threads come and go all the time. */
static void *churn(void *none)
{
    for (;;) {
        pthread_t thread[3];
        for (int i = 0; i < 3; i++)
            thread[i] = start("passing", at_once);
        for (int i = 0; i < 3; i++)
            pthread_join(thread[i], NULL);
    }
    return none;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        all_states();
    else if (!strcmp(argv[1], "churn"))
        start("churn", churn);
    else
        lie(argv[1]);
    for (;;)
        if (argc < 2 || !strcmp(argv[1], "churn"))
            pause();
        else if (!strcmp(argv[1], "states"))
            lie(argv[1]); /* the scheduler puts it right whenever it runs */
}
