/* SPDX-License-Identifier: MIT
 *
 * proc.h: processes: environments of one session with an entry in the process table. Layer: libOS, above session.h and
 * libos/fs, below libos/posix. Functions return 0 or a positive result or a negative errno value.
 *
 * A process that ends stores its status, becomes a zombie, rings its parent's `children` word and destroys its own
 * environment. One that could not (killed, or faulted too deeply) is found by its parent from the published table of
 * environments when EXO_EVENT_CHILD comes. Orphans become children of pid 1, the first environment.
 */
#ifndef LIBOS_PROC_H
#define LIBOS_PROC_H

#include <stddef.h>
#include <stdint.h>

#include "proc/segment.h"
#include "proc/start.h"

#define PROC_INIT_PID 1
#define PROC_INIT_SLOT 0u
#define PROC_WATCH 0u          /* standing watches of activation 0: this process's signals word, */
#define PROC_WATCH_TERMINAL 1u /* the terminal's, */
#define PROC_WATCH_KEYS 2u     /* and that of its keys (async/keyboard.h), of any activation */

/* waitpid's encoding. */
#define PROC_EXITED(code) (((code) & 0xff) << 8)
#define PROC_KILLED(sig) ((sig) & 0x7f)

/* ---- Called by the libOS core ---- */

/* Joins the session that the start block names: checks the layout hash, sets the watch, publishes that the process runs.
 * Called once by the start code before main, upcalls enabled. A block without a session is fine: getpid() is 0 then.
 * Errors: -ENOEXEC (built for another layout), -EINVAL (no start block). */
int proc_attach(const struct start_block *start);

/* The rest of joining (attach.c): descriptors, working directory and boot archive; the terminal's signals (called by
 * proc_attach). And EXO_EVENT_DOORBELL for the terminal. */
int files_attach(const struct start_block *start);
void proc_attach_terminal(void);
void tty_doorbell_event(void);

/* EXO_EVENT_DOORBELL came: takes the bits of the signals word and posts each with signal_post(). Disabled. */
void proc_doorbell_event(void);

/* EXO_EVENT_CHILD came: lets waiters look again. Disabled. */
void proc_child_event(void);

/* Maps the page of `address`, not present, if it belongs to the session segment, the terminal or the boot image. For the page-fault
 * upcall: takes no lock, allocates nothing, does not fault. Returns 1 if it is mapped now, 0 if it is none of ours. */
int session_fault(uint64_t address, int write);

/* ---- Ending ---- */

/* Ends this process with a status in waitpid's encoding: releases its descriptors, tells the parent, destroys the
 * environment. stdio is flushed by exit() before. */
_Noreturn void proc_exit(int status);

/* ---- Who am I ---- */

struct process *proc_self(void); /* NULL outside of a session */
int proc_pid(void);
int proc_ppid(void);
const struct start_block *proc_start(void); /* NULL in the first environment */

/* The slot with the session's capability: 0 in a process, another in the first environment. */
uint32_t proc_cap(void);

/* ---- Others ---- */

/* Starts a program. */
enum { PROC_ACTION_OPEN, PROC_ACTION_CLOSE, PROC_ACTION_DUP2 };
struct proc_action {
    int op; /* PROC_ACTION_* */
    int fd, from;
    int flags;        /* OPEN: O_* */
    unsigned mode;
    const char *path; /* OPEN */
};
struct proc_spawn {
    const char *path;             /* program file; not searched for in PATH */
    char *const *argv;            /* NULL-terminated; argv[0] names the process */
    char *const *envp;            /* NULL-terminated; NULL: empty */
    const char *cwd;              /* NULL: the caller's */
    const struct proc_action *actions;
    size_t action_count;
    uint32_t signal_mask;    /* bit n - 1: signal n, as in the start block */
    uint32_t signal_ignored; /* the same */
    int pgrp;                /* -1: the caller's; 0: its own pid */
};

/* A program that has another libOS is started by this one, whose first argument is its path. */
#define PROC_FOREIGN "/bin/foreign"

/* Makes the process and returns its pid. Errors: those of opening and reading the file, -ENOEXEC (proc_spawn_error() says
 * why), -E2BIG, -ENOMEM, -EAGAIN (no process entry, environment or slice left). Nothing is left behind on error. */
int proc_spawn(const struct proc_spawn *how);

/* The reason of the calling thread's last failed proc_spawn in words; never NULL. */
const char *proc_spawn_error(void);

/* waitpid: pid > 0 that child, -1 any, 0 own group, < -1 that group. options: WNOHANG. Returns the pid, 0 (WNOHANG and
 * none ended), -ECHILD, -EINTR. */
int proc_wait(int pid, int options, int *status);

/* For a process that makes environments under a name below the session's: whoever reaps it ends what is below that name. */
void proc_keeps(const struct exo_cap *name);

/* kill: sig 0 asks only. SIGKILL destroys by capability. Errors: -ESRCH, -EPERM (pid 1), -EINVAL. */
int proc_kill(int pid, int sig);

/* Environment of a process of the session, for pct_bind and the published tables; 0 if there is none. */
env_id_t proc_env(int pid);

/* Process with that pid (not a free entry), or NULL. Caller holds table_lock. */
struct process *proc_find(int pid);

/* Entry of the table, or NULL if that part of the table was never made. */
struct process *proc_at(uint32_t slot);

/* What this process writes into session_lock.owner. */
uint32_t proc_lock_owner(void);

/* Changes and rings the `children` word of a process, so that it looks at what concerns it. */
void proc_notify(uint32_t slot);

/* ---- The first environment ---- */

/* Makes the session: its segment under the capability in `slot`, and entry 0 of the process table (pid 1) for the caller,
 * who fills the rest of the header. 0 or a negative errno value. */
int proc_session_create(uint32_t slot, const struct exo_cap *cap);

/* Looks for children whose environment stopped or is gone and makes zombies of them. Each that was stopped by a fault in
 * its libOS is reported (NULL: by exo_message). proc_wait does it itself. */
typedef void proc_report_fn(const struct process *process, unsigned vector);
void proc_check_children(proc_report_fn *report);

#endif
