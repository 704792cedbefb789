/* SPDX-License-Identifier: MIT
 *
 * threads_api.c: the parts of <pthread.h>, <sched.h>, <threads.h> and <stdatomic.h> that pthreads.c has no use for: attributes as
 * they are read back, clocks, handlers around fork, scheduling of a process, every operation on atomics from several threads.
 * tests/newlib/test_threads.py sees to it that no function is left out. Layer: tests.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include "sched/thread.h"
#include "suite.h"

#define THREADS 8

static void *at_once(void *argument) { return argument; }

/* ---- Attributes ---- */

/* What the headers claim at compile time, sysconf says too. */
static void test_options(void)
{
    EQUAL(sysconf(_SC_TIMEOUTS), _POSIX_TIMEOUTS);
    EQUAL(sysconf(_SC_THREAD_PRIO_INHERIT), _POSIX_THREAD_PRIO_INHERIT);
    EQUAL(sysconf(_SC_THREAD_PRIO_PROTECT), _POSIX_THREAD_PRIO_PROTECT);
    EQUAL(sysconf(_SC_THREAD_ROBUST_PRIO_INHERIT), _POSIX_THREAD_ROBUST_PRIO_INHERIT);
    EQUAL(sysconf(_SC_THREAD_ROBUST_PRIO_PROTECT), _POSIX_THREAD_ROBUST_PRIO_PROTECT);
    EQUAL(sysconf(_SC_THREAD_CPUTIME), _POSIX_THREAD_CPUTIME);
    EQUAL(sysconf(_SC_BARRIERS), _POSIX_BARRIERS);
    EQUAL(sysconf(_SC_SEMAPHORES), _POSIX_SEMAPHORES);
}

static void test_thread_attributes(void)
{
    pthread_attr_t attr;
    struct sched_param param = {.sched_priority = 7};
    int value = -1;
    size_t bytes = 0;
    EQUAL(pthread_attr_init(&attr), 0);
    EQUAL(pthread_attr_setguardsize(&attr, 3 * 4096), 0);
    EQUAL(pthread_attr_getguardsize(&attr, &bytes), 0);
    EQUAL(bytes, 3 * 4096);
    EQUAL(pthread_attr_setguardsize(&attr, 0), 0);
    EQUAL(pthread_attr_getguardsize(&attr, &bytes), 0);
    EQUAL(bytes, 0);
    pthread_t none;
    EQUAL(pthread_attr_setguardsize(&attr, SIZE_MAX - 1), 0);
    EQUAL(pthread_create(&none, &attr, at_once, NULL), EAGAIN);
    EQUAL(pthread_attr_setguardsize(&attr, SIZE_MAX), EINVAL);
    EQUAL(pthread_attr_setguardsize(&attr, 0), 0);
    EQUAL(pthread_attr_setstacksize(&attr, 65536), 0);
    EQUAL(pthread_attr_getstacksize(&attr, &bytes), 0);
    EQUAL(bytes, 65536);
    EQUAL(pthread_attr_getinheritsched(&attr, &value), 0);
    EQUAL(value, PTHREAD_INHERIT_SCHED);
    EQUAL(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED), 0);
    EQUAL(pthread_attr_getinheritsched(&attr, &value), 0);
    EQUAL(value, PTHREAD_EXPLICIT_SCHED);
    EQUAL(pthread_attr_setinheritsched(&attr, 9), EINVAL);
    EQUAL(pthread_attr_setschedpolicy(&attr, SCHED_FIFO), 0);
    EQUAL(pthread_attr_getschedpolicy(&attr, &value), 0);
    EQUAL(value, SCHED_FIFO);
    EQUAL(pthread_attr_setschedparam(&attr, &param), 0);
    param.sched_priority = 0;
    EQUAL(pthread_attr_getschedparam(&attr, &param), 0);
    EQUAL(param.sched_priority, 7);
    EQUAL(pthread_attr_getscope(&attr, &value), 0);
    EQUAL(value, PTHREAD_SCOPE_SYSTEM);
    EQUAL(pthread_attr_setscope(&attr, PTHREAD_SCOPE_PROCESS), ENOTSUP);
    /* A thread made with them has them. */
    pthread_t thread;
    EQUAL(pthread_create(&thread, &attr, at_once, NULL), 0);
    EQUAL(pthread_getschedparam(thread, &value, &param), 0);
    EQUAL(value, SCHED_FIFO);
    EQUAL(param.sched_priority, 7);
    EQUAL(pthread_join(thread, NULL), 0);
    EQUAL(pthread_attr_destroy(&attr), 0);
}

static void test_mutex_attributes(void)
{
    pthread_mutexattr_t attr;
    int value = -1;
    EQUAL(pthread_mutexattr_init(&attr), 0);
    EQUAL(pthread_mutexattr_gettype(&attr, &value), 0);
    EQUAL(value, PTHREAD_MUTEX_DEFAULT);
    EQUAL(pthread_mutexattr_getrobust(&attr, &value), 0);
    EQUAL(value, PTHREAD_MUTEX_STALLED);
    EQUAL(pthread_mutexattr_getprotocol(&attr, &value), 0);
    EQUAL(value, PTHREAD_PRIO_NONE);
    for (int type = PTHREAD_MUTEX_NORMAL; type <= PTHREAD_MUTEX_ERRORCHECK; type++)
        for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_PROTECT; protocol++)
            for (int robust = PTHREAD_MUTEX_STALLED; robust <= PTHREAD_MUTEX_ROBUST; robust++) {
                EQUAL(pthread_mutexattr_settype(&attr, type), 0);
                EQUAL(pthread_mutexattr_setprotocol(&attr, protocol), 0);
                EQUAL(pthread_mutexattr_setrobust(&attr, robust), 0);
                EQUAL(pthread_mutexattr_gettype(&attr, &value), 0);
                EQUAL(value, type);
                EQUAL(pthread_mutexattr_getprotocol(&attr, &value), 0);
                EQUAL(value, protocol);
                EQUAL(pthread_mutexattr_getrobust(&attr, &value), 0);
                EQUAL(value, robust);
            }
    EQUAL(pthread_mutexattr_setprioceiling(&attr, 42), 0);
    EQUAL(pthread_mutexattr_getprioceiling(&attr, &value), 0);
    EQUAL(value, 42);
    EQUAL(pthread_mutexattr_setprotocol(&attr, 9), EINVAL);
    EQUAL(pthread_mutexattr_setrobust(&attr, 9), EINVAL);
    EQUAL(pthread_mutexattr_destroy(&attr), 0);
}

/* Private is what everything is; sharing is refused, not pretended. */
#define PSHARED(kind)                                                                  \
    do {                                                                               \
        pthread_##kind##attr_t attr;                                                   \
        int value = -1;                                                                \
        EQUAL(pthread_##kind##attr_init(&attr), 0);                                    \
        EQUAL(pthread_##kind##attr_getpshared(&attr, &value), 0);                      \
        EQUAL(value, PTHREAD_PROCESS_PRIVATE);                                         \
        EQUAL(pthread_##kind##attr_setpshared(&attr, PTHREAD_PROCESS_PRIVATE), 0);     \
        EQUAL(pthread_##kind##attr_setpshared(&attr, PTHREAD_PROCESS_SHARED), ENOTSUP); \
        EQUAL(pthread_##kind##attr_setpshared(&attr, 9), EINVAL);                      \
        EQUAL(pthread_##kind##attr_destroy(&attr), 0);                                 \
    } while (0)

static void test_sharing_between_processes(void)
{
    PSHARED(mutex);
    PSHARED(cond);
    PSHARED(rwlock);
    PSHARED(barrier);
    int value = 0;
    pthread_mutexattr_t mutex;
    pthread_condattr_t cond;
    pthread_rwlockattr_t rwlock;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_init(&mutex), pthread_condattr_init(&cond);
    pthread_rwlockattr_init(&rwlock), pthread_barrierattr_init(&barrier);
    EQUAL(pthread_mutexattr_getpshared(&mutex, &value) | pthread_condattr_getpshared(&cond, &value) |
              pthread_rwlockattr_getpshared(&rwlock, &value) | pthread_barrierattr_getpshared(&barrier, &value), 0);
    EQUAL(pthread_mutexattr_setpshared(&mutex, value) | pthread_condattr_setpshared(&cond, value) |
              pthread_rwlockattr_setpshared(&rwlock, value) | pthread_barrierattr_setpshared(&barrier, value), 0);
    EQUAL(pthread_mutexattr_destroy(&mutex) | pthread_condattr_destroy(&cond) | pthread_rwlockattr_destroy(&rwlock) |
              pthread_barrierattr_destroy(&barrier), 0);
    pthread_spinlock_t spin;
    EQUAL(pthread_spin_init(&spin, PTHREAD_PROCESS_SHARED), ENOTSUP);
    EQUAL(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
    EQUAL(pthread_spin_destroy(&spin), 0);
}

/* ---- Thread-local storage, wherever the thread's block comes to lie ---- */

static _Thread_local _Alignas(1024) unsigned aligned[3] = {11, 12};
static _Thread_local char at_zero[100];
static char lent[3 * 65536];

/* Returns NULL if its own copies are as they were compiled, aligned, and its block lies in one page, as tools need it. */
static void *own_copies(void *argument)
{
    const struct thread *self = thread_self();
    uintptr_t in_page = (uintptr_t)self % EXO_PAGE_BYTES;
    bool good = aligned[0] == 11 && aligned[1] == 12 && aligned[2] == 0 && (uintptr_t)aligned % 1024 == 0;
    for (unsigned i = 0; i < sizeof at_zero; i++)
        good &= at_zero[i] == 0;
    memset(at_zero, 0x55, sizeof at_zero);
    aligned[0] = 99;
    good &= in_page + sizeof *self <= EXO_PAGE_BYTES && self->where == exo_physical((uintptr_t)self);
    return good ? argument : (void *)1;
}

static void test_local_storage(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    void *bad;
    CHECK(own_copies(NULL) == NULL);
    for (int i = 0; i < 20; i++) { /* with the memory of those before */
        EQUAL(pthread_create(&thread, NULL, own_copies, NULL), 0);
        EQUAL(pthread_join(thread, &bad), 0);
        CHECK(!bad);
    }
    pthread_attr_init(&attr);
    for (size_t offset = 0; offset < 2 * 4096; offset += 48) {
        char *base = lent + ((16 - (uintptr_t)lent % 16) % 16);
        EQUAL(pthread_attr_setstack(&attr, base + offset, 65536 + offset / 3 / 16 * 16), 0);
        EQUAL(pthread_create(&thread, &attr, own_copies, NULL), 0);
        EQUAL(pthread_join(thread, &bad), 0);
        CHECK(!bad);
    }
}

/* ---- Waking one, and locks of readers and writers ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int waiting, allowed, passed;

static void *wait_for_turn(void *none)
{
    pthread_mutex_lock(&mutex);
    waiting++;
    while (!allowed)
        pthread_cond_wait(&condition, &mutex);
    allowed--;
    passed++;
    pthread_mutex_unlock(&mutex);
    return none;
}

static int look(const int *word)
{
    pthread_mutex_lock(&mutex);
    int value = *word;
    pthread_mutex_unlock(&mutex);
    return value;
}

static void test_signal_wakes_one(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        EQUAL(pthread_create(&threads[i], NULL, wait_for_turn, NULL), 0);
    while (look(&waiting) < 3)
        pause_ms(1);
    for (int turn = 1; turn <= 3; turn++) {
        pthread_mutex_lock(&mutex);
        allowed = 1;
        EQUAL(pthread_cond_signal(&condition), 0);
        pthread_mutex_unlock(&mutex);
        while (look(&passed) < turn)
            pause_ms(1);
        pause_ms(20);
        EQUAL(look(&passed), turn);
    }
    for (int i = 0; i < 3; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
}

static pthread_rwlock_t rwlock;

static void *try_all(void *wanted)
{
    struct timespec soon = time_in(CLOCK_REALTIME, 30000000);
    EQUAL(pthread_rwlock_trywrlock(&rwlock), EBUSY);
    EQUAL(pthread_rwlock_timedwrlock(&rwlock, &soon), ETIMEDOUT);
    soon = time_in(CLOCK_REALTIME, 30000000);
    int read = pthread_rwlock_timedrdlock(&rwlock, &soon);
    EQUAL(read, (intptr_t)wanted);
    if (read == 0)
        EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    return NULL;
}

static void in_a_thread(void *(*function)(void *), intptr_t argument)
{
    pthread_t thread;
    EQUAL(pthread_create(&thread, NULL, function, (void *)argument), 0);
    EQUAL(pthread_join(thread, NULL), 0);
}

static void test_rwlock_with_limits(void)
{
    EQUAL(pthread_rwlock_init(&rwlock, NULL), 0);
    EQUAL(pthread_rwlock_trywrlock(&rwlock), 0);
    in_a_thread(try_all, ETIMEDOUT);
    EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    struct timespec soon = time_in(CLOCK_REALTIME, 30000000);
    EQUAL(pthread_rwlock_timedrdlock(&rwlock, &soon), 0);
    in_a_thread(try_all, 0);
    soon.tv_nsec = -1;
    EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    EQUAL(pthread_rwlock_wrlock(&rwlock), 0);
    EQUAL(pthread_rwlock_timedrdlock(&rwlock, &soon), EINVAL);
    EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    EQUAL(pthread_rwlock_destroy(&rwlock), 0);
}

/* ---- Clocks ---- */

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    return EQUAL(clock_gettime(clock, &t), 0) ? (double)t.tv_sec + (double)t.tv_nsec / 1e9 : -1;
}

static atomic_int stop;

static void *spin(void *none)
{
    while (!atomic_load(&stop))
        thrd_yield();
    return none;
}

static void *waits_in_vain(void *none)
{
    while (!atomic_load(&stop))
        pause_ms(10);
    return none;
}

static void test_clocks_of_threads(void)
{
    pthread_t busy, lazy;
    clockid_t of_busy, of_lazy, own;
    struct timespec t;
    atomic_store(&stop, 0);
    EQUAL(pthread_create(&busy, NULL, spin, NULL), 0);
    EQUAL(pthread_create(&lazy, NULL, waits_in_vain, NULL), 0);
    EQUAL(pthread_getcpuclockid(busy, &of_busy), 0);
    EQUAL(pthread_getcpuclockid(lazy, &of_lazy), 0);
    EQUAL(pthread_getcpuclockid(pthread_self(), &own), 0);
    pause_ms(300);
    double busy_for = seconds_of(of_busy), lazy_for = seconds_of(of_lazy);
    CHECK(busy_for > 0.1 && busy_for < 2);
    CHECK(lazy_for >= 0 && lazy_for < busy_for / 2);
    CHECK(seconds_of(of_busy) >= busy_for);
    double mine = seconds_of(CLOCK_THREAD_CPUTIME_ID), again = seconds_of(own);
    CHECK(again >= mine && again < mine + 0.5);
    EQUAL(clock_getres(of_busy, &t), 0);
    EQUAL(t.tv_sec, 0);
    FAILS(clock_getres(0, &t), EINVAL);
    clockid_t of_process;
    EQUAL(clock_getcpuclockid(getpid(), &of_process), 0);
    CHECK(seconds_of(of_process) >= busy_for);
    EQUAL(clock_getcpuclockid(getppid(), &of_process), EPERM);
    EQUAL(clock_getcpuclockid(999999, &of_process), ESRCH);
    atomic_store(&stop, 1);
    EQUAL(pthread_join(busy, NULL), 0);
    EQUAL(pthread_join(lazy, NULL), 0);
    FAILS(clock_gettime(of_busy, &t), EINVAL); /* with the thread its clock is gone */
    FAILS(clock_gettime((clockid_t)1 << 62, &t), EINVAL);
    FAILS(clock_gettime((clockid_t)1 << 63, &t), EINVAL);
}

static void test_sleep_by_a_clock(void)
{
    struct timespec until = time_in(CLOCK_MONOTONIC, 50000000), now, left;
    EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
    EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0); /* over already */
    EQUAL(clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){.tv_nsec = 1000000}, &left), 0);
    EQUAL(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 1000000000}, NULL), EINVAL);
    EQUAL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &(struct timespec){.tv_nsec = 1}, NULL), EINVAL);
}

static void test_waiting_for_signals(void)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    EQUAL(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    EQUAL(pthread_kill(pthread_self(), SIGUSR1), 0);
    EQUAL(sigwaitinfo(&set, &info), SIGUSR1);
    EQUAL(info.si_signo, SIGUSR1);
    FAILS(sigtimedwait(&set, &info, &(struct timespec){.tv_nsec = 1000000}), EAGAIN);
    EQUAL(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

/* ---- Scheduling of the process ---- */

static void test_scheduling(void)
{
    struct sched_param before, param = {.sched_priority = 5};
    struct timespec interval;
    int policy = sched_getscheduler(0);
    CHECK(policy == SCHED_OTHER);
    EQUAL(sched_getparam(0, &before), 0);
    CHECK(sched_get_priority_max(SCHED_FIFO) - sched_get_priority_min(SCHED_FIFO) >= 31); /* XSH 2.8.4 */
    CHECK(sched_get_priority_max(SCHED_RR) - sched_get_priority_min(SCHED_RR) >= 31);
    FAILS(sched_get_priority_max(99), EINVAL);
    FAILS(sched_get_priority_min(-1), EINVAL);
    EQUAL(sched_setscheduler(0, SCHED_RR, &param), policy);
    EQUAL(sched_getscheduler(getpid()), SCHED_RR);
    param.sched_priority = 9;
    EQUAL(sched_setparam(0, &param), 0);
    param.sched_priority = 0;
    EQUAL(sched_getparam(0, &param), 0);
    EQUAL(param.sched_priority, 9);
    param.sched_priority = 1000;
    FAILS(sched_setparam(0, &param), EINVAL);
    FAILS(sched_setscheduler(0, 99, &param), EINVAL);
    FAILS(sched_getscheduler(1), ESRCH);
    EQUAL(sched_rr_get_interval(0, &interval), 0);
    CHECK(interval.tv_sec == 0 && interval.tv_nsec > 0);
    EQUAL(sched_setscheduler(0, policy, &before), SCHED_RR);
    EQUAL(pthread_setconcurrency(-1), EINVAL);
    EQUAL(pthread_setconcurrency(1), 0);
    EQUAL(pthread_getconcurrency(), 1);
    EQUAL(pthread_setconcurrency(0), 0);
    EQUAL(pthread_getconcurrency(), 0);
}

/* ---- Handlers around fork ---- */

static char order[8];
static void note(char what) { order[strlen(order)] = what; }
static void prepare_1(void) { note('a'); }
static void parent_1(void) { note('A'); }
static void prepare_2(void) { note('b'); }
static void parent_2(void) { note('B'); }
static void never(void) { note('!'); }

/* A fork that fails has called the handlers of its parent, the newest first before, the oldest first after (XSH pthread_atfork). */
static void test_handlers_around_fork(void)
{
    EQUAL(pthread_atfork(prepare_1, parent_1, never), 0);
    EQUAL(pthread_atfork(NULL, NULL, NULL), 0);
    EQUAL(pthread_atfork(prepare_2, parent_2, never), 0);
    FAILS(fork(), ENOSYS);
    CHECK(!strcmp(order, "baAB"));
}

/* ---- C11 ---- */

static mtx_t c_mutex;
static cnd_t c_condition;
static int c_ready;

static int c_waiter(void *self)
{
    *(thrd_t *)self = thrd_current();
    mtx_lock(&c_mutex);
    while (!c_ready)
        cnd_wait(&c_condition, &c_mutex);
    mtx_unlock(&c_mutex);
    return 77;
}

static int c_timed(void *none)
{
    struct timespec soon;
    timespec_get(&soon, TIME_UTC);
    soon.tv_nsec += 20000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    (void)none;
    return mtx_timedlock(&c_mutex, &soon);
}

static void test_c11(void)
{
    thrd_t thread, itself;
    struct timespec utc;
    int result = 0;
    EQUAL(timespec_get(&utc, TIME_UTC), TIME_UTC);
    CHECK(utc.tv_sec >= time(NULL) - 1 && utc.tv_nsec >= 0 && utc.tv_nsec < 1000000000);
    EQUAL(timespec_get(&utc, 99), 0);
    EQUAL(mtx_init(&c_mutex, mtx_timed), thrd_success);
    EQUAL(cnd_init(&c_condition), thrd_success);
    EQUAL(thrd_create(&thread, c_waiter, &itself), thrd_success);
    thrd_yield();
    pause_ms(20);
    mtx_lock(&c_mutex);
    c_ready = 1;
    EQUAL(cnd_signal(&c_condition), thrd_success);
    mtx_unlock(&c_mutex);
    EQUAL(thrd_join(thread, &result), thrd_success);
    EQUAL(result, 77);
    CHECK(thrd_equal(thread, itself) && !thrd_equal(thread, thrd_current()));
    mtx_lock(&c_mutex);
    EQUAL(thrd_create(&thread, c_timed, NULL), thrd_success);
    EQUAL(thrd_join(thread, &result), thrd_success);
    EQUAL(result, thrd_timedout);
    mtx_unlock(&c_mutex);
    EQUAL(thrd_create(&thread, c_timed, NULL), thrd_success);
    EQUAL(thrd_detach(thread), thrd_success);
    pause_ms(50);
    cnd_destroy(&c_condition);
}

/* ---- Atomics: what each operation makes of the same steps by eight threads is known ---- */

static atomic_ullong sum, difference, by_exchange, by_strong, by_weak, odd;
static atomic_uint ors, ands, xors;
static atomic_flag flag = ATOMIC_FLAG_INIT;
static _Atomic double halves;
static unsigned long long guarded, exchanged_out[THREADS];
enum { STEPS = 20000 };

static void *steps(void *number)
{
    unsigned mine = (unsigned)(uintptr_t)number;
    for (unsigned i = 0; i < STEPS; i++) {
        memory_order relaxed = memory_order_relaxed;
        i & 1 ? atomic_fetch_add(&sum, 3) : atomic_fetch_add_explicit(&sum, 3, relaxed);
        i & 1 ? atomic_fetch_sub(&difference, 2) : atomic_fetch_sub_explicit(&difference, 2, relaxed);
        i & 1 ? atomic_fetch_xor(&xors, 1u << mine) : atomic_fetch_xor_explicit(&xors, 1u << mine, relaxed);
        unsigned long long seen = i & 1 ? atomic_load(&by_strong) : atomic_load_explicit(&by_strong, memory_order_acquire);
        while (!(i & 1 ? atomic_compare_exchange_strong(&by_strong, &seen, seen + 1)
                       : atomic_compare_exchange_strong_explicit(&by_strong, &seen, seen + 1, memory_order_acq_rel, relaxed)))
            ;
        halves += 0.5;
        seen = atomic_load(&by_weak);
        while (!(i & 1 ? atomic_compare_exchange_weak(&by_weak, &seen, seen + 1)
                       : atomic_compare_exchange_weak_explicit(&by_weak, &seen, seen + 1, memory_order_release, relaxed)))
            ;
        /* Each value that is put in comes out once. */
        exchanged_out[mine] += i & 1 ? atomic_exchange(&by_exchange, i)
                                     : atomic_exchange_explicit(&by_exchange, i, memory_order_acq_rel);
        while (i & 1 ? atomic_flag_test_and_set(&flag) : atomic_flag_test_and_set_explicit(&flag, memory_order_acquire))
            thrd_yield();
        guarded++;
        i & 1 ? atomic_flag_clear(&flag) : atomic_flag_clear_explicit(&flag, memory_order_release);
    }
    mine & 1 ? atomic_fetch_or(&ors, 1u << mine) : atomic_fetch_or_explicit(&ors, 1u << mine, memory_order_relaxed);
    mine & 1 ? atomic_fetch_and(&ands, ~(1u << mine)) : atomic_fetch_and_explicit(&ands, ~(1u << mine), memory_order_relaxed);
    return NULL;
}

static void test_atomics(void)
{
    pthread_t threads[THREADS];
    atomic_init(&sum, 0);
    atomic_store(&difference, 2ull * THREADS * STEPS);
    atomic_store_explicit(&ands, ~0u, memory_order_release);
    for (uintptr_t i = 0; i < THREADS; i++)
        EQUAL(pthread_create(&threads[i], NULL, steps, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    unsigned long long out = atomic_load(&by_exchange);
    for (int i = 0; i < THREADS; i++)
        out += exchanged_out[i];
    EQUAL(sum, 3ull * THREADS * STEPS);
    EQUAL(difference, 0);
    EQUAL(by_strong, THREADS * STEPS);
    EQUAL(by_weak, THREADS * STEPS);
    CHECK(halves == 0.5 * THREADS * STEPS);
    EQUAL(guarded, THREADS * STEPS);
    EQUAL(out, (unsigned long long)THREADS * STEPS * (STEPS - 1) / 2);
    EQUAL(ors, (1u << THREADS) - 1);
    EQUAL(ands, ~((1u << THREADS) - 1));
    EQUAL(xors, 0);
    CHECK(atomic_is_lock_free(&sum) && atomic_is_lock_free(&ors) && ATOMIC_POINTER_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2);
    EQUAL(kill_dependency(atomic_load(&odd)), 0);
    atomic_signal_fence(memory_order_seq_cst);
    atomic_thread_fence(memory_order_seq_cst);
}

int main(void)
{
    static const struct suite_test tests[] = {
        {test_options, "options", 10},
        {test_thread_attributes, "thread_attributes", 10},
        {test_mutex_attributes, "mutex_attributes", 10},
        {test_sharing_between_processes, "sharing_between_processes", 10},
        {test_local_storage, "local_storage", 20},
        {test_signal_wakes_one, "signal_wakes_one", 20},
        {test_rwlock_with_limits, "rwlock_with_limits", 10},
        {test_clocks_of_threads, "clocks_of_threads", 20},
        {test_sleep_by_a_clock, "sleep_by_a_clock", 10},
        {test_waiting_for_signals, "waiting_for_signals", 10},
        {test_scheduling, "scheduling", 10},
        {test_handlers_around_fork, "handlers_around_fork", 10},
        {test_c11, "c11", 10},
        {test_atomics, "atomics", 60},
    };
    return suite_run(tests, sizeof tests / sizeof tests[0]);
}
