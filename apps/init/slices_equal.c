/* SPDX-License-Identifier: MIT
 *
 * slices_equal.c: all programs get the same, and with it whatever they start. Idle time, and CPUs that others leave idle, are
 * anybody's. Layer: apps/init.
 */
#include "slices.h"

#include <stddef.h>

static uint32_t weight(char *const *envp)
{
    (void)envp;
    return 1;
}

const struct slice_policy slices_equal = {"equal", weight, false, NULL};
