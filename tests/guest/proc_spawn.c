/* SPDX-License-Identifier: MIT
 *
 * proc_spawn.c: processes in the guest: spawn, arguments, exit statuses, signals, orphans. Layer: tests. The program
 * starts itself again with a word that says what the child is to do.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "proc/proc.h"
#include "suite.h"

static const char *self_path;

/* ---- Helpers ---- */

/* Starts this program with a word and one argument. */
static pid_t start(const char *word, const char *argument)
{
    char *argv[] = {"child", (char *)word, (char *)argument, NULL};
    pid_t pid = -1;
    int error = posix_spawn(&pid, self_path, NULL, NULL, argv, environ);
    CHECK(error == 0);
    return error ? -1 : pid;
}

static int status_of(pid_t pid)
{
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static int run(const char *word, const char *argument) { return status_of(start(word, argument)); }

/* ---- Tests ---- */

static void test_every_status(void)
{
    char text[8];
    for (int code = 0; code < 256; code++) {
        snprintf(text, sizeof text, "%d", code);
        int status = run("exit", text);
        if (!CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code))
            return;
    }
}

static void test_arguments(void)
{
    char *argv[] = {"child", "arguments", "", "two words", "\xff\x01", NULL};
    char *envp[] = {"A=1", "EMPTY=", "LONG=0123456789012345678901234567890123456789", NULL};
    pid_t pid;
    CHECK(posix_spawn(&pid, self_path, NULL, NULL, argv, envp) == 0);
    CHECK(status_of(pid) == 0);
}

static void test_large_arguments(void)
{
    char *text = malloc(200 * 1024);
    memset(text, 'x', 200 * 1024 - 1);
    text[200 * 1024 - 1] = '\0';
    CHECK(run("length", text) == 0);
    char *argv[] = {"child", "length", text, text, NULL};
    pid_t pid;
    CHECK(posix_spawn(&pid, self_path, NULL, NULL, argv, environ) == E2BIG);
    free(text);
}

static void test_bad_programs(void)
{
    char *argv[] = {"x", NULL};
    pid_t pid;
    CHECK(posix_spawn(&pid, "/bin/there-is-none", NULL, NULL, argv, environ) == ENOENT);
    CHECK(posix_spawn(&pid, "/bin", NULL, NULL, argv, environ) == EACCES);
    CHECK(posix_spawnp(&pid, "there-is-none", NULL, NULL, argv, environ) == ENOENT);
    CHECK(posix_spawnp(&pid, "", NULL, NULL, argv, environ) == ENOENT);
    int fd = open("/tmp/no-program", O_CREAT | O_WRONLY | O_TRUNC, 0755);
    CHECK(fd >= 0 && write(fd, "#", 1) == 1);
    close(fd);
    CHECK(posix_spawn(&pid, "/tmp/no-program", NULL, NULL, argv, environ) == ENOEXEC);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    unlink("/tmp/no-program");
}

static void test_wait(void)
{
    pid_t slow = start("sleep", "200"), fast = start("exit", "3");
    int status;
    CHECK(waitpid(slow, &status, WNOHANG) == 0);
    CHECK(waitpid(fast, &status, 0) == fast && WEXITSTATUS(status) == 3);
    CHECK(wait(&status) == slow && status == 0);
    CHECK(wait(&status) == -1 && errno == ECHILD);
    CHECK(waitpid(30000, &status, 0) == -1 && errno == ECHILD);
    CHECK(waitpid(-1, &status, 0x4000) == -1 && errno == EINVAL);
}

static void test_kill(void)
{
    pid_t pid = start("sleep", "60000");
    CHECK(kill(pid, 0) == 0);
    CHECK(kill(pid, SIGKILL) == 0);
    int status = status_of(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK(kill(pid, 0) == -1 && errno == ESRCH);
    pid = start("sleep", "60000");
    pause_ms(50);
    CHECK(kill(pid, SIGTERM) == 0);
    status = status_of(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    status = run("handle", "");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    CHECK(kill(1, SIGKILL) == -1 && errno == EPERM);
    CHECK(kill(getpid(), 99) == -1 && errno == EINVAL);
}

static void test_faults(void)
{
    int status = run("fault", "");
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    status = run("abort", "");
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void test_descriptors(void)
{
    posix_spawn_file_actions_t actions;
    char *argv[] = {"child", "copy", NULL}, text[16] = "";
    int in[2], out[2];
    pid_t pid;
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    for (int i = 0; i < 2; i++) {
        posix_spawn_file_actions_addclose(&actions, in[i]);
        posix_spawn_file_actions_addclose(&actions, out[i]);
    }
    CHECK(posix_spawn(&pid, self_path, &actions, NULL, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    CHECK(write(in[1], "through", 7) == 7);
    close(in[1]);
    CHECK(read(out[0], text, sizeof text) == 7 && memcmp(text, "through", 7) == 0);
    CHECK(read(out[0], text, sizeof text) == 0); /* the child's end closed with it */
    close(out[0]);
    CHECK(status_of(pid) == 0);
}

static void test_killed_closes_pipes(void)
{
    int ends[2];
    char byte;
    CHECK(pipe(ends) == 0);
    pid_t pid = start("sleep", "60000");
    close(ends[1]);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK(read(ends[0], &byte, 1) == 0);
    close(ends[0]);
    status_of(pid);
}

static void test_orphans(void)
{
    int ends[2];
    char text[16] = "";
    CHECK(pipe(ends) == 0);
    posix_spawn_file_actions_t actions;
    char *argv[] = {"child", "orphan", NULL};
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    CHECK(posix_spawn(&pid, self_path, &actions, NULL, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    CHECK(status_of(pid) == 0);
    CHECK(read(ends[0], text, sizeof text - 1) == 2 && strcmp(text, "1\n") == 0); /* its parent is pid 1 */
    CHECK(read(ends[0], text, sizeof text) == 0);
    close(ends[0]);
}

static void test_system(void)
{
    char text[32] = "";
    CHECK(system(NULL) != 0);
    CHECK(system("exit 7") == 7 << 8);
    FILE *command = popen("echo hello", "r");
    CHECK(command != NULL && fgets(text, sizeof text, command) != NULL && strcmp(text, "hello\n") == 0);
    CHECK(command != NULL && pclose(command) == 0);
}

/* ---- What children do ---- */

static int *volatile nowhere = (int *)16;
static volatile sig_atomic_t handled;
static void handler(int sig) { handled = sig; }

static int child_arguments(int argc, char **argv)
{
    if (argc != 5 || strcmp(argv[2], "") || strcmp(argv[3], "two words") || strcmp(argv[4], "\xff\x01"))
        return 1;
    const char *empty = getenv("EMPTY"), *a = getenv("A");
    return !(a && !strcmp(a, "1") && empty && !*empty && getenv("LONG") && !getenv("PATH"));
}

static int child_handle(void)
{
    signal(SIGUSR1, handler);
    kill(getpid(), SIGUSR1);
    return handled == SIGUSR1 ? 42 : 1;
}

static int child_copy(void)
{
    char text[64];
    ssize_t got;
    while ((got = read(0, text, sizeof text)) > 0)
        if (write(1, text, (size_t)got) != got)
            return 1;
    return got < 0;
}

static int child_report_parent(void)
{
    for (int i = 0; i < 500 && getppid() != 1; i++)
        pause_ms(10);
    printf("%d\n", (int)getppid());
    return 0;
}

static int child(int argc, char **argv)
{
    const char *word = argv[1], *argument = argc > 2 ? argv[2] : "";
    if (!strcmp(word, "exit"))
        return atoi(argument);
    if (!strcmp(word, "arguments"))
        return child_arguments(argc, argv);
    if (!strcmp(word, "length"))
        return strlen(argument) != 200 * 1024 - 1;
    if (!strcmp(word, "sleep"))
        return pause_ms(atol(argument)), 0;
    if (!strcmp(word, "handle"))
        return child_handle();
    if (!strcmp(word, "copy"))
        return child_copy();
    if (!strcmp(word, "orphan"))
        return start("report-parent", "") < 0;
    if (!strcmp(word, "report-parent"))
        return child_report_parent();
    if (!strcmp(word, "abort"))
        abort();
    if (!strcmp(word, "fault"))
        *nowhere = 1;
    return 99;
}

static const struct suite_test tests[] = {
    {test_every_status, "every exit status", 90},
    {test_arguments, "arguments and environment", 5},
    {test_large_arguments, "large arguments", 5},
    {test_bad_programs, "bad programs", 5},
    {test_wait, "wait", 5},
    {test_kill, "kill", 5},
    {test_faults, "faults", 10},
    {test_descriptors, "descriptors", 5},
    {test_killed_closes_pipes, "a killed process closes its pipes", 5},
    {test_orphans, "orphans", 10},
    {test_system, "system and popen", 10},
};

int main(int argc, char **argv)
{
    self_path = (const char *)proc_start()->path;
    if (argc > 1 && !strcmp(argv[0], "child"))
        return child(argc, argv);
    return SUITE_RUN(tests);
}
