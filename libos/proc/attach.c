/* SPDX-License-Identifier: MIT
 *
 * attach.c: what a process takes up from its start block besides the session: descriptors, paths, the terminal's signals.
 * Layer: libos/proc, over libos/fs and libos/dev. Called by the start code, in the order in which it stands here.
 */
#include <signal.h>

#include "dev/tty.h"
#include "exo/exo.h"
#include "exo/layout.h"
#include "exo/start.h"
#include "fs/start.h"
#include "posix/signal_core.h"
#include "proc/proc.h"

int files_attach(const struct start_block *start)
{
    fs_start(&(struct fs_start){
        .table = start->files,
        .cwd = (const char *)start->cwd,
        .umask = start->umask,
        .archive = start->archive_bytes ? (const char *)EXO_BOOT_IMAGE_BASE + start->archive_offset : NULL,
        .archive_bytes = start->archive_bytes,
    });
    return 0;
}

void proc_attach_terminal(void)
{
    const uint32_t *word = tty_signal_word();
    if (word == NULL)
        return;
    uint32_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    int missed = tty_begin_signals(proc_self()->start_ns); /* Ctrl-C while this program was being loaded is meant for it */
    exo_watch(PROC_WATCH_TERMINAL, word);
    if (missed || __atomic_load_n(word, __ATOMIC_ACQUIRE) != seen)
        session_wake(word);
}

/* EXO_EVENT_DOORBELL: keys at the terminal become signals of the foreground. Disabled. */
void tty_doorbell_event(void)
{
    static const struct {
        unsigned kind;
        int signal;
    } signals[] = {{TTY_SIGNAL_INTERRUPT, SIGINT},
                   {TTY_SIGNAL_QUIT, SIGQUIT},
                   {TTY_SIGNAL_STOP, SIGTSTP},
                   {TTY_SIGNAL_WINDOW, SIGWINCH}};
    if (proc_self() == NULL || tty_signal_word() == NULL || proc_pid() == PROC_INIT_PID)
        return;
    unsigned bits = tty_take_signals((uint32_t)proc_self()->pgrp);
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (bits & 1u << signals[i].kind)
            signal_post(signals[i].signal);
}
