// SPDX-License-Identifier: MIT
/* test_proc.c: the process table over the session segment (fake_segment.h): forked processes stand for environments, their
 * host pids for environment ids. The sources are included, as the segment's address and the system calls are the test's. */
#include "../harness.h"

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "activation.h"
#include "exo_calls.h"

/* The system calls that the table makes. */
#define EXO_STUBS_H
static unsigned fake_doorbells;

static inline int64_t exo_env_destroy(uint32_t slot, uint64_t env)
{
    (void)slot;
    if (env == 0)
        _exit(0);
    return kill((pid_t)env, SIGKILL);
}
static inline int64_t exo_doorbell(const void *word) { return (void)word, fake_doorbells++, 0; }
static inline int64_t exo_watch(uint32_t index, const void *word) { return (void)index, (void)word, 0; }
static inline int64_t exo_pt_update(uint64_t env, uint32_t ctl, const struct exo_pt_op *ops, uint32_t n)
{
    (void)env, (void)ctl, (void)ops;
    return n;
}

#include "fake_segment.h"

#include "fs/file.h"

#include "../../../libos/proc/children.c"
#include "../../../libos/proc/kill.c"
#include "../../../libos/proc/proc.c"
#include "../../../libos/proc/session.c"
#include "../../../libos/proc/session_alloc.c"
#include "../../../libos/proc/session_map.c"
#include "../../../libos/proc/table.c"

static session_off released; /* last table given back, */
static unsigned releases;    /* and how many */
static uint32_t posted;
static int reports;

void fd_table_release(session_off files)
{
    if (files) {
        released = files;
        releases++;
    }
}
void proc_attach_terminal(void) {}
void fd_table_attach(session_off files) { (void)files; }
int signal_post(int sig)
{
    posted |= 1u << sig;
    return 0;
}
void exo_message(const char *text, size_t bytes) { (void)text, (void)bytes, reports++; }

static void start(void)
{
    static const struct exo_cap cap = {.bits = 0x80ull << 56, .len = 8, .rights = EXO_RIGHTS_ALL};
    fake_machine_start();
    memset(l2_here, 0, sizeof l2_here);
    self = NULL;
    self_slot = 0;
    attached = 0;
    released = releases = posted = 0;
    reports = 0;
    CHECK_EQ(proc_session_create(1, &cap), 0);
}

/* A child of the caller that runs function(argument) and exits with what it returns; returns its slot. */
static uint32_t child(const char *name, int (*function)(int), int argument)
{
    int slot = proc_entry_alloc(name, -1);
    struct process *entry = proc_at((uint32_t)slot);
    CHECK(slot > 0);
    fflush(stdout);
    int go[2];
    if (pipe(go) != 0)
        abort();
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        struct start_block block = {.magic = START_MAGIC, .flags = START_SESSION, .session_hash = SESSION_LAYOUT,
                                    .process_slot = (uint32_t)slot, .pid = entry->pid};
        (void)!read(go[0], &byte, 1);
        fake_machine_enter();
        memset(l2_here, 0, sizeof l2_here);
        if (proc_attach(&block) != 0)
            _exit(98);
        proc_exit(function(argument));
    }
    entry->env = (env_id_t)pid;
    entry->placed = 1;
    (void)!write(go[1], "", 1);
    close(go[0]);
    close(go[1]);
    return (uint32_t)slot;
}

static int code(int argument) { return PROC_EXITED(argument); }

static int hang(int seconds)
{
    sleep((unsigned)seconds);
    return 0;
}

static int pid_at(uint32_t slot) { return proc_at(slot)->pid; }

TEST(session_starts_with_init)
{
    start();
    CHECK_EQ(proc_pid(), 1);
    CHECK_EQ(proc_cap(), 1);
    CHECK_EQ(proc_wait(-1, 0, NULL), -ECHILD);
    CHECK(proc_find(1) == proc_self());
    CHECK(proc_find(2) == NULL);
    CHECK(proc_at(PROCESS_CHUNK * PROCESS_CHUNKS) == NULL);
    CHECK_EQ(proc_kill(1, 0), 0);
    CHECK_EQ(proc_kill(1, SIGKILL), -EPERM);
    CHECK_EQ(proc_kill(77, 0), -ESRCH);
    CHECK_EQ(proc_kill(1, 32), -EINVAL);
    CHECK_EQ(proc_kill(1, -1), -EINVAL);
}

TEST(every_exit_status_arrives)
{
    start();
    for (int i = 0; i < 256; i += 5) {
        int status = -1, pid = pid_at(child("exits", code, i));
        CHECK_EQ(proc_wait(pid, 0, &status), pid);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), i);
        waitpid(-1, NULL, 0);
    }
    CHECK_EQ(session_header()->spawned, session_header()->reaped);
    CHECK_EQ(proc_wait(-1, 0, NULL), -ECHILD);
    CHECK(session_header()->slots <= 3);
    CHECK_EQ(machine->critical, 0);
}

TEST(wait_chooses)
{
    start();
    uint32_t a = child("a", hang, 30), b = child("b", code, 3);
    int status;
    CHECK_EQ(proc_wait(pid_at(a), WNOHANG, &status), 0);
    CHECK_EQ(proc_wait(-1, 0, &status), pid_at(b));
    CHECK_EQ(WEXITSTATUS(status), 3);
    CHECK_EQ(proc_wait(-1, WNOHANG, &status), 0);
    CHECK_EQ(proc_wait(pid_at(b) + 100, 0, &status), -ECHILD);
    CHECK_EQ(proc_wait(0, WNOHANG, &status), 0);
    CHECK_EQ(proc_wait(-12345, WNOHANG, &status), -ECHILD);
    int pid = pid_at(a);
    proc_at(a)->files = 48;
    CHECK_EQ(proc_kill(pid, SIGKILL), 0);
    CHECK_EQ(released, 48);
    CHECK_EQ(proc_wait(pid, 0, &status), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_EQ(releases, 1);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

TEST(a_crash_is_found)
{
    start();
    uint32_t slot = child("crashes", hang, 30);
    int status, pid = pid_at(slot);
    while (proc_at(slot)->state != PROCESS_RUNNING)
        usleep(1000);
    proc_at(slot)->files = 64;
    kill((pid_t)proc_at(slot)->env, SIGKILL);
    usleep(20000);
    CHECK_EQ(proc_wait(-1, 0, &status), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_EQ(released, 64);
    CHECK_EQ(reports, 0);
    slot = child("stops", hang, 30);
    pid = pid_at(slot);
    machine->stopped = proc_at(slot)->env;
    CHECK_EQ(proc_wait(pid, 0, &status), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    CHECK_EQ(reports, 1);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

static int parent_of_two(int unused)
{
    (void)unused;
    child("orphan that ended", code, 9);
    usleep(20000);
    child("orphan that lives", hang, 30);
    return PROC_EXITED(4);
}

TEST(orphans_go_to_init)
{
    start();
    int status, pid = pid_at(child("parent", parent_of_two, 0)), others = 0;
    CHECK_EQ(proc_wait(pid, 0, &status), pid);
    CHECK_EQ(WEXITSTATUS(status), 4);
    for (uint32_t slot = 1; slot < session_header()->slots; slot++) {
        struct process *process = proc_at(slot);
        if (process->state == PROCESS_FREE)
            continue;
        CHECK_EQ(process->ppid, 1);
        CHECK_EQ(process->parent, PROC_INIT_SLOT);
        others++;
    }
    CHECK_EQ(others, 2);
    CHECK(proc_wait(-1, 0, &status) > 0);
    CHECK_EQ(WEXITSTATUS(status), 9);
    CHECK_EQ(proc_wait(-1, WNOHANG, &status), 0);
    CHECK_EQ(proc_kill(-1, SIGKILL), 0);
    CHECK(proc_wait(-1, 0, &status) > 0);
    CHECK_EQ(WTERMSIG(status), SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

static int wait_for_signal(int sig)
{
    while (!posted) {
        proc_doorbell_event();
        usleep(1000);
    }
    return PROC_EXITED(posted == 1u << sig ? 0 : 1);
}

TEST(signals_arrive)
{
    start();
    int status, pid = pid_at(child("listens", wait_for_signal, SIGUSR1));
    CHECK_EQ(proc_kill(pid, 0), 0);
    CHECK_EQ(posted, 0);
    CHECK_EQ(proc_kill(pid, SIGUSR1), 0);
    CHECK_EQ(proc_wait(pid, 0, &status), pid);
    CHECK_EQ(status, 0);
    waitpid(-1, NULL, 0);
}

TEST(pids_wrap_and_skip_the_living)
{
    start();
    int slot = proc_entry_alloc("keeps pid 2", -1), again;
    CHECK_EQ(pid_at((uint32_t)slot), 2);
    session_header()->last_pid = PROCESS_PID_MAX - 1;
    CHECK_EQ(pid_at((uint32_t)proc_entry_alloc("last", 0)), PROCESS_PID_MAX);
    again = proc_entry_alloc("first again", 0);
    CHECK_EQ(pid_at((uint32_t)again), 3);
    CHECK_EQ(proc_at((uint32_t)again)->pgrp, 3);
    CHECK_EQ(proc_at((uint32_t)slot)->pgrp, 1);
}

TEST(the_table_has_an_end)
{
    start();
    int slot = 0, made = 0;
    while ((slot = proc_entry_alloc("many", -1)) >= 0)
        made++;
    CHECK_EQ(slot, -EAGAIN);
    CHECK_EQ(made, PROCESS_CHUNK * PROCESS_CHUNKS - 1);
    uint32_t generation = proc_at(5)->generation;
    proc_at(5)->env = 0;
    proc_entry_free(proc_at(5));
    CHECK_EQ(proc_entry_alloc("again", -1), 5);
    CHECK_EQ(proc_at(5)->generation, generation + 1);
}

TEST(a_block_for_another_layout_is_refused)
{
    start();
    struct start_block block = {.magic = START_MAGIC, .flags = START_SESSION, .session_hash = SESSION_LAYOUT + 1};
    CHECK_EQ(proc_attach(&block), -ENOEXEC);
    block.magic = 0;
    CHECK_EQ(proc_attach(&block), -EINVAL);
    CHECK_EQ(proc_attach(NULL), -EINVAL);
    struct start_block alone = {.magic = START_MAGIC};
    CHECK_EQ(proc_attach(&alone), 0);
}
