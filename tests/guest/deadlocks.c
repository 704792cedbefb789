/* SPDX-License-Identifier: MIT
 *
 * deadlocks.c: a program whose threads all wait for each other, by the kind that its argument names, and ones that merely wait
 * for a while: those end with status 0. test_threads.py looks at the reports. Layer: tests.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/proc.h"

extern char **environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static const char *program;

/* ---- What never ends ---- */

static void on_semaphore(void) { sem_wait(&semaphore); }

static void on_condition(void)
{
    pthread_mutex_lock(&mutex);
    for (;;)
        pthread_cond_wait(&condition, &mutex);
}

static void on_rwlock(void) { pthread_rwlock_rdlock(&rwlock); } /* main writes */
static void on_readers(void) { pthread_rwlock_wrlock(&rwlock); } /* main reads */
static void on_barrier(void) { pthread_barrier_wait(&barrier); }
static void on_mutex(void) { pthread_mutex_lock(&mutex); } /* of a thread that has ended */

static void *owner(void *argument)
{
    pthread_setname_np(pthread_self(), "owner");
    pthread_mutex_lock(&mutex);
    return argument;
}

static void left_locked(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, owner, NULL); /* not joined: its memory stays its own */
    usleep(100000);
}

/* The same with a mutex that raises priorities, by main itself: nobody else is there to tell. */
static pthread_mutex_t inheriting;

static void *keeper(void *argument)
{
    pthread_setname_np(pthread_self(), "keeper");
    pthread_mutex_lock(&inheriting);
    return argument;
}

static void wait_for_keeper(void)
{
    pthread_mutexattr_t attr;
    pthread_t thread;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&inheriting, &attr);
    pthread_create(&thread, NULL, keeper, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&inheriting);
}

static void write_first(void) { pthread_rwlock_wrlock(&rwlock); }
static void read_first(void) { pthread_rwlock_rdlock(&rwlock); }

/* ---- What ends: main waits for something from outside, then lets the other go on ---- */

static pid_t child(const char *what, int out)
{
    pid_t pid = -1;
    char *argv[] = {(char *)program, (char *)what, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (posix_spawn(&pid, program, &actions, NULL, argv, environ) != 0)
        exit(9);
    return pid;
}

static void posts(int signal)
{
    (void)signal;
    sem_post(&semaphore); /* for main, */
    sem_post(&semaphore); /* and the other */
}

static void for_sleep(void) { usleep(300000); }
static void for_timeout(void) { sem_clockwait(&semaphore, CLOCK_REALTIME, &(struct timespec){1, 0}); }
static void for_process(void) { waitpid(child("child-sleeps", -1), NULL, 0); }

static void for_pipe(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) != 0)
        exit(9);
    child("child-writes", ends[1]);
    if (read(ends[0], &byte, 1) != 1)
        exit(8);
}

static void for_handler(void)
{
    signal(SIGUSR1, posts);
    child("child-signals", -1);
    sem_wait(&semaphore);
}

static sigset_t set;

static void block(void)
{
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void for_sigwait(void)
{
    int signal;
    child("child-signals", -1);
    sigwait(&set, &signal);
}

static int be_child(const char *what)
{
    usleep(300000);
    if (!strcmp(what, "child-writes"))
        return write(1, "x", 1) != 1;
    return !strcmp(what, "child-signals") && kill(getppid(), SIGUSR1) != 0;
}

static const struct kind {
    const char *name;
    void (*before)(void); /* main, first */
    void (*stuck)(void);  /* a thread */
    void (*after)(void);  /* main, then it lets the thread go on; NULL: it joins it, for ever */
} kinds[] = {
    {"semaphore", NULL, on_semaphore, NULL},      {"condition", NULL, on_condition, NULL},
    {"written", write_first, on_rwlock, NULL},    {"read", read_first, on_readers, NULL},
    {"barrier", NULL, on_barrier, NULL},          {"ended", left_locked, on_mutex, NULL},
    {"inherit", wait_for_keeper, NULL, NULL},
    {"sleep", NULL, on_semaphore, for_sleep},     {"timeout", NULL, on_semaphore, for_timeout},
    {"process", NULL, on_semaphore, for_process}, {"pipe", NULL, on_semaphore, for_pipe},
    {"handler", NULL, on_semaphore, for_handler}, {"sigwait", block, on_semaphore, for_sigwait},
};

static void *run(void *argument)
{
    const struct kind *kind = argument;
    kind->stuck();
    return NULL;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    pthread_t thread;
    program = (const char *)proc_start()->path;
    if (!strncmp(what, "child", 5))
        return be_child(what);
    pthread_barrier_init(&barrier, NULL, 3);
    for (const struct kind *kind = kinds; kind < kinds + sizeof kinds / sizeof kinds[0]; kind++) {
        if (strcmp(kind->name, what) != 0)
            continue;
        if (kind->before)
            kind->before();
        pthread_create(&thread, NULL, run, (void *)kind);
        pthread_setname_np(thread, what);
        if (kind->after) {
            kind->after();
            sem_post(&semaphore);
        }
        pthread_join(thread, NULL);
        return 0;
    }
    return 2;
}
