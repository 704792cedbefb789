/* SPDX-License-Identifier: MIT
 *
 * proc_limits.c: processes leave nothing behind: frames, environments, slices, quota, memory of the session; whatever they
 * were doing when they ended, and when there is room for no more. Layer: tests. Starts itself again as in proc_spawn.c.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "exo/exo.h"
#include "proc/proc.h"
#include "suite.h"

static const char *self_path;

/* ---- Helpers ---- */

static int spawn(const char *word, pid_t *pid)
{
    char *argv[] = {"child", (char *)word, NULL};
    return posix_spawn(pid, self_path, NULL, NULL, argv, environ);
}

static pid_t start(const char *word)
{
    pid_t pid = -1;
    EQUAL(spawn(word, &pid), 0);
    return pid;
}

static int status_of(pid_t pid)
{
    int status = -1;
    EQUAL(waitpid(pid, &status, 0), pid);
    return status;
}

/* What a machine has left. Pages of the session's segment stay its own once they were needed. */
struct resources {
    uint64_t frames, environments, slices, blocks;
};

static struct resources count_now(void)
{
    struct session_header *header = session_header();
    struct resources r = {.frames = exo_info()->free_frames + (header->pages - SESSION_HEAP_PAGE)};
    struct exo_env_info info;
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        exo_env_read(i, &info);
        r.environments += info.state != EXO_ENV_FREE;
    }
    for (uint32_t cpu = 0; cpu < exo_info()->cpus; cpu++)
        for (uint32_t i = 0; i < EXO_SLICES; i++)
            r.slices += exo_slice_entry(cpu, i)->env != 0;
    r.blocks = header->allocations - header->frees;
    return r;
}

/* Nothing was lost since `before`: tear-down goes on for a while after the end of a process. `kills`: so many processes
 * were killed at any moment; one that dies between taking memory of the session and noting it loses that, and no more. */
static void same_after(const struct resources *before, unsigned kills)
{
    uint64_t frames = before->frames - kills / 2, blocks = before->blocks + kills / 2;
    struct resources now;
    for (int i = 0; i < 300; i++) {
        now = count_now();
        if (now.frames >= frames && now.environments == before->environments && now.slices == before->slices &&
            now.blocks <= blocks)
            return;
        pause_ms(10);
    }
    CHECK(now.frames >= frames);
    CHECK(now.blocks <= blocks);
    EQUAL(now.environments, before->environments);
    EQUAL(now.slices, before->slices);
    printf("frames before %llu, after %llu\n", (unsigned long long)before->frames, (unsigned long long)now.frames);
}

static void same_as(const struct resources *before) { same_after(before, 0); }

static struct resources settled(void)
{
    for (int i = 0; i < 20; i++) /* tables and caches reach their size */
        status_of(start("exit"));
    pause_ms(200);
    return count_now();
}

/* ---- Tests ---- */

static void test_thousand(void)
{
    static const char *const ends[] = {"exit", "fault", "abort", "exit"};
    struct resources before = settled();
    for (int i = 0; i < 1000; i++)
        if (!CHECK(status_of(start(ends[i % 4])) >= 0))
            return;
    same_as(&before);
}

static void test_killed_in_every_state(void)
{
    static const char *const states[] = {"spin", "sleep", "read", "write", "files", "wait", "grow", "exit", "fault", "spawn"};
    struct resources before = settled();
    for (int round = 0; round < 8; round++)
        for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
            pid_t pid = start(states[i]);
            pause_ms(round * 5);
            EQUAL(kill(pid, SIGKILL), 0); /* a zombie may be sent signals too */
            int status = status_of(pid);
            CHECK(WIFEXITED(status) || WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGSEGV);
            FAILS(kill(pid, SIGKILL), ESRCH);
        }
    EQUAL(system("rm -f /tmp/limits.*"), 0);
    same_after(&before, 80);
}

static void test_killed_parents(void)
{
    struct resources before = settled();
    for (int i = 0; i < 20; i++) {
        pid_t pid = start("parent");
        pause_ms(i % 4 * 10);
        EQUAL(kill(pid, SIGKILL), 0);
        status_of(pid);
    }
    same_after(&before, 20);
}

static void test_as_many_as_there_are(void)
{
    static pid_t children[EXO_ENVS_MAX];
    struct resources before = settled();
    int count = 0, error;
    while (count < EXO_ENVS_MAX && (error = spawn("sleep", &children[count])) == 0)
        count++;
    CHECK(count >= 8);
    CHECK(error == EAGAIN || error == ENOMEM);
    printf("%d processes, then: %s\n", count, strerror(error));
    for (int i = 0; i < count; i++)
        EQUAL(kill(children[i], SIGKILL), 0);
    for (int i = 0; i < count; i++)
        status_of(children[i]);
    EQUAL(status_of(start("exit")), 0);
    same_after(&before, (unsigned)count);
}

static void test_a_chain_of_spawns(void)
{
    struct resources before = settled();
    int status = status_of(start("chain"));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7); /* the last one's, handed up: it could not go on */
    same_as(&before);
}

/* ---- What children do ---- */

static int *volatile nowhere = (int *)16;

static void child_pipe(int writes)
{
    static char data[4096];
    int ends[2];
    if (pipe(ends) != 0)
        _exit(1);
    for (;;)
        (void)!(writes ? write(ends[1], data, sizeof data) : read(ends[0], data, sizeof data));
}

static void child_files(void)
{
    char name[32];
    snprintf(name, sizeof name, "/tmp/limits.%d", (int)getpid());
    for (;;) {
        int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0600);
        (void)!write(fd, name, sizeof name);
        close(fd);
        unlink(name);
    }
}

static int child_wait(void)
{
    pid_t pid;
    spawn("short-sleep", &pid);
    waitpid(pid, NULL, 0);
    return 0;
}

static void child_spawn(void)
{
    for (pid_t pid;;)
        if (spawn("exit", &pid) == 0)
            waitpid(pid, NULL, 0);
}

static int child_parent(void)
{
    pid_t pid;
    for (int i = 0; i < 3; i++)
        spawn("short-sleep", &pid);
    pause_ms(60000);
    return 0;
}

static int child_chain(void)
{
    pid_t pid;
    int status;
    int error = spawn("chain", &pid);
    if (error != 0)
        return error == EAGAIN || error == ENOMEM ? 7 : 8;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 9;
}

static int child(const char *word)
{
    if (!strcmp(word, "exit"))
        return 0;
    if (!strcmp(word, "spin"))
        for (;;)
            __asm__ volatile("pause");
    if (!strcmp(word, "sleep"))
        return pause_ms(60000), 0;
    if (!strcmp(word, "short-sleep"))
        return pause_ms(100), 0;
    if (!strcmp(word, "read") || !strcmp(word, "write"))
        child_pipe(*word == 'w');
    if (!strcmp(word, "files"))
        child_files();
    if (!strcmp(word, "wait"))
        return child_wait();
    if (!strcmp(word, "spawn"))
        child_spawn();
    if (!strcmp(word, "parent"))
        return child_parent();
    if (!strcmp(word, "chain"))
        return child_chain();
    if (!strcmp(word, "grow"))
        for (char *p; (p = malloc(65536)) != NULL;)
            memset(p, 1, 65536);
    close(2); /* no report */
    if (!strcmp(word, "abort"))
        abort();
    if (!strcmp(word, "fault"))
        *nowhere = 1;
    return 99;
}

static const struct suite_test tests[] = {
    {test_thousand, "a thousand processes leave nothing", 150},
    {test_killed_in_every_state, "killed in every state", 150},
    {test_killed_parents, "orphans of killed parents", 60},
    {test_as_many_as_there_are, "as many processes as there is room for", 150},
    {test_a_chain_of_spawns, "a chain of spawns ends with an error", 150},
};

int main(int argc, char **argv)
{
    self_path = (const char *)proc_start()->path;
    if (argc > 1 && !strcmp(argv[0], "child"))
        return child(argv[1]);
    return SUITE_RUN(tests);
}
