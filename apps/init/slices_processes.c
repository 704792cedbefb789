/* SPDX-License-Identifier: MIT
 *
 * slices_processes.c: each process gets the same, whoever started it: a program with many processes gets more. Layer: apps/init.
 */
#include "slices.h"

#include <stddef.h>

static uint32_t weight(char *const *envp)
{
    (void)envp;
    return 1;
}

const struct slice_policy slices_processes = {"processes", weight, true, NULL};
