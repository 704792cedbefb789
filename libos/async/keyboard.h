/* SPDX-License-Identifier: MIT
 *
 * keyboard.h: keys for tasks (async.h): a task awaits one while the others go on. Layer: libos/async, public, above dev.
 *
 * The console's doorbell for a new key becomes an event upcall of this program, which wakes the task that awaits one; what the
 * keys are says exo/console.h. Keys typed while nobody awaits one wait in the terminal's ring.
 *
 *     async_keyboard_open();
 *     ...
 *     ASYNC_AWAIT(task, (self->result = async_key(&self->key, task)) != 0);
 */
#ifndef LIBOS_ASYNC_KEYBOARD_H
#define LIBOS_ASYNC_KEYBOARD_H

#include "async/async.h"
#include "exo/console.h"

/* Takes the keyboard from the terminal (console_grab), and gives it back. Returns 0, or -ENOTTY without a console. */
int async_keyboard_open(void);
void async_keyboard_close(void);

/* Takes the next key. Returns 1, or a negative errno value as getkey does; 0: there is none, and the task will be woken when there
 * is. One task at a time. */
int async_key(struct console_key *key, struct async_task *task);

/* For the scheduler: EXO_EVENT_DOORBELL came. Disabled, in an upcall or on a thread. */
void async_doorbell_event(void);

#endif
