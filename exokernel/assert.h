/* SPDX-License-Identifier: MIT
 *
 * assert.h: states what a bug of the kernel would break; never a user's mistake. Checked in DEBUG builds; in a release
 * build the condition is not evaluated, but still compiled.
 */
#ifndef EXOKERNEL_ASSERT_H
#define EXOKERNEL_ASSERT_H

#include "panic.h"

#ifdef EXON_DEBUG
enum { ASSERTIONS = 1 };
#else
enum { ASSERTIONS = 0 };
#endif

#define assert(condition)                                                                                              \
    do {                                                                                                               \
        if (ASSERTIONS && !(condition))                                                                                \
            panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition);                                      \
    } while (0)

#endif
