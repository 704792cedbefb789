/* SPDX-License-Identifier: MIT
 *
 * realloc.c: newlib's _realloc_r returns with its lock held when it is asked for 2 GiB or more, and all other threads wait for
 * ever. Layer: newlib-port; replaces libc.a's member.
 */
#include <errno.h>
#include <limits.h>
#include <reent.h>
#include <stdlib.h>

void *realloc(void *block, size_t bytes)
{
    if (bytes > INT_MAX - 64) {
        errno = ENOMEM;
        return NULL;
    }
    return _realloc_r(_REENT, block, bytes);
}
