/* SPDX-License-Identifier: MIT
 *
 * log.h: the kernel's log: records in a ring that every environment can read (struct exo_log, EXO_PUB_LOG), and the same
 * lines on the machine's ways out.
 *
 * Text is a message followed by key=value fields. No kernel address belongs in it: it is published. Any context; takes
 * log_lock, the innermost lock, for a bounded time.
 *
 * Ways out: QEMU's debug console (port 0xe9) where there is one; else the first UART, until the console binds it. Options
 * on the command line: log=WORD,... with a level (panic error warn notice info debug), `uart` (the first UART too, until
 * it is bound) and `uart2` (the second UART, always).
 */
#ifndef EXOKERNEL_LOG_H
#define EXOKERNEL_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include "info.h"

enum { LOG_RECORDS = 512 };

/* Finds the ways out and reads the options. Before this nothing may be logged. */
void log_init(const char *cmdline);

/* From now on records go to the published ring (LOG_RECORDS entries); the earlier ones are copied. */
void log_publish(struct exo_log *ring);

__attribute__((format(printf, 3, 4))) void log_at(enum exo_log_level level, const char *subsystem, const char *format, ...);

#define log_error(subsystem, ...) log_at(EXO_LOG_ERROR, subsystem, __VA_ARGS__)
#define log_warn(subsystem, ...) log_at(EXO_LOG_WARN, subsystem, __VA_ARGS__)
#define log_notice(subsystem, ...) log_at(EXO_LOG_NOTICE, subsystem, __VA_ARGS__)
#define log_info(subsystem, ...) log_at(EXO_LOG_INFO, subsystem, __VA_ARGS__)
#define log_debug(subsystem, ...) log_at(EXO_LOG_DEBUG, subsystem, __VA_ARGS__)

/* A record of an environment's (log_write): printable text, and the environment's name as subsystem. The limit is for the
 * kernel's own records: what an environment has to say is its affair, but for debug records. */
void log_from_env(enum exo_log_level level, env_id_t env, const char *name, const char *text);

/* Is the first UART a way out? Off when an environment binds its ports, on when it gives them back. */
void log_uart_enable(bool on);

/* In a panic: every way out is open, the lock is not taken. */
void log_panic_begin(void);
__attribute__((format(printf, 1, 2))) void log_panic(const char *format, ...);

#endif
