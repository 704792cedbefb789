/* SPDX-License-Identifier: MIT
 *
 * pthreads.c: <pthread.h>, <semaphore.h>, <sched.h>: threads, and all that they wait for each other with; the rest is in
 * pthreads_end.c. Layer: tests. With a number as argument: the virtual CPUs that the program has (EXON_CPUS).
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "sched/thread.h"
#include "suite.h"

#define MS 1000000l

static unsigned cpus = 1;

static void *give_back(void *argument) { return argument; }

/* ---- Threads and attributes ---- */

static void test_create(void)
{
    pthread_t threads[20];
    void *result;
    for (uintptr_t i = 0; i < 20; i++)
        EQUAL(pthread_create(&threads[i], NULL, give_back, (void *)(i * 3)), 0);
    for (uintptr_t i = 0; i < 20; i++) {
        EQUAL(pthread_join(threads[i], &result), 0);
        EQUAL((uintptr_t)result, i * 3);
    }
    EQUAL(pthread_join(pthread_self(), NULL), EDEADLK);
    CHECK(pthread_equal(pthread_self(), pthread_self()));
    EQUAL(pthread_create(&threads[0], NULL, give_back, NULL), 0);
    EQUAL(pthread_detach(threads[0]), 0);
    EQUAL(pthread_create(&threads[1], NULL, give_back, (void *)7), 0);
    pause_ms(5);
    EQUAL(pthread_tryjoin_np(threads[1], &result), 0);
    EQUAL((uintptr_t)result, 7);
    EQUAL(pthread_join(threads[1], NULL), EINVAL); /* once more */
    EQUAL(pthread_detach(threads[1]), EINVAL);
    EQUAL(pthread_create(&threads[0], NULL, give_back, NULL), 0); /* and nothing came of it */
    EQUAL(pthread_create(&threads[1], NULL, give_back, NULL), 0);
    EQUAL(pthread_join(threads[0], NULL), 0);
    EQUAL(pthread_join(threads[1], NULL), 0);
}

static void *exits(void *argument) { pthread_exit(argument); }

static char own_stack[65536] __attribute__((aligned(4096)));

static void *where(void *argument)
{
    char here;
    *(uintptr_t *)argument = (uintptr_t)&here;
    return NULL;
}

static void test_attributes(void)
{
    pthread_attr_t attr, found;
    pthread_t thread;
    void *result, *base;
    size_t bytes;
    int value;
    uintptr_t at;
    EQUAL(pthread_attr_init(&attr), 0);
    EQUAL(pthread_attr_getdetachstate(&attr, &value), 0);
    EQUAL(value, PTHREAD_CREATE_JOINABLE);
    EQUAL(pthread_attr_setdetachstate(&attr, 77), EINVAL);
    EQUAL(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN - 1), EINVAL);
    EQUAL(pthread_attr_setstacksize(&attr, 1 << 20), 0);
    EQUAL(pthread_attr_setguardsize(&attr, 4096), 0);
    EQUAL(pthread_create(&thread, &attr, exits, (void *)5), 0);
    EQUAL(pthread_getattr_np(thread, &found), 0);
    EQUAL(pthread_attr_getstack(&found, &base, &bytes), 0);
    CHECK(bytes >= 1 << 20);
    EQUAL(pthread_join(thread, &result), 0);
    EQUAL((uintptr_t)result, 5);
    EQUAL(pthread_attr_init(&attr), 0);
    EQUAL(pthread_attr_setstack(&attr, own_stack, sizeof own_stack), 0);
    EQUAL(pthread_create(&thread, &attr, where, &at), 0);
    EQUAL(pthread_join(thread, NULL), 0);
    CHECK(at > (uintptr_t)own_stack && at < (uintptr_t)own_stack + sizeof own_stack);
    memset(own_stack, 1, sizeof own_stack); /* it is ours again */
    EQUAL(pthread_attr_setscope(&attr, PTHREAD_SCOPE_PROCESS), ENOTSUP);
    EQUAL(pthread_attr_setschedpolicy(&attr, SCHED_FIFO), 0);
    EQUAL(pthread_attr_setschedparam(&attr, &(struct sched_param){.sched_priority = 100}), EINVAL);
    EQUAL(pthread_attr_setschedparam(&attr, &(struct sched_param){.sched_priority = 42}), 0);
    EQUAL(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED), 0);
    EQUAL(pthread_create(&thread, &attr, give_back, NULL), 0);
    struct sched_param param;
    EQUAL(pthread_getschedparam(thread, &value, &param), 0);
    EQUAL(value, SCHED_FIFO);
    EQUAL(param.sched_priority, 42);
    EQUAL(pthread_setschedprio(thread, 0), EINVAL);
    EQUAL(pthread_join(thread, NULL), 0);
    EQUAL(pthread_attr_destroy(&attr), 0);
}

static void test_names(void)
{
    char name[16];
    EQUAL(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    CHECK(!strcmp(name, "main"));
    EQUAL(pthread_setname_np(pthread_self(), "a-name-too-long-by-far"), ERANGE);
    EQUAL(pthread_setname_np(pthread_self(), "tester"), 0);
    EQUAL(pthread_getname_np(pthread_self(), name, 3), ERANGE);
    EQUAL(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    CHECK(!strcmp(name, "tester"));
}

/* More threads than there is memory for: an error, and all that were made end well. */
static void test_limit(void)
{
    static pthread_t threads[4000];
    pthread_attr_t attr;
    unsigned made = 0;
    int error = 0;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 20);
    while (made < 4000 && !(error = pthread_create(&threads[made], &attr, give_back, NULL)))
        made++;
    CHECK(made >= 100);
    CHECK(error == EAGAIN || made == 4000);
    for (unsigned i = 0; i < made; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(pthread_attr_setstacksize(&attr, SIZE_MAX / 4), 0);
    EQUAL(pthread_create(&threads[0], &attr, give_back, NULL), EAGAIN);
    EQUAL(pthread_create(&threads[0], NULL, give_back, NULL), 0);
    EQUAL(pthread_join(threads[0], NULL), 0);
}

/* No memory is left: an error, and no page of the thread that is missing later. */
static void test_no_memory(void)
{
    static pthread_t threads[4000];
    unsigned made = 0;
    int error = 0;
    memset(threads, 1, sizeof threads);
    const size_t piece = 1 << 20;
    void **rest = NULL, **next;
    while ((next = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) != MAP_FAILED) {
        *next = rest;
        rest = next;
    }
    while (made < 4000 && !(error = pthread_create(&threads[made], NULL, give_back, NULL)))
        made++;
    for (; rest; rest = next) {
        next = *rest;
        munmap(rest, piece);
    }
    EQUAL(error, EAGAIN);
    for (unsigned i = 0; i < made; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(pthread_create(&threads[0], NULL, give_back, NULL), 0);
    EQUAL(pthread_join(threads[0], NULL), 0);
}

/* ---- Affinity ---- */

static void *cpu_of(void *argument)
{
    for (int i = 0; i < 20; i++) {
        if (sched_getcpu() != (int)(intptr_t)argument)
            return (void *)1;
        sched_yield();
    }
    return NULL;
}

static void test_affinity(void)
{
    cpu_set_t mine, one;
    EQUAL(sched_getaffinity(0, sizeof mine, &mine), 0);
    EQUAL(CPU_COUNT(&mine), (int)cpus);
    CPU_ZERO(&one);
    FAILS(sched_setaffinity(0, sizeof one, &one), EINVAL);
    CPU_SET(63, &one);
    FAILS(sched_setaffinity(0, sizeof one, &one), EINVAL);
    FAILS(sched_setaffinity(12345, sizeof one, &mine), ESRCH);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &mine))
            continue;
        pthread_attr_t attr;
        pthread_t threads[3];
        void *wrong;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_attr_init(&attr);
        EQUAL(pthread_attr_setaffinity_np(&attr, sizeof one, &one), 0);
        for (int i = 0; i < 3; i++)
            EQUAL(pthread_create(&threads[i], &attr, cpu_of, (void *)(intptr_t)cpu), 0);
        for (int i = 0; i < 3; i++) {
            EQUAL(pthread_join(threads[i], &wrong), 0);
            CHECK(!wrong);
        }
        EQUAL(sched_setaffinity(0, sizeof one, &one), 0);
        EQUAL(sched_getcpu(), cpu);
        pause_ms(1);
        EQUAL(sched_getcpu(), cpu);
    }
    EQUAL(sched_setaffinity(0, sizeof mine, &mine), 0);
}

/* ---- Mutexes ---- */

static pthread_mutex_t mutex_of(int type, int robust, int protocol)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    EQUAL(pthread_mutexattr_init(&attr), 0);
    EQUAL(pthread_mutexattr_settype(&attr, type), 0);
    EQUAL(pthread_mutexattr_setrobust(&attr, robust), 0);
    EQUAL(pthread_mutexattr_setprotocol(&attr, protocol), 0);
    EQUAL(pthread_mutexattr_setprioceiling(&attr, 50), 0);
    EQUAL(pthread_mutex_init(&mutex, &attr), 0);
    EQUAL(pthread_mutexattr_destroy(&attr), 0);
    return mutex;
}

static void *try_it(void *argument) { return (void *)(intptr_t)pthread_mutex_trylock(argument); }
static void *unlock_it(void *argument) { return (void *)(intptr_t)pthread_mutex_unlock(argument); }

static void *time_it(void *argument)
{
    struct timespec soon = time_in(CLOCK_REALTIME, 3 * MS);
    return (void *)(intptr_t)pthread_mutex_timedlock(argument, &soon);
}

static int other(void *(*function)(void *), pthread_mutex_t *mutex)
{
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, function, mutex);
    pthread_join(thread, &result);
    return (int)(intptr_t)result;
}

static void test_mutex_types(void)
{
    for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_PROTECT; protocol++)
        for (int type = PTHREAD_MUTEX_NORMAL; type <= PTHREAD_MUTEX_ERRORCHECK; type++)
            for (int robust = PTHREAD_MUTEX_STALLED; robust <= PTHREAD_MUTEX_ROBUST; robust++) {
                pthread_mutex_t mutex = mutex_of(type, robust, protocol);
                EQUAL(pthread_mutex_unlock(&mutex), EPERM);
                EQUAL(pthread_mutex_lock(&mutex), 0);
                EQUAL(other(unlock_it, &mutex), EPERM);
                EQUAL(other(try_it, &mutex), EBUSY);
                EQUAL(other(time_it, &mutex), ETIMEDOUT);
                EQUAL(pthread_mutex_destroy(&mutex), EBUSY);
                if (type == PTHREAD_MUTEX_ERRORCHECK)
                    EQUAL(pthread_mutex_lock(&mutex), EDEADLK);
                EQUAL(pthread_mutex_trylock(&mutex), type == PTHREAD_MUTEX_RECURSIVE ? 0 : EBUSY);
                if (type == PTHREAD_MUTEX_RECURSIVE) {
                    EQUAL(pthread_mutex_unlock(&mutex), 0);
                    EQUAL(other(try_it, &mutex), EBUSY);
                }
                EQUAL(pthread_mutex_unlock(&mutex), 0);
                EQUAL(pthread_mutex_unlock(&mutex), EPERM);
                EQUAL(pthread_mutex_destroy(&mutex), 0);
            }
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    EQUAL(pthread_mutexattr_settype(&attr, 9), EINVAL);
    EQUAL(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), ENOTSUP);
    EQUAL(pthread_mutexattr_setprioceiling(&attr, 1000), EINVAL);
}

static void test_robust(void)
{
    for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_INHERIT; protocol++) {
        pthread_mutex_t mutex = mutex_of(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, protocol);
        EQUAL(pthread_mutex_consistent(&mutex), EINVAL);
        EQUAL(other(try_it, &mutex), 0); /* ends with it */
        EQUAL(pthread_mutex_lock(&mutex), EOWNERDEAD);
        EQUAL(pthread_mutex_consistent(&mutex), 0);
        EQUAL(pthread_mutex_unlock(&mutex), 0);
        EQUAL(pthread_mutex_lock(&mutex), 0);
        EQUAL(pthread_mutex_unlock(&mutex), 0);
        EQUAL(other(try_it, &mutex), 0);
        EQUAL(pthread_mutex_trylock(&mutex), EOWNERDEAD);
        EQUAL(pthread_mutex_unlock(&mutex), 0); /* not made consistent */
        EQUAL(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
        EQUAL(pthread_mutex_trylock(&mutex), ENOTRECOVERABLE);
        EQUAL(pthread_mutex_destroy(&mutex), 0);
    }
}

static pthread_mutex_t shared_mutex;
static unsigned long shared_count[2];

static void *count_up(void *argument)
{
    for (int i = 0; i < 3000; i++) {
        pthread_mutex_lock(&shared_mutex);
        shared_count[0]++;
        if (i % 50 == 0)
            sched_yield();
        shared_count[1] = shared_count[0];
        pthread_mutex_unlock(&shared_mutex);
    }
    return argument;
}

static void test_mutex_contended(void)
{
    for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_PROTECT; protocol++) {
        pthread_t threads[8];
        shared_mutex = mutex_of(PTHREAD_MUTEX_NORMAL, protocol & 1, protocol);
        shared_count[0] = shared_count[1] = 0;
        for (int i = 0; i < 8; i++)
            EQUAL(pthread_create(&threads[i], NULL, count_up, NULL), 0);
        for (int i = 0; i < 8; i++)
            EQUAL(pthread_join(threads[i], NULL), 0);
        EQUAL(shared_count[0], 24000);
        EQUAL(shared_count[1], 24000);
    }
}

/* The effective priority: the library's own. */
static int priority_now(pthread_t thread) { return ((const struct thread *)thread)->priority; }

static void *lock_it(void *argument)
{
    int error = pthread_mutex_lock(argument);
    if (!error)
        pthread_mutex_unlock(argument);
    return (void *)(intptr_t)error;
}

/* A chain: main holds first; second's holder waits for first; who waits for second raises both. */
static pthread_mutex_t first, second;

static void *hold_second(void *argument)
{
    pthread_mutex_lock(&second);
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
    return argument;
}

static void test_inheritance(void)
{
    pthread_attr_t attr;
    pthread_t middle, urgent, timed;
    first = mutex_of(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_PRIO_INHERIT);
    second = mutex_of(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_PRIO_INHERIT);
    pthread_attr_init(&attr);
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
    EQUAL(pthread_mutex_lock(&first), 0);
    EQUAL(priority_now(pthread_self()), 0);
    pthread_attr_setschedparam(&attr, &(struct sched_param){.sched_priority = 10});
    EQUAL(pthread_create(&middle, &attr, hold_second, NULL), 0);
    pause_ms(3);
    EQUAL(priority_now(pthread_self()), 10);
    pthread_attr_setschedparam(&attr, &(struct sched_param){.sched_priority = 30});
    EQUAL(pthread_create(&timed, &attr, time_it, &second), 0);
    pause_ms(1);
    EQUAL(priority_now(pthread_self()), 30);
    EQUAL(priority_now(middle), 30);
    pause_ms(6);
    EQUAL(priority_now(middle), 10); /* the most urgent one gave up */
    EQUAL(priority_now(pthread_self()), 10);
    EQUAL(pthread_join(timed, NULL), 0);
    pthread_attr_setschedparam(&attr, &(struct sched_param){.sched_priority = 40});
    EQUAL(pthread_create(&urgent, &attr, lock_it, &second), 0);
    pause_ms(3);
    EQUAL(priority_now(pthread_self()), 40);
    EQUAL(pthread_mutex_unlock(&first), 0);
    EQUAL(priority_now(pthread_self()), 0);
    EQUAL(pthread_join(middle, NULL), 0);
    EQUAL(pthread_join(urgent, NULL), 0);
}

static void test_ceiling(void)
{
    pthread_mutex_t mutex = mutex_of(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_PRIO_PROTECT);
    int ceiling;
    EQUAL(pthread_mutex_getprioceiling(&mutex, &ceiling), 0);
    EQUAL(ceiling, 50);
    EQUAL(pthread_mutex_lock(&mutex), 0);
    EQUAL(priority_now(pthread_self()), 50);
    EQUAL(pthread_mutex_unlock(&mutex), 0);
    EQUAL(priority_now(pthread_self()), 0);
    EQUAL(pthread_mutex_setprioceiling(&mutex, 20, &ceiling), 0);
    EQUAL(ceiling, 50);
    EQUAL(sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 21}), SCHED_OTHER);
    EQUAL(pthread_mutex_lock(&mutex), EINVAL);
    EQUAL(sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){.sched_priority = 0}), SCHED_FIFO);
    EQUAL(pthread_mutex_lock(&mutex), 0);
    EQUAL(pthread_mutex_unlock(&mutex), 0);
}

/* ---- Condition variables ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int token;

static void *pass_on(void *argument)
{
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&lock);
        while (token % 5 != (int)(intptr_t)argument)
            pthread_cond_wait(&changed, &lock);
        token++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void test_cond(void)
{
    pthread_t threads[5];
    token = 0;
    for (intptr_t i = 0; i < 5; i++)
        EQUAL(pthread_create(&threads[i], NULL, pass_on, (void *)i), 0);
    for (int i = 0; i < 5; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(token, 1000);
    pthread_cond_t unlocked = PTHREAD_COND_INITIALIZER;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    EQUAL(pthread_cond_wait(&unlocked, &mutex), EPERM);
}

static void test_cond_clocks(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
    for (int i = 0; i < 2; i++) {
        pthread_condattr_t attr;
        pthread_cond_t cond;
        clockid_t clock;
        EQUAL(pthread_condattr_init(&attr), 0);
        EQUAL(pthread_condattr_setclock(&attr, CLOCK_PROCESS_CPUTIME_ID), EINVAL);
        EQUAL(pthread_condattr_setclock(&attr, clocks[i]), 0);
        EQUAL(pthread_condattr_getclock(&attr, &clock), 0);
        EQUAL(clock, clocks[i]);
        EQUAL(pthread_cond_init(&cond, &attr), 0);
        pthread_mutex_lock(&lock);
        struct timespec until = time_in(clocks[i], 4 * MS), found;
        EQUAL(pthread_cond_timedwait(&cond, &lock, &until), ETIMEDOUT);
        clock_gettime(clocks[i], &found);
        CHECK(found.tv_sec > until.tv_sec || (found.tv_sec == until.tv_sec && found.tv_nsec >= until.tv_nsec));
        until.tv_nsec = 1000000000;
        EQUAL(pthread_cond_timedwait(&cond, &lock, &until), EINVAL);
        until = time_in(CLOCK_MONOTONIC, 2 * MS);
        EQUAL(pthread_cond_clockwait(&cond, &lock, CLOCK_MONOTONIC, &until), ETIMEDOUT);
        pthread_mutex_unlock(&lock);
        EQUAL(pthread_cond_destroy(&cond), 0);
    }
}

/* ---- Other locks ---- */

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile int readers, most_readers, value_a, value_b;

static void *read_or_write(void *argument)
{
    for (int i = 0; i < 400; i++) {
        if ((i + (int)(intptr_t)argument) % 8 == 0) {
            EQUAL(pthread_rwlock_wrlock(&rwlock), 0);
            value_a++;
            if (i % 3 == 0)
                sched_yield();
            value_b++;
        } else {
            EQUAL(pthread_rwlock_rdlock(&rwlock), 0);
            int now = __atomic_add_fetch(&readers, 1, __ATOMIC_RELAXED);
            if (now > most_readers)
                most_readers = now;
            if (i % 5 == 0)
                sched_yield();
            CHECK(value_a == value_b);
            __atomic_sub_fetch(&readers, 1, __ATOMIC_RELAXED);
        }
        EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    }
    return argument;
}

static void test_rwlock(void)
{
    pthread_t threads[6];
    struct timespec soon;
    for (intptr_t i = 0; i < 6; i++)
        EQUAL(pthread_create(&threads[i], NULL, read_or_write, (void *)i), 0);
    for (int i = 0; i < 6; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(value_a, 300);
    EQUAL(value_b, 300);
    CHECK(most_readers > 1);
    EQUAL(pthread_rwlock_unlock(&rwlock), EPERM);
    EQUAL(pthread_rwlock_wrlock(&rwlock), 0);
    EQUAL(pthread_rwlock_wrlock(&rwlock), EDEADLK);
    EQUAL(pthread_rwlock_rdlock(&rwlock), EDEADLK);
    EQUAL(pthread_rwlock_tryrdlock(&rwlock), EBUSY);
    EQUAL(pthread_rwlock_destroy(&rwlock), EBUSY);
    EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    EQUAL(pthread_rwlock_rdlock(&rwlock), 0);
    EQUAL(pthread_rwlock_rdlock(&rwlock), 0);
    soon = time_in(CLOCK_REALTIME, 2 * MS);
    EQUAL(pthread_rwlock_timedwrlock(&rwlock, &soon), ETIMEDOUT);
    EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    EQUAL(pthread_rwlock_destroy(&rwlock), 0);
}

static pthread_barrier_t barrier;
static unsigned rounds[4];

static void *meet(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument, serial = 0;
    for (unsigned i = 0; i < 100; i++) {
        rounds[me] = i;
        serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
        for (int k = 0; k < 4; k++)
            CHECK(rounds[k] == i);
        serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    }
    return (void *)(uintptr_t)serial;
}

static void test_barrier(void)
{
    pthread_t threads[4];
    unsigned serial = 0;
    EQUAL(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
    EQUAL(pthread_barrier_init(&barrier, NULL, 4), 0);
    for (uintptr_t i = 0; i < 4; i++)
        EQUAL(pthread_create(&threads[i], NULL, meet, (void *)i), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        EQUAL(pthread_join(threads[i], &result), 0);
        serial += (unsigned)(uintptr_t)result;
    }
    EQUAL(serial, 200);
    EQUAL(pthread_barrier_destroy(&barrier), 0);
}

static pthread_spinlock_t spin;

static void *spin_count(void *argument)
{
    for (int i = 0; i < 5000; i++) {
        pthread_spin_lock(&spin);
        shared_count[0]++;
        pthread_spin_unlock(&spin);
    }
    return argument;
}

static void test_spin(void)
{
    pthread_t threads[4];
    shared_count[0] = 0;
    EQUAL(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
    for (int i = 0; i < 4; i++)
        EQUAL(pthread_create(&threads[i], NULL, spin_count, NULL), 0);
    for (int i = 0; i < 4; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(shared_count[0], 20000);
    EQUAL(pthread_spin_lock(&spin), 0);
    EQUAL(pthread_spin_trylock(&spin), EBUSY);
    EQUAL(pthread_spin_unlock(&spin), 0);
    EQUAL(pthread_spin_destroy(&spin), 0);
}

static sem_t full, empty;

static void *produce(void *argument)
{
    for (int i = 0; i < 500; i++) {
        sem_wait(&empty);
        sem_post(&full);
    }
    return argument;
}

static void test_semaphore(void)
{
    pthread_t threads[2];
    struct timespec soon;
    int value;
    EQUAL(sem_init(&full, 0, 0), 0);
    EQUAL(sem_init(&empty, 0, 3), 0);
    FAILS(sem_init(&empty, 1, 3), ENOSYS);
    FAILS(sem_trywait(&full), EAGAIN);
    soon = time_in(CLOCK_REALTIME, 2 * MS);
    FAILS(sem_timedwait(&full, &soon), ETIMEDOUT);
    for (int i = 0; i < 2; i++)
        EQUAL(pthread_create(&threads[i], NULL, produce, NULL), 0);
    for (int i = 0; i < 1000; i++) {
        EQUAL(sem_wait(&full), 0);
        EQUAL(sem_post(&empty), 0);
    }
    for (int i = 0; i < 2; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(sem_getvalue(&empty, &value), 0);
    EQUAL(value, 3);
    EQUAL(sem_destroy(&full), 0);
}

/* ---- Who waits is woken by priority, then as he came, also if the priority changes meanwhile ---- */

static int order[5];
static unsigned passed;

static void *waits(void *number)
{
    sem_wait(&full);
    order[passed++] = (int)(intptr_t)number;
    sem_post(&empty);
    return NULL;
}

static void *waits_briefly(void *count)
{
    for (int i = 0; i < 200; i++) {
        struct timespec soon = time_in(CLOCK_REALTIME, i % 7 * MS / 10);
        __atomic_add_fetch((int *)count, sem_timedwait(&full, &soon) == 0, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void test_order(void)
{
    static const struct { int who, priority; } changes[] = {{3, 30}, {1, 20}, {2, 20}, {3, 10}};
    static const int expected[] = {1, 2, 3, 0, 4};
    pthread_t threads[8];
    EQUAL(sem_init(&full, 0, 0), 0);
    EQUAL(sem_init(&empty, 0, 0), 0);
    for (intptr_t i = 0; i < 5; i++) {
        EQUAL(pthread_create(&threads[i], NULL, waits, (void *)i), 0);
        while (__atomic_load_n(&((struct thread *)threads[i])->state, __ATOMIC_RELAXED) != THREAD_BLOCKED)
            sched_yield();
    }
    for (int i = 0; i < 4; i++)
        EQUAL(pthread_setschedparam(threads[changes[i].who], SCHED_FIFO,
                                    &(struct sched_param){.sched_priority = changes[i].priority}), 0);
    for (int i = 0; i < 5; i++) {
        EQUAL(sem_post(&full), 0);
        EQUAL(sem_wait(&empty), 0);
        EQUAL(order[i], expected[i]);
    }
    for (int i = 0; i < 5; i++)
        pthread_join(threads[i], NULL);
    int count = 0, posts = 0;
    for (int i = 0; i < 8; i++)
        EQUAL(pthread_create(&threads[i], NULL, waits_briefly, &count), 0);
    for (; posts < 400; posts++) {
        pthread_setschedprio(threads[posts % 8], posts * 7 % 30);
        sem_post(&full);
        if (posts % 8 == 0)
            pause_ms(1);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    while (sem_trywait(&full) == 0)
        count++;
    EQUAL(count, posts);
}

static const struct suite_test tests[] = {
    {test_create, "create, join, detach", 20},
    {test_attributes, "attributes", 20},
    {test_names, "names", 10},
    {test_limit, "limit", 60},
    {test_no_memory, "no memory for threads", 60},
    {test_affinity, "affinity", 30},
    {test_mutex_types, "mutex types", 60},
    {test_robust, "robust mutexes", 20},
    {test_mutex_contended, "contended mutexes", 60},
    {test_inheritance, "priority inheritance", 20},
    {test_ceiling, "priority ceiling", 20},
    {test_cond, "condition variable", 30},
    {test_cond_clocks, "clocks of condition variables", 20},
    {test_rwlock, "readers and writers", 30},
    {test_barrier, "barrier", 30},
    {test_spin, "spin lock", 30},
    {test_semaphore, "semaphore", 30},
    {test_order, "order of waiters", 30},
};

int main(int argc, char **argv)
{
    if (argc > 1)
        cpus = (unsigned)atoi(argv[1]);
    return SUITE_RUN(tests);
}
