/* SPDX-License-Identifier: MIT
 *
 * fake_log.h: the kernel's log for tests of files that write to it: counts lines by level. Layer: tests.
 */
#ifndef TESTS_FAKE_LOG_H
#define TESTS_FAKE_LOG_H

#include "log.h"

static unsigned fake_log_lines[EXO_LOG_DEBUG + 1];

void log_at(enum exo_log_level level, const char *subsystem, const char *format, ...)
{
    (void)subsystem;
    (void)format;
    fake_log_lines[level]++;
}

#endif
