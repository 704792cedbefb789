// SPDX-License-Identifier: MIT
//
// Pipelines; pipeline.h is the interface. The ends of pipes are never inherited under their own numbers, so a reader
// sees the end of its input as soon as the writer is gone.

#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "builtin.h"
#include "jobs.h"
#include "list.h"
#include "process.h"
#include "redirect.h"
#include "run.h"
#include "sh.h"
#include "text.h"
#include "vars.h"

enum { MOST_STAGES = 16 };

// Whether NODE is a program by its first word as it stands, so that no shell is needed to run it.
static bool is_program(const struct node *node)
{
    if (node->kind != NODE_SIMPLE || node->words == NULL) {
        return false;
    }
    const char *name = node->words->text;
    if (strpbrk(name, "$`\"'\\*?[~") != NULL || functions_exist(name)) {
        return false;
    }
    return builtin_find(name) == NULL || (builtin_is_program_too(name) && process_exists(name));
}

// Starts one stage that reads INPUT and writes OUTPUT, each -1 for what the shell has.
static pid_t start_stage(const struct node *node, int input, int output, bool background)
{
    struct redirect_undo undo;
    redirect_save(&undo);
    pid_t pid = -1;
    bool good = (input < 0 || redirect_to(&undo, input, STDIN_FILENO))
             && (output < 0 || redirect_to(&undo, output, STDOUT_FILENO));
    if (good) {
        pid = is_program(node) ? run_start(node, background) : process_start_shell(node, background);
    }
    redirect_undo(&undo);
    return pid;
}

static bool make_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        shell_fail(1, "pipe: %s", strerror(errno));
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return true;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

// Starts STAGE and all that follow it; INPUT, closed here, is what the first reads. Returns how many run; *LAST_RUNS
// says whether the last of the pipeline is among them.
static size_t start_stages(const struct node *stage, int input, bool background, pid_t *pids, bool *last_runs)
{
    size_t count = 0;
    *last_runs = false;
    for (; stage != NULL && shell.unwind == UNWIND_NONE; stage = stage->next) {
        int ends[2] = { -1, -1 };
        if (count == MOST_STAGES) {
            shell_fail(1, "more than %d commands in a pipeline", MOST_STAGES);
            break;
        }
        if (stage->next != NULL && !make_pipe(ends)) {
            break;
        }
        pid_t pid = start_stage(stage, input, ends[1], background);
        close_if_open(input);
        close_if_open(ends[1]);
        input = ends[0];
        *last_runs = pid > 0 && stage->next == NULL;
        if (pid > 0) {
            pids[count++] = pid;
        }
    }
    close_if_open(input);
    return count;
}

void pipeline_run(const struct node *node)
{
    pid_t pids[MOST_STAGES];
    bool last_runs;
    size_t count = start_stages(node->left, -1, false, pids, &last_runs);
    struct string text = { NULL, 0, 0 };
    text_node(&text, node);
    // If the last could not be started, its status is why, and the others are waited for all the same.
    int failure = shell.status;
    int status = jobs_wait_foreground(pids, count, text.text);
    shell.status = last_runs ? status : failure;
    free(text.text);
}

void pipeline_background(const struct node *node)
{
    pid_t pids[MOST_STAGES];
    bool last_runs;
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) {
        fcntl(nothing, F_SETFD, FD_CLOEXEC);
    }
    bool stages = node->kind == NODE_PIPELINE && node->redirects == NULL;
    struct node alone = *node;
    alone.next = NULL;
    size_t count = start_stages(stages ? node->left : &alone, nothing, true, pids, &last_runs);
    if (count == 0) {
        return;
    }
    struct string text = { NULL, 0, 0 };
    text_node(&text, node);
    jobs_add(pids, count, string_take(&text));
    shell.status = 0;
}
