/* SPDX-License-Identifier: MIT
 *
 * slices.c: the slice policies by name. Layer: apps/init.
 */
#include "slices.h"

#include <stddef.h>
#include <string.h>

static const struct slice_policy *const policies[] = {&slices_equal, &slices_shares, &slices_processes, &slices_one_cpu};

const struct slice_policy *slices_find(const char *name)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        if (strcmp(name, policies[i]->name) == 0)
            return policies[i];
    return NULL;
}
