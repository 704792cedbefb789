/* SPDX-License-Identifier: MIT
 *
 * fake_panic.h: the kernel's panic for host tests of its files: one that comes back to the test. Layer: tests.
 */
#ifndef TESTS_FAKE_PANIC_H
#define TESTS_FAKE_PANIC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "panic.h"

static char fake_panic_text[256];
static jmp_buf *fake_panic_target;

/* Runs a statement; true if it panicked. */
#define PANICS(statement)                                                      \
    ({                                                                         \
        jmp_buf target;                                                        \
        fake_panic_target = &target;                                           \
        int came_back = setjmp(target);                                        \
        if (!came_back) {                                                      \
            statement;                                                         \
        }                                                                      \
        fake_panic_target = NULL;                                              \
        came_back;                                                             \
    })

_Noreturn void panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fake_panic_text, sizeof fake_panic_text, format, arguments);
    va_end(arguments);
    if (!fake_panic_target) {
        fprintf(stderr, "panic: %s\n", fake_panic_text);
        abort();
    }
    longjmp(*fake_panic_target, 1);
}

#endif
