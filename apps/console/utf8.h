/* SPDX-License-Identifier: MIT
 *
 * utf8.h: UTF-8 a byte at a time. Layer: apps/console; pure. Source: RFC 3629. Bytes that are no UTF-8 become U+FFFD.
 */
#ifndef CONSOLE_UTF8_H
#define CONSOLE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_UNKNOWN = 0xfffd, UTF8_NONE = -1 };

struct utf8 {
    uint32_t value; /* of the bytes so far */
    uint32_t least; /* smaller values would be overlong */
    unsigned left;  /* bytes that must follow */
};

/* Takes a byte. Returns a character, or UTF8_NONE if more bytes are needed. If *again is set, the byte broke off a
 * character (which is returned as UTF8_UNKNOWN) and must be given again. */
int32_t utf8_input(struct utf8 *state, uint8_t byte, bool *again);

/* Writes a character; returns its length, 1 to 4. */
size_t utf8_encode(uint32_t unicode, uint8_t bytes[4]);

#endif
