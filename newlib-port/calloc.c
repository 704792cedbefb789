/* SPDX-License-Identifier: MIT
 *
 * calloc.c: newlib's _calloc_r multiplies without looking, so that calloc(1 << 40, 1 << 40) succeeded with no bytes. Layer:
 * newlib-port; replaces libc.a's member.
 */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <string.h>

void *_calloc_r(struct _reent *reent, size_t count, size_t each)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, each, &bytes)) {
        reent->_errno = ENOMEM;
        return NULL;
    }
    void *block = _malloc_r(reent, bytes);
    return block ? memset(block, 0, bytes) : NULL;
}
