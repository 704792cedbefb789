/* SPDX-License-Identifier: MIT
 *
 * upcall_deaths.c: how a process dies of a fault: its status, and what the report on standard error says. Layer: tests. The
 * program starts itself again with a word that says how the child is to die.
 */
#include <setjmp.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "exo/exo.h"
#include "proc/proc.h"
#include "sched/thread.h"
#include "suite.h"

/* In the trace by this name: neither inlined, nor cloned, nor left by a jump. */
#define EXACT __attribute__((noinline, noclone, noipa, optimize("no-optimize-sibling-calls")))

static char report[16384];
static int *volatile nowhere = (int *)16;

/* Runs a child that dies in some way; returns its status, and its standard error in `report`. */
static int die(const char *word)
{
    const char *path = (const char *)proc_start()->path;
    char *argv[] = {"child", (char *)word, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2], status = -1;
    pid_t pid = -1;
    CHECK(pipe(ends) == 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    CHECK(posix_spawn(&pid, path, &actions, NULL, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    size_t got = 0;
    for (ssize_t n = 1; n > 0 && got < sizeof report - 1; got += n > 0 ? (size_t)n : 0)
        n = read(ends[0], report + got, sizeof report - 1 - got);
    report[got] = '\0';
    close(ends[0]);
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static void says(const char *text)
{
    if (!CHECK(strstr(report, text) != NULL))
        printf("missing \"%s\" in:\n%s\n", text, report);
}

static void died_of(const char *word, int sig)
{
    int status = die(word);
    CHECK(WIFSIGNALED(status));
    if (!EQUAL(WTERMSIG(status), sig))
        printf("%s: %s\n", word, report);
}

/* ---- Ways to die ---- */

EXACT static void victim_leaf(int *where)
{
    *where = 1;
    __asm__ volatile("" : : : "memory");
}

EXACT static void victim_caller(void)
{
    victim_leaf(nowhere);
    __asm__ volatile("" : : : "memory");
}

EXACT static int recurse(int n)
{
    volatile char room[1000];
    room[0] = (char)n;
    return n < 0 ? 0 : recurse(n + 1) + room[0];
}

EXACT static void *deep(void *argument)
{
    recurse(0);
    return argument;
}

EXACT static void fault_again(int sig)
{
    (void)sig;
    victim_caller();
}

EXACT static void no_stack(void) { __asm__ volatile("xor %%esp, %%esp\n\tpush %%rax" : : : "memory"); }

EXACT static void wild_jump(void) { ((void (*)(void))0x123456789000)(); }

EXACT static int child(const char *word)
{
    struct thread *thread;
    if (!strcmp(word, "fault"))
        victim_caller();
    if (!strcmp(word, "overflow"))
        recurse(0);
    if (!strcmp(word, "deep thread") && thread_create(&thread, "digger", 0, deep, NULL) == 0)
        thread_join(thread, NULL);
    if (!strcmp(word, "in handler")) {
        signal(SIGSEGV, fault_again);
        victim_caller();
    }
    if (!strcmp(word, "disabled")) {
        sched_disable();
        victim_caller();
    }
    if (!strcmp(word, "locked")) {
        sched_lock();
        victim_caller();
    }
    if (!strcmp(word, "no stack"))
        no_stack();
    if (!strcmp(word, "jump"))
        wild_jump();
    if (!strcmp(word, "abort"))
        abort();
    if (!strcmp(word, "text"))
        victim_leaf((int *)(uintptr_t)victim_leaf);
    if (!strcmp(word, "stdio held")) {
        flockfile(stderr);
        victim_caller();
    }
    return 99;
}

/* ---- Tests ---- */

static void test_report(void)
{
    died_of("fault", SIGSEGV);
    says("child: killed by SIGSEGV: cannot write unmapped memory at 0x10");
    says("in victim_leaf+0x");
    says("in victim_caller+0x");
    says("in child+0x");
    says("in start_main+0x");
    says("rip ");
}

static void test_overflow(void)
{
    died_of("overflow", SIGSEGV);
    says("stack overflow of thread main");
    says("in recurse+0x");
    died_of("deep thread", SIGSEGV);
    says("stack overflow of thread digger");
    says("in recurse+0x");
}

static void test_handler(void)
{
    died_of("in handler", SIGSEGV);
    says("in victim_leaf+0x");
    says("in fault_again+0x");
}

static void test_library(void)
{
    died_of("disabled", SIGSEGV);
    says("in victim_leaf+0x");
    died_of("locked", SIGSEGV);
    says("in victim_leaf+0x");
    died_of("stdio held", SIGSEGV);
    says("in victim_leaf+0x");
}

static void test_wild(void)
{
    died_of("no stack", SIGSEGV);
    says("in no_stack+0x");
    died_of("jump", SIGSEGV);
    says("cannot execute unmapped memory at 0x123456789000");
    says("in wild_jump+0x");
    died_of("abort", SIGABRT);
    says("in abort+0x");
    died_of("text", SIGSEGV);
    says("cannot write protected memory");
}

static const struct suite_test tests[] = {
    {test_report, "a fault is reported with names", 20},
    {test_overflow, "stack overflow is reported with the thread's name", 20},
    {test_handler, "a handler that faults", 20},
    {test_library, "faults while the library holds something", 30},
    {test_wild, "no stack, a wild jump, abort, writing text", 20},
};

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[0], "child"))
        return child(argv[1]);
    return SUITE_RUN(tests);
}
