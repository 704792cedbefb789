/* SPDX-License-Identifier: MIT
 *
 * random.c: getentropy, on which newlib's arc4random builds. Layer: libos/posix, over dev/random.h. Without a source it fails
 * with ENOSYS: never weak numbers.
 */
#include <errno.h>
#include <unistd.h>

#include "dev/random.h"

#define ENTROPY_MAX 256

int getentropy(void *buffer, size_t bytes)
{
    int error = bytes > ENTROPY_MAX ? -EIO : random_bytes(buffer, bytes);
    if (!error)
        return 0;
    errno = error == -ENODEV ? ENOSYS : -error;
    return -1;
}
