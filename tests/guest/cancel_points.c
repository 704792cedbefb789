/* SPDX-License-Identifier: MIT
 *
 * cancel_points.c: each function that POSIX.1-2017 makes a cancellation point (XSH 2.9.5.1, of those that this system has): one
 * that is entered with a request pending does not come back, and one that waits is ended by a request. Cleanup handlers run in
 * order, a condition's mutex is held in them, and what was waited on is whole afterwards. Layer: tests.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>

#include "proc/proc.h"
#include "suite.h"

extern char **environ;

static int empty[2], full[2], file;
static sem_t none;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_t partner; /* does not end by itself */
static char page[4096] __attribute__((aligned(4096)));

/* ---- The functions ---- */

static struct timespec in_a_minute(void) { return (struct timespec){time(NULL) + 60, 0}; }

static sigset_t only(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

static void do_read(void) { (void)!read(empty[0], page, 1); }
static void do_readv(void) { (void)!readv(empty[0], &(struct iovec){page, 1}, 1); }
static void do_write(void) { (void)!write(full[1], page, sizeof page); }
static void do_writev(void) { (void)!writev(full[1], &(struct iovec){page, sizeof page}, 1); }
static void do_poll(void) { poll(&(struct pollfd){.fd = empty[0], .events = POLLIN}, 1, -1); }

static void do_select(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(empty[0], &set);
    select(empty[0] + 1, &set, NULL, NULL, NULL);
}

static void do_pselect(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(empty[0], &set);
    pselect(empty[0] + 1, &set, NULL, NULL, NULL, NULL);
}

static void do_nanosleep(void) { nanosleep(&(struct timespec){60, 0}, NULL); }
static void do_clock_nanosleep(void) { clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){60, 0}, NULL); }
static void do_sleep(void) { sleep(60); }
static void do_usleep(void) { usleep(60000000); }
static void do_pause(void) { pause(); }

static void do_sigsuspend(void)
{
    sigset_t all;
    sigemptyset(&all);
    sigsuspend(&all);
}

static void do_sigwait(void)
{
    sigset_t set = only(SIGUSR2);
    int signal;
    sigwait(&set, &signal);
}

static void do_sigwaitinfo(void)
{
    sigset_t set = only(SIGUSR2);
    sigwaitinfo(&set, NULL);
}

static void do_sigtimedwait(void)
{
    sigset_t set = only(SIGUSR2);
    sigtimedwait(&set, NULL, &(struct timespec){60, 0});
}

static void do_sem_wait(void) { sem_wait(&none); }

static void do_sem_timedwait(void)
{
    struct timespec until = in_a_minute();
    sem_timedwait(&none, &until);
}

static void do_join(void) { pthread_join(partner, NULL); }

static void unlock(void *argument) { EQUAL(pthread_mutex_unlock(argument), 0); }

/* Unlocked by its handler, thus the mutex was held in it; an error-checking one says so. */
static void do_cond_wait(void)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    for (;;)
        pthread_cond_wait(&never, &mutex);
    pthread_cleanup_pop(1);
}

static void do_cond_timedwait(void)
{
    struct timespec until = in_a_minute();
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    pthread_cond_timedwait(&never, &mutex, &until);
    pthread_cleanup_pop(1);
}

static pid_t sleeper = -1;

static void do_wait(void) { wait(NULL); }
static void do_waitpid(void) { waitpid(sleeper, NULL, 0); }

/* What does not wait here, or not for long. */
static void do_testcancel(void) { pthread_testcancel(); }
static void do_open(void) { close(open("/tmp/cancel", O_RDWR)); }
static void do_openat(void) { close(openat(AT_FDCWD, "/tmp/cancel", O_RDWR)); }
static void do_creat(void) { close(creat("/tmp/cancel", 0600)); }
static void do_close(void) { close(dup(file)); }
static void do_fsync(void) { fsync(file); }
static void do_fdatasync(void) { fdatasync(file); }
static void do_pread(void) { (void)!pread(file, page, 1, 0); }
static void do_pwrite(void) { (void)!pwrite(file, page, 1, 0); }
static void do_msync(void) { msync(page, sizeof page, MS_SYNC); }
static void do_tcdrain(void) { tcdrain(1); }
static void do_setlkw(void) { fcntl(file, F_SETLKW, &(struct flock){.l_type = F_RDLCK}); }

static const struct point {
    const char *name;
    void (*function)(void);
    int waits; /* so long that a request finds it there */
} points[] = {
    {"read", do_read, 1}, {"readv", do_readv, 1}, {"write", do_write, 1}, {"writev", do_writev, 1}, {"poll", do_poll, 1},
    {"select", do_select, 1}, {"pselect", do_pselect, 1}, {"nanosleep", do_nanosleep, 1},
    {"clock_nanosleep", do_clock_nanosleep, 1}, {"sleep", do_sleep, 1}, {"usleep", do_usleep, 1}, {"pause", do_pause, 1},
    {"sigsuspend", do_sigsuspend, 1}, {"sigwait", do_sigwait, 1}, {"sigwaitinfo", do_sigwaitinfo, 1},
    {"sigtimedwait", do_sigtimedwait, 1}, {"sem_wait", do_sem_wait, 1}, {"sem_timedwait", do_sem_timedwait, 1},
    {"pthread_join", do_join, 1}, {"pthread_cond_wait", do_cond_wait, 1}, {"pthread_cond_timedwait", do_cond_timedwait, 1},
    {"wait", do_wait, 1}, {"waitpid", do_waitpid, 1}, {"pthread_testcancel", do_testcancel, 0}, {"open", do_open, 0},
    {"openat", do_openat, 0}, {"creat", do_creat, 0}, {"close", do_close, 0}, {"fsync", do_fsync, 0},
    {"fdatasync", do_fdatasync, 0}, {"pread", do_pread, 0}, {"pwrite", do_pwrite, 0}, {"msync", do_msync, 0},
    {"tcdrain", do_tcdrain, 0}, {"fcntl(F_SETLKW)", do_setlkw, 0},
};

/* ---- Threads that are cancelled ---- */

static char trail[4];
static int came_back;

static void mark(void *argument) { strcat(trail, argument); }

static void *enter(void *argument)
{
    const struct point *point = argument;
    pthread_cleanup_push(mark, "1");
    pthread_cleanup_push(mark, "2");
    point->function();
    came_back = 1;
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static sem_t requested;

/* The request is there before the function is entered. */
static void *enter_late(void *argument)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    sem_wait(&requested);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); /* is none */
    return enter(argument);
}

static void cancelled(const struct point *point, void *(*how)(void *), long delay_ms)
{
    pthread_t thread;
    void *result = NULL;
    trail[0] = 0;
    came_back = 0;
    EQUAL(pthread_create(&thread, NULL, how, (void *)(uintptr_t)point), 0);
    pause_ms(delay_ms);
    EQUAL(pthread_cancel(thread), 0);
    sem_post(&requested);
    EQUAL(pthread_join(thread, &result), 0);
    while (sem_trywait(&requested) == 0)
        ;
    if (!CHECK(result == PTHREAD_CANCELED && !came_back && !strcmp(trail, "21")))
        printf("  in %s, %s: trail %s\n", point->name, how == enter ? "while it waits" : "pending", trail);
}

static void *run_on(void *none_)
{
    for (;;)
        pause_ms(1000);
    return none_;
}

static void begin(void)
{
    sigset_t set = only(SIGUSR2);
    pthread_mutexattr_t attr;
    char *argv[] = {"sleep", "100", NULL};
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex, &attr);
    sem_init(&none, 0, 0);
    sem_init(&requested, 0, 0);
    CHECK(pipe(empty) == 0 && pipe(full) == 0);
    fcntl(full[1], F_SETFL, O_NONBLOCK);
    while (write(full[1], page, sizeof page) > 0)
        ;
    fcntl(full[1], F_SETFL, 0);
    file = open("/tmp/cancel", O_RDWR | O_CREAT, 0600);
    CHECK(file >= 0 && pthread_create(&partner, NULL, run_on, NULL) == 0);
    CHECK(posix_spawn(&sleeper, (const char *)proc_start()->path, NULL, NULL, argv, environ) == 0);
}

static void test_requests_that_are_pending(void)
{
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        cancelled(&points[i], enter_late, 0);
}

static void test_requests_that_come_later(void)
{
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        if (points[i].waits)
            cancelled(&points[i], enter, 10);
}

/* What they waited in works as before. */
static void test_all_is_whole(void)
{
    char byte = 0;
    int status;
    EQUAL(pthread_mutex_trylock(&mutex), 0);
    EQUAL(pthread_mutex_unlock(&mutex), 0);
    EQUAL(pthread_cond_destroy(&never), 0);
    EQUAL(sem_post(&none), 0);
    EQUAL(sem_trywait(&none), 0);
    EQUAL(sem_destroy(&none), 0);
    EQUAL(write(empty[1], "x", 1), 1);
    EQUAL(read(empty[0], &byte, 1), 1);
    EQUAL(byte, 'x');
    EQUAL(read(full[0], page, sizeof page), sizeof page);
    EQUAL(write(full[1], page, sizeof page), sizeof page);
    EQUAL(kill(sleeper, SIGKILL), 0);
    EQUAL(waitpid(sleeper, &status, 0), sleeper);
    EQUAL(pthread_cancel(partner), 0);
    EQUAL(pthread_join(partner, NULL), 0);
}

/* ---- A signal of a condition is not lost with a waiter that is cancelled ---- */

static int tokens, taken;

static void *take_token(void *argument)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    while (!tokens)
        pthread_cond_wait(&never, &mutex);
    tokens--;
    taken++;
    pthread_cleanup_pop(1);
    return argument;
}

static void test_no_signal_is_lost(void)
{
    for (int i = 0; i < 200; i++) {
        pthread_t victim, other;
        void *result;
        tokens = taken = 0;
        EQUAL(pthread_create(&victim, NULL, take_token, NULL), 0);
        EQUAL(pthread_create(&other, NULL, take_token, NULL), 0);
        pause_ms(1);
        pthread_mutex_lock(&mutex);
        tokens = 1;
        if (i & 1) {
            pthread_cond_signal(&never);
            pthread_cancel(victim);
        } else {
            pthread_cancel(victim);
            pthread_cond_signal(&never);
        }
        pthread_mutex_unlock(&mutex);
        EQUAL(pthread_join(victim, &result), 0);
        if (result != PTHREAD_CANCELED) { /* it took the token: another one for the other */
            pthread_mutex_lock(&mutex);
            tokens = 1;
            pthread_cond_signal(&never);
            pthread_mutex_unlock(&mutex);
        }
        EQUAL(pthread_join(other, NULL), 0);
    }
}

/* Dying is not interrupted: a second request changes nothing, and a handler may wait. */
static int handled;

static void slow_handler(void *argument)
{
    pause_ms(20);
    handled += *(int *)argument;
}

static void *with_slow_handler(void *argument)
{
    pthread_cleanup_push(slow_handler, argument);
    pause();
    pthread_cleanup_pop(0);
    return NULL;
}

static void test_requests_while_it_ends(void)
{
    pthread_t thread;
    void *result;
    int one = 1;
    EQUAL(pthread_create(&thread, NULL, with_slow_handler, &one), 0);
    pause_ms(10);
    EQUAL(pthread_cancel(thread), 0);
    pause_ms(5);
    EQUAL(pthread_cancel(thread), 0);
    EQUAL(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    EQUAL(handled, 1);
}

int main(int argc, char **argv)
{
    static const struct suite_test tests[] = {
        {test_requests_that_are_pending, "requests_that_are_pending", 30},
        {test_requests_that_come_later, "requests_that_come_later", 30},
        {test_all_is_whole, "all_is_whole", 10},
        {test_no_signal_is_lost, "no_signal_is_lost", 30},
        {test_requests_while_it_ends, "requests_while_it_ends", 10},
    };
    if (argc > 1 && !strcmp(argv[0], "sleep"))
        return (int)sleep(100);
    begin();
    return suite_run(tests, sizeof tests / sizeof tests[0]);
}
