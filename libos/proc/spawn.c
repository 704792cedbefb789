/* SPDX-License-Identifier: MIT
 *
 * spawn.c: starts a program as a process of the session: entry in the process table, descriptors, environment.
 *
 * Layer: libos/proc, over build.h and libos/fs. The entry is made first (state STARTING), so that the child's pid and slot
 * can stand in its start block; it knows descriptors, environment and time as soon as they are there, so that a parent
 * that dies half-way leaves an entry that the first environment can clean up (children.c). Unwinding is in reverse order.
 */
#include "proc/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exo/exo.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "proc/build.h"
#include "proc/spawn_files.h"
#include "proc/table.h"

#define SPARE_PAGES 128 /* so that who starts too many can still deal with it */

static _Thread_local const char *last_error = "";

const char *proc_spawn_error(void) { return last_error; }

/* The last component of a path. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* build_plan.created: the child's entry learns what it is made of. */
static void entry_created(void *argument, uint64_t env)
{
    struct process *process = argument;
    process->placed = 0;
    __atomic_store_n(&process->env, env, __ATOMIC_RELEASE);
}

static void start_fill(struct start_block *start, const struct proc_spawn *how, uint32_t slot)
{
    struct session_header *header = session_header();
    struct process *child = proc_at(slot);
    *start = (struct start_block){
        .flags = START_SESSION | (header->tty_pages ? START_TTY : 0) | (header->boot_pages ? START_BOOT : 0),
        .session_hash = SESSION_LAYOUT,
        .process_slot = slot,
        .pid = child->pid,
        .ppid = child->ppid,
        .umask = vfs_umask(),
        .signal_mask = how->signal_mask,
        .signal_ignored = how->signal_ignored,
        .files = child->files,
        .archive_offset = header->archive_offset,
        .archive_bytes = header->archive_bytes,
    };
}

/* Builds the environment of an entry that exists. */
static int spawn_entry(const struct proc_spawn *how, const void *image, size_t bytes, uint32_t slot)
{
    struct session_header *header = session_header();
    struct build_mapping segment = {
        .va = EXO_SESSION_BASE,
        .frame = header->first_frame,
        .count = SESSION_FIXED_PAGES,
        .prot = EXO_PROT_WRITE,
        .cap = 0,
    };
    struct build_plan plan = {
        .name = proc_at(slot)->name,
        .image = image,
        .image_bytes = bytes,
        .cap = proc_cap(),
        .argv = how->argv,
        .envp = how->envp,
        .path = how->path,
        .cwd = how->cwd ? how->cwd : vfs_cwd(),
        .mappings = &segment,
        .mapping_count = 1,
        .spare_pages = SPARE_PAGES,
        .created = entry_created,
        .argument = proc_at(slot),
    };
    uint64_t env;
    start_fill(&plan.start, how, slot);
    return build_environment(&plan, &env, &last_error);
}

/* An entry whose program never ran. */
static void entry_drop(uint32_t slot)
{
    struct session_header *header = session_header();
    struct process *process = proc_at(slot);
    session_lock_acquire(&header->table_lock);
    proc_entry_free(process);
    header->spawned--;
    header->reaped--;
    session_lock_release(&header->table_lock);
}

static int spawn_image(const struct proc_spawn *how, const void *image, size_t bytes)
{
    const char *name = how->argv && how->argv[0] ? how->argv[0] : how->path;
    last_error = "no entry of the process table is free";
    int slot = proc_entry_alloc(base_name(name), how->pgrp);
    if (slot < 0)
        return slot;
    struct process *process = proc_at((uint32_t)slot);
    int pid = process->pid;
    last_error = "a file action failed";
    int result = spawn_files_table(how->actions, how->action_count, &process->files);
    if (result == 0)
        result = spawn_entry(how, image, bytes, (uint32_t)slot);
    if (result == 0)
        return pid;
    fd_table_release(proc_files_take(process));
    entry_drop((uint32_t)slot);
    return result;
}

/* The same for a program of another libOS: PROC_FOREIGN keeps it, and is the process. */
static int spawn_foreign(const struct proc_spawn *how)
{
    struct proc_spawn keeper = *how;
    size_t count = 0;
    while (how->argv && how->argv[count])
        count++;
    char **argv = calloc(count + 3, sizeof *argv);
    if (argv == NULL)
        return -ENOMEM;
    argv[0] = (char *)base_name(PROC_FOREIGN);
    argv[1] = (char *)how->path;
    for (size_t i = 1; i < count; i++)
        argv[i + 1] = how->argv[i];
    keeper.path = PROC_FOREIGN;
    keeper.argv = argv;
    int result = proc_spawn(&keeper);
    if (result == -ENOENT) {
        last_error = "it has another library OS, and " PROC_FOREIGN ", which starts such programs, is not there";
        result = -ENOEXEC;
    }
    free(argv);
    return result;
}

int proc_spawn(const struct proc_spawn *how)
{
    struct spawn_program program;
    if (proc_self() == NULL) {
        last_error = "not a process of a session";
        return -ENOSYS;
    }
    last_error = "cannot be read";
    int result = spawn_program_open(how->path, &program);
    if (result != 0)
        return result;
    bool foreign = build_is_foreign(program.image, program.bytes) && strcmp(how->path, PROC_FOREIGN) != 0;
    result = foreign ? spawn_foreign(how) : spawn_image(how, program.image, program.bytes);
    spawn_program_close(&program);
    return result;
}
