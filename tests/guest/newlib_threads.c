/* SPDX-License-Identifier: MIT
 *
 * newlib_threads.c: the C library used by eight threads at once: streams, malloc, errno, strtok and its like, time,
 * environ, floating point conversions. Layer: tests.
 */
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "exo/exo.h"
#include "sched/thread.h"
#include "suite.h"
#include "sync/sync.h"

#define THREADS 8

static unsigned wrong;
static FILE *shared;

static void expect(int holds)
{
    if (!holds)
        __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
}

static void on_timer(int sig) { (void)sig; }

/* Runs function in all threads under a timer storm. */
static void together(void *(*function)(void *))
{
    struct thread *threads[THREADS];
    struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
    wrong = 0;
    sigaction(SIGALRM, &action, NULL);
    ualarm(700, 700);
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(thread_create(&threads[i], "library", 0, function, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK(thread_join(threads[i], &result) == 0 && result == (void *)(uintptr_t)i);
    }
    ualarm(0, 0);
    EQUAL(wrong, 0);
}

static void *use_malloc(void *argument)
{
    enum { KEPT = 64 };
    unsigned char *kept[KEPT] = {NULL};
    size_t sizes[KEPT] = {0};
    unsigned seed = (unsigned)(uintptr_t)argument + 1;
    for (int i = 0; i < 4000; i++) {
        unsigned at = (unsigned)rand_r(&seed) % KEPT, bytes = (unsigned)rand_r(&seed) % 3000 + 1;
        for (size_t k = 0; k < sizes[at]; k += 97)
            expect(kept[at][k] == (unsigned char)(at ^ (uintptr_t)argument));
        kept[at] = i & 1 ? realloc(kept[at], bytes) : (free(kept[at]), malloc(bytes));
        sizes[at] = bytes;
        memset(kept[at], (int)(at ^ (uintptr_t)argument), bytes);
    }
    for (int i = 0; i < KEPT; i++)
        free(kept[i]);
    return argument;
}

static void *use_streams(void *argument)
{
    char text[64], name[32];
    unsigned n;
    snprintf(name, sizeof name, "/tmp/threads-%u", (unsigned)(uintptr_t)argument);
    FILE *own = fopen(name, "w+");
    expect(own != NULL);
    for (int i = 0; i < 300 && own; i++) {
        fprintf(own, "%u %.3f\n", (unsigned)(uintptr_t)argument * 1000 + (unsigned)i, i / 8.0);
        fprintf(shared, "%u line of thread %u\n", (unsigned)i, (unsigned)(uintptr_t)argument);
    }
    if (!own)
        return argument;
    rewind(own);
    for (unsigned i = 0; i < 300; i++) {
        double x = 0;
        expect(fgets(text, sizeof text, own) && sscanf(text, "%u %lf", &n, &x) == 2 &&
               n == (unsigned)(uintptr_t)argument * 1000 + i && fabs(x - i / 8.0) < 0.001);
    }
    fclose(own);
    unlink(name);
    return argument;
}

static void *use_state(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    for (unsigned i = 0; i < 1500; i++) {
        char words[] = "one two three", *rest = NULL, text[40];
        errno = (int)(me + 1);
        expect(!strcmp(strtok(words, " "), "one"));
        if (i % 16 == me)
            thread_yield();
        expect(!strcmp(strtok(NULL, " "), "two"));
        expect(!strcmp(strtok(NULL, " "), "three") && !strtok(NULL, " "));
        char again[] = "a,b";
        expect(!strcmp(strtok_r(again, ",", &rest), "a") && !strcmp(strtok_r(NULL, ",", &rest), "b"));
        expect(errno == (int)(me + 1));
        errno = 0;
        expect(close(-1 - (int)me) == -1 && errno == EBADF);
        time_t when = (time_t)(me * 86400);
        struct tm *parts = gmtime(&when), copy = *parts;
        expect(copy.tm_mday == (int)me + 1 && copy.tm_year == 70);
        snprintf(text, sizeof text, "%.10g", me + i / 1024.0);
        expect(fabs(strtod(text, NULL) - (me + i / 1024.0)) < 1e-6);
    }
    return argument;
}

static void *use_environment(void *argument)
{
    char name[16], value[16];
    snprintf(name, sizeof name, "VAR%u", (unsigned)(uintptr_t)argument);
    for (int i = 0; i < 300; i++) {
        snprintf(value, sizeof value, "%d", i);
        setenv(name, value, 1);
        const char *found = getenv(name);
        expect(found && !strcmp(found, value));
        if (i % 10 == 0)
            unsetenv(name);
    }
    return argument;
}

static void test_malloc(void) { together(use_malloc); }
static void test_state(void) { together(use_state); }
static void test_environment(void) { together(use_environment); }

/* What is refused leaves no lock behind. */
static void test_refused(void)
{
    volatile size_t lots = (size_t)1 << 40;
    char *kept = malloc(10), *moved = realloc(kept, lots);
    CHECK(moved == NULL && errno == ENOMEM);
    if (moved == NULL)
        free(kept);
    together(use_malloc);
}

/* Lines of a shared stream are whole, and each is there once. */
static void test_streams(void)
{
    static unsigned next[THREADS];
    char text[80];
    unsigned i, thread, lines = 0;
    shared = fopen("/tmp/threads-shared", "w+");
    if (!CHECK(shared != NULL))
        return;
    together(use_streams);
    rewind(shared);
    while (fgets(text, sizeof text, shared)) {
        if (!CHECK(sscanf(text, "%u line of thread %u\n", &i, &thread) == 2 && thread < THREADS && next[thread] == i))
            break;
        next[thread]++;
        lines++;
    }
    EQUAL(lines, THREADS * 300);
    fclose(shared);
    unlink("/tmp/threads-shared");
}

static const struct suite_test tests[] = {
    {test_malloc, "malloc", 0},
    {test_refused, "realloc that is refused", 0},
    {test_streams, "streams", 0},
    {test_state, "errno, strtok, gmtime, conversions", 0},
    {test_environment, "environ", 0},
};

int main(void) { return SUITE_RUN(tests); }
