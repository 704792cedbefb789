/* SPDX-License-Identifier: MIT
 *
 * sys/uio.h: reading into and writing from several places at once (POSIX.1-2008). Layer: newlib-port, public.
 */
#ifndef _SYS_UIO_H
#define _SYS_UIO_H

#include <sys/cdefs.h>
#include <sys/types.h>

#define UIO_MAXIOV 1024

struct iovec {
    void *iov_base;
    size_t iov_len;
};

__BEGIN_DECLS
ssize_t readv(int fd, const struct iovec *parts, int count);
ssize_t writev(int fd, const struct iovec *parts, int count);
__END_DECLS

#endif
