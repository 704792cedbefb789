/* SPDX-License-Identifier: MIT
 *
 * thread_faults.c: what a program with threads can do wrong, one thing a run, by its argument: `overflow` of a named thread's
 * stack, of a `guarded` one of its own size, of `main`'s; `deadlock` of two mutexes, `relock` of one, `join` in a circle; and
 * `leave`: main ends before the others; `crowd`: so it does after many that came and went at the same time. test_threads.py
 * looks at the reports. Layer: tests.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;

/* Deep enough for any stack; the compiler sees an end. */
static int deeper(volatile char *above, int left)
{
    volatile char here[512];
    here[0] = above[0];
    return left ? deeper(here, left - 1) + here[0] : 0;
}

static void *overflow(void *argument)
{
    volatile char here[1] = {0};
    pthread_setname_np(pthread_self(), "digger");
    printf("%d\n", deeper(here, 1 << 20));
    return argument;
}

/* Touches the lowest byte of its guard, as a function with a large frame would: the guard is as large as was asked for. */
static void *guarded(void *argument)
{
    pthread_attr_t attr;
    void *stack;
    size_t bytes, guard;
    pthread_setname_np(pthread_self(), "guarded");
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &stack, &bytes);
    pthread_attr_getguardsize(&attr, &guard);
    printf("guard of %zu\n", guard);
    fflush(stdout);
    *((volatile char *)stack - guard) = 1;
    return argument;
}

static void *outlives(void *argument)
{
    pthread_join(main_thread, NULL);
    puts("main has ended");
    return argument;
}

static void *at_once(void *argument) { return argument; }

static void *make_many(void *argument)
{
    for (int i = 0; i < 1500; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, at_once, NULL) == 0)
            i & 1 ? pthread_detach(thread) : pthread_join(thread, NULL);
    }
    return argument;
}

static void crowd(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, make_many, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static void *take_both(void *argument)
{
    pthread_setname_np(pthread_self(), "second-first");
    pthread_mutex_lock(&second);
    usleep(3000);
    pthread_mutex_lock(&first);
    return argument;
}

static void *relock(void *argument)
{
    pthread_setname_np(pthread_self(), "again");
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&first);
    return argument;
}

static void *join_main(void *argument)
{
    pthread_setname_np(pthread_self(), "joiner");
    pthread_join(main_thread, NULL);
    return argument;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    pthread_t thread;
    void *(*function)(void *) = !strcmp(what, "overflow")   ? overflow
                                : !strcmp(what, "deadlock") ? take_both
                                : !strcmp(what, "relock")   ? relock
                                : !strcmp(what, "guarded")  ? guarded
                                : !strcmp(what, "leave")    ? outlives
                                : !strcmp(what, "crowd")    ? outlives
                                                            : join_main;
    main_thread = pthread_self();
    if (!strcmp(what, "main"))
        overflow(NULL);
    if (!strcmp(what, "crowd"))
        crowd();
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    if (function == guarded)
        pthread_attr_setguardsize(&attr, 1 << 20);
    pthread_create(&thread, &attr, function, NULL);
    if (function == outlives)
        pthread_exit(NULL);
    if (function == take_both) {
        pthread_mutex_lock(&first);
        usleep(3000);
        pthread_mutex_lock(&second);
    }
    if (function == relock) {
        usleep(500000);
        return 3; /* the others of the program go on */
    }
    pthread_join(thread, NULL);
    return 0;
}
