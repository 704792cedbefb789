/* SPDX-License-Identifier: MIT
 *
 * symbols.c: the function that an address of kernel text lies in (ksyms.h). A binary search; any context.
 */
#include "ksyms.h"

#include <stddef.h>

const char *ksyms_name(uint64_t address, uint64_t *offset)
{
    uint64_t wanted = address - KSYMS_BASE;
    uint32_t low = 0, high = ksyms_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ksyms_table[middle].offset <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    *offset = wanted - ksyms_table[low - 1].offset;
    return ksyms_names + ksyms_table[low - 1].name;
}
