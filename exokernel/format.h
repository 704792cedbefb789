/* SPDX-License-Identifier: MIT
 *
 * format.h: printf-like text into a buffer of fixed size. Never writes beyond it, always ends it with NUL, reads nothing
 * but its arguments. Any context; no hardware.
 *
 * Conversions: %d %i %u %x %X %c %s %p %%, with flags - and 0, width and precision (also *), and lengths hh h l ll z.
 * Anything else is copied as it stands. %s of NULL is "(null)".
 */
#ifndef EXOKERNEL_FORMAT_H
#define EXOKERNEL_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Returns how many bytes stand in `to`, without the NUL: at most size - 1. size is at least 1. */
__attribute__((format(printf, 3, 4))) size_t kformat(char *to, size_t size, const char *format, ...);
size_t kformat_list(char *to, size_t size, const char *format, va_list arguments);

#endif
