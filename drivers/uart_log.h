/* SPDX-License-Identifier: MIT
 *
 * uart_log.h: a 16550 UART as a way out of the kernel's log: polled, output alone, each wait bounded. Ring 0. (The console
 * drives the first UART from ring 3, uart16550.h; the kernel writes to it before that, and in a panic.)
 */
#ifndef DRIVERS_UART_LOG_H
#define DRIVERS_UART_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UART_LOG_FIRST = 0x3f8, UART_LOG_SECOND = 0x2f8 }; /* ports */

/* 115200 8N1, interrupts off. Returns false if nothing answers there. */
bool uart_log_init(uint16_t port);

/* Line feeds become carriage return and line feed. Gives up on a UART that takes nothing. */
void uart_log_write(uint16_t port, const char *text, size_t n);

#endif
