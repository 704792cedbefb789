// SPDX-License-Identifier: MIT
//
// Jobs; jobs.h is the interface. The list is ordered by job number; a job stays until its end was told or asked for.

#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/term.h"
#include "../lib/util.h"
#include "sh.h"

enum { JOB_PROCESSES = 16 };

struct job {
    struct job *next;
    int number;
    pid_t pids[JOB_PROCESSES]; // 0 once it has been waited for
    size_t count;
    pid_t last;
    int status;
    char *text;
};

static struct job *jobs;

// The status as `$?` has it; a death by signal is told on standard error.
static int shell_status(int wait_status, const char *name)
{
    if (!WIFSIGNALED(wait_status)) {
        return WEXITSTATUS(wait_status);
    }
    int number = WTERMSIG(wait_status);
    if (number == SIGINT && shell.interactive) {
        fputc('\n', stderr);
    } else if (number != SIGINT && number != SIGPIPE) {
        util_warn("%s: killed by signal %d (%s)", name, number, strsignal(number));
    }
    return STATUS_SIGNAL + number;
}

int jobs_wait_foreground(const pid_t *pids, size_t count, const char *name)
{
    int status = 0;
    // A Ctrl-C that came while the command was being started found the shell alone: it is meant for the command.
    for (size_t i = 0; i < count && shell_interrupted; i++) {
        kill(pids[i], SIGINT);
    }
    for (size_t i = 0; i < count; i++) {
        int wait_status = 0;
        pid_t got;
        while ((got = waitpid(pids[i], &wait_status, 0)) < 0 && errno == EINTR) {
        }
        if (got < 0) {
            util_warn_errno(name);
            status = STATUS_NOT_FOUND;
            continue;
        }
        if (WIFSIGNALED(wait_status) && shell.interactive) {
            term_reset(STDIN_FILENO);
        }
        status = shell_status(wait_status, name);
    }
    // A Ctrl-C that the command did not die of, or that came when there was none, stays noted: run_node() ends the list.
    if (status == STATUS_SIGNAL + SIGINT) {
        shell.unwind = UNWIND_INTERRUPT;
        shell_interrupted = 0;
    }
    return status;
}

void jobs_add(const pid_t *pids, size_t count, char *text)
{
    struct job **tail = &jobs;
    int number = 1;
    for (; *tail != NULL; tail = &(*tail)->next) {
        number = (*tail)->number + 1;
    }
    struct job *job = util_alloc(sizeof *job);
    *job = (struct job){ .number = number, .count = count, .last = pids[count - 1], .text = text };
    memcpy(job->pids, pids, count * sizeof *pids);
    *tail = job;
    shell.background = job->last;
    if (shell.interactive) {
        fprintf(stderr, "[%d] %ld\n", number, (long)job->last);
    }
}

// Waits for what is left of JOB, or only looks with WNOHANG in FLAGS. Returns whether all of it has ended; false also
// if a signal ended the wait.
static bool job_wait(struct job *job, int flags)
{
    for (size_t i = 0; i < job->count; i++) {
        if (job->pids[i] == 0) {
            continue;
        }
        int wait_status = 0;
        pid_t got = waitpid(job->pids[i], &wait_status, flags);
        if (got == 0 || (got < 0 && errno == EINTR)) {
            return false;
        }
        if (job->pids[i] == job->last) {
            job->status = got < 0 ? STATUS_NOT_FOUND : shell_status(wait_status, job->text);
        }
        job->pids[i] = 0;
    }
    return true;
}

static void job_remove(struct job *job)
{
    struct job **place = &jobs;
    while (*place != job) {
        place = &(*place)->next;
    }
    *place = job->next;
    free(job->text);
    free(job);
}

// Waits without being put off by other signals than Ctrl-C. Returns false after that.
static bool wait_until_interrupt(struct job *job)
{
    while (!job_wait(job, 0)) {
        if (shell_interrupted) {
            shell_interrupted = 0;
            shell.unwind = UNWIND_INTERRUPT;
            return false;
        }
    }
    return true;
}

int jobs_wait_all(void)
{
    while (jobs != NULL) {
        if (!wait_until_interrupt(jobs)) {
            return STATUS_SIGNAL + SIGINT;
        }
        job_remove(jobs);
    }
    return 0;
}

static struct job *find(const char *which)
{
    bool by_number = *which == '%';
    uint64_t number;
    if (!util_parse_u64(which + by_number, &number)) {
        return NULL;
    }
    for (struct job *job = jobs; job != NULL; job = job->next) {
        if (by_number ? job->number == (int)number : job->last == (pid_t)number) {
            return job;
        }
    }
    return NULL;
}

int jobs_wait(const char *which)
{
    struct job *job = find(which);
    if (job == NULL) {
        util_warn("wait: %s: no such job of this shell", which);
        return STATUS_NOT_FOUND;
    }
    if (!wait_until_interrupt(job)) {
        return STATUS_SIGNAL + SIGINT;
    }
    int status = job->status;
    job_remove(job);
    return status;
}

pid_t jobs_pid(const char *text)
{
    struct job *job = find(text);
    return job != NULL ? job->last : 0;
}

static void print(const struct job *job, bool done, FILE *file)
{
    char state[24] = "Running";
    if (done && job->status == 0) {
        strcpy(state, "Done");
    } else if (done) {
        snprintf(state, sizeof state, "Exit %d", job->status);
    }
    fprintf(file, "[%d] %-10s %s\n", job->number, state, job->text);
}

static void go_through(bool running_too, FILE *file)
{
    for (struct job *job = jobs, *next; job != NULL; job = next) {
        next = job->next;
        bool done = job_wait(job, WNOHANG);
        if (done || running_too) {
            print(job, done, file);
        }
        if (done) {
            job_remove(job);
        }
    }
}

void jobs_print(void)
{
    go_through(true, stdout);
}

void jobs_report(void)
{
    go_through(false, stderr);
}
