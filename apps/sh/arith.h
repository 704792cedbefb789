// SPDX-License-Identifier: MIT
//
// Arithmetic: what stands between `$((` and `))`.
//
// Layer: sh. Signed 64-bit numbers that wrap around. The operators of C but for `++`, `--` and the comma, assignments
// included; names are variables, unset or empty ones count 0. Source: POSIX.1-2017 XCU 2.6.4.

#ifndef SH_ARITH_H
#define SH_ARITH_H

#include <stdbool.h>

// Computes EXPRESSION. If it is malformed or divides by zero, says so, calls for unwinding and returns false.
bool arith_compute(const char *expression, long long *value);

#endif
