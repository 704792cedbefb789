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

uint64_t tty_now_ns(void) { return exo_clock_ns(); }
