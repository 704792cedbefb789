/* SPDX-License-Identifier: MIT
 *
 * slices_shares.c: each program gets as many slices as EXON_SHARE in its environment says, 1 without. Layer: apps/init.
 */
#include "proc/place.h"
#include "slices.h"

#include <stdlib.h>
#include <string.h>

static uint32_t slices(char *const *envp)
{
    static const char name[] = "EXON_SHARE=";
    unsigned long wanted = 1;
    for (; *envp; envp++)
        if (strncmp(*envp, name, sizeof name - 1) == 0)
            wanted = strtoul(*envp + sizeof name - 1, NULL, 10);
    return wanted < 1 ? 1 : wanted > PLACE_SLICES_MAX ? PLACE_SLICES_MAX : (uint32_t)wanted;
}

const struct slice_policy slices_shares = {"shares", slices};
