/* SPDX-License-Identifier: MIT
 *
 * memalign.c: posix_memalign, which newlib declares and calls (aligned_alloc) but has not. Layer: newlib-port.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    int before = errno;
    void *block = memalign(alignment, bytes);
    errno = before;
    if (block == NULL)
        return ENOMEM;
    *out = block;
    return 0;
}
