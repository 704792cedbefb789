/* SPDX-License-Identifier: MIT
 *
 * keys.h: what a key sends to a terminal. Layer: apps/console; pure. The sequences are xterm's.
 */
#ifndef CONSOLE_KEYS_H
#define CONSOLE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/ps2_keyboard.h"

enum { KEY_BYTES_MAX = 16 };

/* Writes the bytes of a key that went down or repeats; none for one that goes up or only modifies. application: the
 * terminal's cursor keys mode. Returns how many. */
size_t key_bytes(const struct ps2_key *key, bool application, uint8_t bytes[KEY_BYTES_MAX]);

#endif
