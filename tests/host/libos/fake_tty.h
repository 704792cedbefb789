/* SPDX-License-Identifier: MIT
 *
 * fake_tty.h: the terminal of fake_tty.c. Layer: tests.
 */
#ifndef FAKE_TTY_H
#define FAKE_TTY_H

#include "fs/devfs.h"

extern char fake_tty_output[256];
extern const char *fake_tty_input;
extern int fake_tty_absent;
extern uint32_t fake_tty_word;

#endif
