/* SPDX-License-Identifier: MIT
 *
 * keyboard.c: keys for tasks (keyboard.h). Layer: libos/async, above dev.
 *
 * A standing watch on the word that the console rings after each key raises EXO_EVENT_DOORBELL; the scheduler, which takes events,
 * calls async_doorbell_event in programs that link this file. It cannot tell which of the watched words was rung, so the task may
 * be woken without cause. The waiter is entered before the ring is looked at, so no key is missed.
 */
#include <stddef.h>

#include "async/keyboard.h"
#include "dev/tty.h"
#include "exo/exo.h"
#include "proc/proc.h"

static struct async_event rung;

int async_keyboard_open(void)
{
    int result = console_grab(1);
    if (result < 0)
        return result;
    exo_watch(PROC_WATCH_KEYS, &tty_pages()->events_seq);
    return 0;
}

void async_keyboard_close(void)
{
    exo_watch(PROC_WATCH_KEYS, NULL);
    console_grab(0);
}

void async_doorbell_event(void) { async_event_set(&rung); }

int async_key(struct console_key *key, struct async_task *task)
{
    int result;
    do {
        result = getkey(key, 0);
    } while (result == 0 && async_event_take(&rung, task));
    return result;
}
