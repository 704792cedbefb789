/* SPDX-License-Identifier: MIT
 *
 * slices_one_cpu.c: all programs get the same, and a process has one CPU and no more, however many are idle. Layer: apps/init.
 */
#include "slices.h"

static uint32_t weight(char *const *envp)
{
    (void)envp;
    return 1;
}

static bool further(uint32_t has, uint32_t cpus)
{
    (void)has, (void)cpus;
    return false;
}

const struct slice_policy slices_one_cpu = {"one-cpu", weight, false, further};
