/* SPDX-License-Identifier: MIT
 *
 * panic.h: the end, after a bug of the kernel or a machine that cannot be used: says why and stops every CPU.
 *
 * Works from any context: no lock is taken, no memory allocated. The report goes to every way out that the log has, the
 * first UART included: cause, environment, registers, control registers, stack trace by names, bytes around the stack
 * pointer. With `debug-exit=PORT` on the command line QEMU ends with a status that is not zero; else the machine halts.
 */
#ifndef EXOKERNEL_PANIC_H
#define EXOKERNEL_PANIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame;
struct cpu;

__attribute__((format(printf, 1, 2), cold)) _Noreturn void panic(const char *format, ...);

/* The same with the registers of a trap. */
__attribute__((format(printf, 2, 3), cold)) _Noreturn void panic_trap(const struct trap_frame *frame, const char *format,
                                                                      ...);

/* Another CPU has panicked: an NMI means that this one stops, for ever. */
bool panic_under_way(void);
_Noreturn void panic_halt(void);

/* Value that debug-exit=PORT on the command line ends QEMU with; QEMU's exit status is 2 * value + 1. */
enum { PANIC_EXIT_CODE = 0x3f };

#endif
