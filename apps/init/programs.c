/* SPDX-License-Identifier: MIT
 *
 * programs.c: starts the programs of the manifest and keeps how each ended. Layer: apps/init, over libos/proc.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "dev/tty.h"
#include "init.h"
#include "placing.h"
#include "slices.h"

#define PATH_SHOWN 120 /* bytes of a path in a message */

struct program {
    int pid;    /* 0: ended, or never started */
    int status; /* as a shell says it: code, or 128 + signal */
};

static struct program *programs;
static size_t count;

static const char *start_error(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "not found";
    case EACCES:
        return "not executable";
    case ENAMETOOLONG:
        return "the path is too long";
    default:
        return proc_spawn_error();
    }
}

static void program_start(struct program *program, const struct manifest_program *what, const struct slice_policy *policy)
{
    struct proc_spawn how = {
        .path = what->path,
        .argv = what->argv,
        .envp = what->envp,
        .cwd = "/",
        .pgrp = 0,
    };
    int pid = proc_spawn(&how);
    if (pid > 0) {
        program->pid = pid;
        placing_weigh(proc_env(pid), policy->weight(what->envp));
        return;
    }
    init_say("%.*s%s: %s", PATH_SHOWN, what->path, strlen(what->path) > PATH_SHOWN ? "..." : "", start_error(-pid));
    program->status = INIT_STATUS_NOT_FOUND;
}

void programs_start(const struct manifest *manifest)
{
    const struct slice_policy *policy = slices_find(manifest->slices ? manifest->slices : "equal");
    if (policy == NULL)
        init_fail("/etc/boot.manifest is wrong: no slice policy is called %s", manifest->slices);
    placing_policy(policy);
    programs = calloc(manifest->count, sizeof *programs);
    if (programs == NULL)
        init_fail("too little memory to start a program");
    count = manifest->count;
    for (size_t i = 0; i < count; i++)
        program_start(&programs[i], &manifest->program[i], policy);
    if (count == 1 && programs[0].pid != 0)
        tty_set_foreground((uint32_t)programs[0].pid);
}

static struct program *find(int pid)
{
    for (size_t i = 0; i < count; i++)
        if (programs[i].pid == pid)
            return &programs[i];
    return NULL;
}

int programs_owns(int pid) { return find(pid) != NULL; }

void programs_ended(int pid, int status)
{
    struct program *program = find(pid);
    if (program == NULL)
        return;
    program->pid = 0;
    program->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int programs_running(void)
{
    for (size_t i = 0; i < count; i++)
        if (programs[i].pid != 0)
            return 1;
    return 0;
}

int programs_status(void)
{
    for (size_t i = 0; i < count; i++)
        if (programs[i].status != 0)
            return programs[i].status;
    return 0;
}
