/* SPDX-License-Identifier: MIT
 *
 * tty_process.c: what tty.c asks about the process that it is linked into. Apart, so that host tests can answer instead.
 */
#include "dev/tty.h"
#include "exo/exo.h"
#include "exo/layout.h"
#include "proc/proc.h"

struct tty_shared *tty_pages(void)
{
    const struct start_block *start = proc_start();
    bool mapped = start ? (start->flags & START_TTY) != 0 : (exo_pte(EXO_TTY_BASE) & EXO_PTE_P) != 0;
    struct tty_shared *tty = (struct tty_shared *)EXO_TTY_BASE;
    return mapped && tty->magic == TTY_MAGIC ? tty : NULL;
}

uint32_t tty_own_group(void)
{
    const struct process *self = proc_self();
    return self ? (uint32_t)self->pgrp : 0;
}

uint32_t tty_own_process(void) { return (uint32_t)proc_pid(); }

/* Not one that has ended and only waits to be waited for. */
int tty_process_lives(uint32_t process)
{
    struct session_header *header = session_header();
    session_lock_acquire(&header->table_lock);
    const struct process *found = proc_find((int)process);
    int lives = found != NULL && found->state != PROCESS_ZOMBIE;
    session_lock_release(&header->table_lock);
    return lives;
}

uint64_t tty_now_ns(void) { return exo_clock_ns(); }
