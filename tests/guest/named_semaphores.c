/* SPDX-License-Identifier: MIT
 *
 * named_semaphores.c: sem_open and its family, between processes: names, references, waiting, and processes that die with
 * semaphores open. The program starts itself for the other side. Layer: tests.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "proc/proc.h"
#include "suite.h"

extern char **environ;
static const char *self_path;

static pid_t start(const char *word, const char *name)
{
    char *argv[] = {"child", (char *)word, (char *)name, NULL};
    pid_t pid = -1;
    CHECK(posix_spawn(&pid, self_path, NULL, NULL, argv, environ) == 0);
    return pid;
}

static int status_of(pid_t pid)
{
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static uint64_t blocks(void) { return session_header()->allocations - session_header()->frees; }

#define REFUSED(call, error) (errno = 0, EQUAL((call) == SEM_FAILED ? errno : 0, error))

/* ---- The other side ---- */

static int child(const char *word, const char *name)
{
    sem_t *semaphore = sem_open(name, 0);
    if (semaphore == SEM_FAILED)
        return errno;
    if (!strcmp(word, "post"))
        return sem_post(semaphore);
    if (!strcmp(word, "wait"))
        return sem_wait(semaphore);
    if (!strcmp(word, "address")) {
        char text[32];
        snprintf(text, sizeof text, "%p", (void *)semaphore);
        return strcmp(text, getenv("ADDRESS")) != 0;
    }
    if (!strcmp(word, "count")) /* a counter in a file's stead: adds under the semaphore */
        for (int i = 0; i < 1000; i++) {
            sem_wait(semaphore);
            sem_post(semaphore);
        }
    if (!strcmp(word, "hold")) {
        sem_open(name, 0);
        sem_wait(semaphore);
        for (;;)
            pause();
    }
    return 0;
}

/* ---- Tests ---- */

static void test_names(void)
{
    char longest[NAME_MAX + 3] = "/";
    memset(longest + 1, 'n', NAME_MAX);
    REFUSED(sem_open("/absent", 0), ENOENT);
    REFUSED(sem_open("no-slash", O_CREAT, 0600, 0), EINVAL);
    REFUSED(sem_open("/two/slashes", O_CREAT, 0600, 0), EINVAL);
    REFUSED(sem_open("/", O_CREAT, 0600, 0), EINVAL);
    REFUSED(sem_open("", O_CREAT, 0600, 0), EINVAL);
    REFUSED(sem_open("/much", O_CREAT, 0600, SEM_VALUE_MAX + 1u), EINVAL);
    FAILS(sem_unlink("/absent"), ENOENT);
    FAILS(sem_unlink("absent"), ENOENT);
    sem_t *one = sem_open(longest, O_CREAT, 0600, 1);
    if (CHECK(one != SEM_FAILED)) {
        EQUAL(sem_unlink(longest), 0);
        EQUAL(sem_close(one), 0);
    }
    longest[NAME_MAX + 1] = 'n';
    REFUSED(sem_open(longest, O_CREAT, 0600, 0), ENAMETOOLONG);
    FAILS(sem_unlink(longest), ENAMETOOLONG);
}

static void test_references(void)
{
    uint64_t before = blocks();
    int value = -1;
    sem_t *first = sem_open("/refs", O_CREAT | O_EXCL, 0600, 5);
    REFUSED(sem_open("/refs", O_CREAT | O_EXCL, 0600, 7), EEXIST);
    sem_t *again = sem_open("/refs", O_CREAT, 0600, 7);
    CHECK(first != SEM_FAILED && first == again);
    EQUAL(sem_getvalue(again, &value), 0);
    EQUAL(value, 5);
    EQUAL(sem_close(first), 0);
    EQUAL(sem_trywait(again), 0); /* opened twice, closed once */
    /* Without its name it lives on; the name is free for another one. */
    EQUAL(sem_unlink("/refs"), 0);
    REFUSED(sem_open("/refs", 0), ENOENT);
    EQUAL(sem_post(again), 0);
    sem_t *other = sem_open("/refs", O_CREAT, 0600, 0);
    CHECK(other != SEM_FAILED && other != again);
    FAILS(sem_trywait(other), EAGAIN);
    EQUAL(sem_close(again), 0);
    FAILS(sem_close(again), EINVAL);
    EQUAL(sem_unlink("/refs"), 0);
    EQUAL(sem_close(other), 0);
    sem_t unnamed;
    sem_init(&unnamed, 0, 0);
    FAILS(sem_close(&unnamed), EINVAL);
    EQUAL(blocks(), before);
}

static void test_the_name_outlives_who_made_it(void)
{
    int value = -1;
    sem_close(sem_open("/kept", O_CREAT, 0600, 3));
    sem_t *kept = sem_open("/kept", 0);
    CHECK(kept != SEM_FAILED && sem_getvalue(kept, &value) == 0);
    EQUAL(value, 3);
    EQUAL(status_of(start("wait", "/kept")), 0);
    EQUAL(sem_getvalue(kept, &value), 0);
    EQUAL(value, 2);
    sem_unlink("/kept");
    sem_close(kept);
}

static void test_between_processes(void)
{
    uint64_t before = blocks();
    sem_t *go = sem_open("/go", O_CREAT | O_EXCL, 0600, 0), *come = sem_open("/come", O_CREAT | O_EXCL, 0600, 0);
    char address[32];
    snprintf(address, sizeof address, "%p", (void *)go);
    setenv("ADDRESS", address, 1);
    EQUAL(status_of(start("address", "/go")), 0);
    /* Here waits, there posts; and the other way round, with several of them. */
    pid_t poster = start("post", "/go");
    EQUAL(sem_wait(go), 0);
    EQUAL(status_of(poster), 0);
    pid_t waiters[3];
    for (int i = 0; i < 3; i++)
        waiters[i] = start("wait", "/come");
    pause_ms(200);
    int status;
    EQUAL(waitpid(waiters[0], &status, WNOHANG), 0);
    for (int i = 0; i < 3; i++)
        EQUAL(sem_post(come), 0);
    for (int i = 0; i < 3; i++)
        EQUAL(status_of(waiters[i]), 0);
    FAILS(sem_trywait(come), EAGAIN);
    struct timespec soon = time_in(CLOCK_REALTIME, 50000000);
    FAILS(sem_timedwait(come, &soon), ETIMEDOUT);
    sem_unlink("/go");
    sem_unlink("/come");
    sem_close(go);
    sem_close(come);
    EQUAL(blocks(), before);
}

static void test_contention(void)
{
    sem_t *one = sem_open("/one", O_CREAT, 0600, 1);
    pid_t pid[4];
    int value;
    for (int i = 0; i < 4; i++)
        pid[i] = start("count", "/one");
    for (int i = 0; i < 4; i++)
        EQUAL(status_of(pid[i]), 0);
    EQUAL(sem_getvalue(one, &value), 0);
    EQUAL(value, 1);
    sem_unlink("/one");
    sem_close(one);
}

/* Who dies with a semaphore open, twice even, keeps nothing of it; a unit that he took is gone, as POSIX has it. */
static void test_the_dead_hold_nothing(void)
{
    uint64_t before = blocks();
    sem_t *held = sem_open("/held", O_CREAT, 0600, 1);
    int value = 1;
    pid_t holder = start("hold", "/held");
    for (int i = 0; i < 500 && value; i++) {
        pause_ms(10);
        sem_getvalue(held, &value);
    }
    EQUAL(value, 0);
    EQUAL(kill(holder, SIGKILL), 0);
    EQUAL(status_of(holder), SIGKILL);
    FAILS(sem_trywait(held), EAGAIN);
    EQUAL(sem_unlink("/held"), 0);
    EQUAL(sem_close(held), 0);
    EQUAL(blocks(), before);
}

static void test_limit(void)
{
    uint64_t before = blocks();
    sem_t *many[40];
    char name[16];
    int count = 0;
    for (; count < 40; count++) {
        snprintf(name, sizeof name, "/many%d", count);
        if ((many[count] = sem_open(name, O_CREAT, 0600, 0)) == SEM_FAILED)
            break;
    }
    EQUAL(errno, EMFILE);
    EQUAL(count, 32);
    REFUSED(sem_open(name, 0), ENOENT); /* nothing is left of the one that was refused */
    while (count--) {
        snprintf(name, sizeof name, "/many%d", count);
        EQUAL(sem_close(many[count]), 0);
        EQUAL(sem_unlink(name), 0);
    }
    EQUAL(blocks(), before);
}

static void *waits(void *semaphore)
{
    sem_wait(semaphore);
    return NULL;
}

static void test_cancelled_while_it_waits(void)
{
    sem_t *never = sem_open("/never", O_CREAT, 0600, 0);
    pthread_t thread;
    void *result;
    EQUAL(pthread_create(&thread, NULL, waits, never), 0);
    pause_ms(50);
    EQUAL(pthread_cancel(thread), 0);
    EQUAL(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    sem_unlink("/never");
    EQUAL(sem_close(never), 0);
}

int main(int argc, char **argv)
{
    static const struct suite_test tests[] = {
        {test_names, "names", 10},
        {test_references, "references", 10},
        {test_the_name_outlives_who_made_it, "the_name_outlives_who_made_it", 10},
        {test_between_processes, "between_processes", 20},
        {test_contention, "contention", 30},
        {test_the_dead_hold_nothing, "the_dead_hold_nothing", 20},
        {test_limit, "limit", 10},
        {test_cancelled_while_it_waits, "cancelled_while_it_waits", 10},
    };
    self_path = (const char *)proc_start()->path;
    return argc == 3 ? child(argv[1], argv[2]) : suite_run(tests, sizeof tests / sizeof tests[0]);
}
