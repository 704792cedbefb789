/* SPDX-License-Identifier: MIT
 *
 * memory.c: the address space of a program: heap, mappings, protection, stack; and what happens when memory is used up.
 * Layer: tests. Starts itself again with a word for what kills or fills a process.
 */
#include <setjmp.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "proc/proc.h"
#include "suite.h"

#define PAGE 4096u

static const char *self_path;
static sigjmp_buf back;
static volatile int code;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    code = info->si_code;
    siglongjmp(back, sig);
}

/* The signal that touching an address raises, or 0. */
static int touch(volatile char *at, int write)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    int sig = sigsetjmp(back, 1);
    if (sig == 0) {
        if (write)
            *at = 1;
        else
            (void)*at;
    }
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    return sig;
}

static pid_t start(const char *word)
{
    char *argv[] = {"child", (char *)word, NULL};
    pid_t pid = -1;
    EQUAL(posix_spawn(&pid, self_path, NULL, NULL, argv, environ), 0);
    return pid;
}

static int run(const char *word)
{
    int status = -1;
    pid_t pid = start(word);
    EQUAL(waitpid(pid, &status, 0), pid);
    return status;
}

/* ---- Heap ---- */

static unsigned random_next(unsigned *state) { return *state = *state * 1103515245u + 12345u; }

static void test_malloc_stress(void)
{
    enum { BLOCKS = 500, ROUNDS = 60000 };
    static unsigned char *block[BLOCKS];
    static size_t bytes[BLOCKS];
    unsigned state = 1;
    for (int round = 0; round < ROUNDS; round++) {
        unsigned i = random_next(&state) >> 16 & 511;
        if (i >= BLOCKS)
            continue;
        for (size_t at = 0; block[i] && at < bytes[i]; at += 61)
            if (!CHECK(block[i][at] == (unsigned char)(i + at)))
                return;
        size_t wanted = random_next(&state) >> 16 & (round % 50 ? 1023 : 65535);
        unsigned char *new = round % 3 ? realloc(block[i], wanted + 1) : (free(block[i]), malloc(wanted + 1));
        if (!CHECK(new != NULL))
            return;
        block[i] = new;
        bytes[i] = wanted + 1;
        for (size_t at = 0; at < bytes[i]; at++)
            new[at] = (unsigned char)(i + at);
    }
    for (int i = 0; i < BLOCKS; i++)
        free(block[i]);
}

static void test_calloc_is_zero(void)
{
    memset(malloc(300000), 0xff, 300000);
    for (int i = 0; i < 20; i++) {
        char *p = calloc(1, 100000);
        CHECK(p && p[0] == 0 && memcmp(p, p + 1, 99999) == 0);
        memset(p, 0xff, 100000);
        free(p);
    }
    volatile size_t huge = (size_t)1 << 40;
    CHECK(malloc(huge << 20) == NULL && errno == ENOMEM);
    CHECK(calloc(huge, huge) == NULL);
    void *aligned = aligned_alloc(8192, 8192);
    EQUAL((uintptr_t)aligned % 8192, 0);
    free(aligned);
}

/* ---- Mappings ---- */

static void test_mmap(void)
{
    char *p = mmap(NULL, 10 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    EQUAL(p[0] | p[10 * PAGE - 1], 0);
    memset(p, 1, 10 * PAGE);
    EQUAL(munmap(p + 3 * PAGE, PAGE), 0);
    EQUAL(touch(p + 3 * PAGE, 0), SIGSEGV);
    EQUAL(code, SEGV_MAPERR);
    EQUAL(touch(p + 2 * PAGE, 1), 0);
    char *q = mmap(p + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(q == p + 3 * PAGE && *q == 0);
    EQUAL(munmap(p, 10 * PAGE), 0);
    EQUAL(touch(p, 0), SIGSEGV);
    FAILS((long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS(munmap((void *)1, PAGE), EINVAL);
    FAILS((long)mmap((void *)0xffff800000000000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
}

static void test_mprotect(void)
{
    char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 0xc3, 4 * PAGE); /* ret */
    EQUAL(mprotect(p + PAGE, PAGE, PROT_READ), 0);
    EQUAL(touch(p + PAGE, 0), 0);
    EQUAL(touch(p + PAGE, 1), SIGSEGV);
    EQUAL(code, SEGV_ACCERR);
    EQUAL(mprotect(p + 2 * PAGE, PAGE, PROT_NONE), 0);
    EQUAL(touch(p + 2 * PAGE, 0), SIGSEGV);
    EQUAL(mprotect(p, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
    EQUAL((unsigned char)p[2 * PAGE], 0xc3);
    EQUAL(touch(p + PAGE, 1), 0);
    EQUAL(mprotect(p + 3 * PAGE, PAGE, PROT_READ | PROT_EXEC), 0);
    ((void (*)(void))(uintptr_t)(p + 3 * PAGE))();
    EQUAL(munmap(p, 4 * PAGE), 0);
    FAILS(mprotect(p, PAGE, PROT_READ), ENOMEM);
}

static void test_file_mapping(void)
{
    char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 900, 0);
    CHECK(p == MAP_FAILED && errno == EBADF);
    FILE *file = fopen("/tmp/mapped", "w+");
    fputs("contents", file);
    fflush(file);
    p = mmap(NULL, 100, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    CHECK(p != MAP_FAILED && strcmp(p, "contents") == 0);
    munmap(p, 100);
    fclose(file);
    remove("/tmp/mapped");
}

static void test_image_protection(void)
{
    EQUAL(touch((char *)(uintptr_t)&test_mmap, 1), SIGSEGV);
    EQUAL(code, SEGV_ACCERR);
    EQUAL(touch(NULL, 0), SIGSEGV);
    EQUAL(touch((char *)0xffff800000001000 - 0x1000 + 0x7fffffff0000, 0), SIGSEGV);
    CHECK(touch((char *)0x0001000000000000, 0) != 0); /* not canonical */
}

/* ---- Stack ---- */

static int __attribute__((noinline)) deep(int levels)
{
    volatile char frame[2000];
    frame[0] = (char)levels;
    return levels ? deep(levels - 1) + frame[0] - (char)levels : 0;
}

static void test_stack_growth(void) { EQUAL(deep(1000), 0); }

static void test_stack_overflow(void)
{
    int status = run("overflow");
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* ---- No memory left ---- */

static void test_promises_are_kept(void)
{
    size_t total = 0;
    static char *kept[4096];
    int n = 0;
    for (size_t bytes = 1 << 20; bytes >= 4096 && n < 4096;) { /* asked for, not yet touched */
        char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) {
            EQUAL(errno, ENOMEM);
            bytes /= 2;
            continue;
        }
        kept[n++] = p;
        total += bytes;
        *(size_t *)(void *)p = bytes;
    }
    CHECK(n < 4096);
    CHECK(total > 1 << 20);
    for (int i = 0; i < n; i++)
        memset(kept[i] + sizeof(size_t), 1, *(size_t *)(void *)kept[i] - sizeof(size_t));
    for (int i = 0; i < n; i++)
        munmap(kept[i], *(size_t *)(void *)kept[i]);
}

static void test_malloc_fails(void)
{
    int status = run("fill");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_others_go_on(void)
{
    pid_t hog = start("fill-and-wait");
    struct timespec time = {.tv_nsec = 700000000};
    nanosleep(&time, NULL);
    char *argv[] = {"child", "exit", NULL};
    pid_t pid;
    int error = posix_spawn(&pid, self_path, NULL, NULL, argv, environ);
    CHECK(error == 0 || error == ENOMEM);
    if (error == 0)
        waitpid(pid, NULL, 0);
    EQUAL(deep(10), 0);
    EQUAL(waitpid(hog, NULL, WNOHANG), 0); /* it lives, too */
    EQUAL(kill(hog, SIGKILL), 0);
    EQUAL(waitpid(hog, NULL, 0), hog);
    int status = run("exit");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- Children ---- */

static int child_fill(void)
{
    size_t blocks = 0;
    for (char *p; (p = malloc(60000)) != NULL; blocks++)
        memset(p, 1, 60000);
    return errno == ENOMEM && blocks > 10 ? 0 : 1;
}

static int child(const char *word)
{
    if (!strcmp(word, "overflow"))
        return deep(1 << 24);
    if (!strcmp(word, "fill"))
        return child_fill();
    if (!strcmp(word, "fill-and-wait")) {
        int result = child_fill();
        sleep(60);
        return result;
    }
    return 0;
}

static const struct suite_test tests[] = {
    {test_malloc_stress, "malloc stress", 20},
    {test_calloc_is_zero, "calloc", 5},
    {test_mmap, "mmap and munmap", 5},
    {test_mprotect, "mprotect", 5},
    {test_file_mapping, "a mapped file", 5},
    {test_image_protection, "protection of the image", 5},
    {test_stack_growth, "stack growth", 5},
    {test_stack_overflow, "stack overflow", 10},
    {test_promises_are_kept, "promised memory is there", 20},
    {test_malloc_fails, "malloc fails when memory is used up", 20},
    {test_others_go_on, "others go on without memory", 20},
};

int main(int argc, char **argv)
{
    self_path = (const char *)proc_start()->path;
    if (argc > 1 && !strcmp(argv[0], "child"))
        return child(argv[1]);
    return SUITE_RUN(tests);
}
