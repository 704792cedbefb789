/* SPDX-License-Identifier: MIT
 *
 * err.h: messages of programs that end, as 4.4BSD has them. Layer: newlib-port, public. "NAME: message", and for those
 * without an x ": " and the text of errno (of `code` for err's relatives that end in c), on standard error.
 */
#ifndef _ERR_H
#define _ERR_H

#include <stdarg.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
_Noreturn void err(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void errx(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void errc(int status, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void verr(int status, const char *format, va_list list) __attribute__((format(printf, 2, 0)));
_Noreturn void verrx(int status, const char *format, va_list list) __attribute__((format(printf, 2, 0)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warnc(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vwarn(const char *format, va_list list) __attribute__((format(printf, 1, 0)));
void vwarnx(const char *format, va_list list) __attribute__((format(printf, 1, 0)));
const char *getprogname(void);
void setprogname(const char *name);
__END_DECLS

#endif
