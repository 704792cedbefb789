/* SPDX-License-Identifier: MIT
 *
 * slices_shares.c: each program, with what it starts, gets time as EXON_SHARE in its environment says, 1 without. Layer: apps/init.
 */
#include "slices.h"

#include <stdlib.h>
#include <string.h>

static uint32_t weight(char *const *envp)
{
    static const char name[] = "EXON_SHARE=";
    unsigned long wanted = 1;
    for (; *envp; envp++)
        if (strncmp(*envp, name, sizeof name - 1) == 0)
            wanted = strtoul(*envp + sizeof name - 1, NULL, 10);
    return wanted < 1 ? 1 : wanted > SLICES_WEIGHT_MAX ? SLICES_WEIGHT_MAX : (uint32_t)wanted;
}

const struct slice_policy slices_shares = {"shares", weight, false, NULL};
