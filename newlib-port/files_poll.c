// SPDX-License-Identifier: MIT
/*
 * files_poll.c: poll, select and their variants with signal masks. Layer: newlib-port, see files.h.
 *
 * select is poll with sets of bits. The mask of ppoll and pselect is set by sigprocmask before and after: a signal that
 * comes between setting it and sleeping is handled, and the sleep goes on.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>

#include "files.h"
#include "fs/root.h"
#include "posix/fd.h"

#define FOREVER (~0ull)
#define FEW 16

/* A deadline from now. A time of more than a century is for ever. */
static int deadline_in(int64_t seconds, int64_t ns, uint64_t *deadline)
{
    if (seconds < 0 || ns < 0 || ns >= 1000000000)
        return -EINVAL;
    *deadline = seconds > 4000000000 ? FOREVER : fs_monotonic_ns() + (uint64_t)seconds * 1000000000u + (uint64_t)ns;
    return 0;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    uint64_t deadline = timeout_ms < 0 ? FOREVER : timeout_ms ? fs_monotonic_ns() + (uint64_t)timeout_ms * 1000000u : 0;
    return (int)FILES_CANCEL_POINT(fd_poll(fds, count, deadline));
}

static int masked_poll(struct pollfd *fds, nfds_t count, uint64_t deadline, const sigset_t *mask)
{
    sigset_t before;
    if (mask)
        sigprocmask(SIG_SETMASK, mask, &before);
    int result = fd_poll(fds, count, deadline);
    if (mask)
        sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    uint64_t deadline = FOREVER;
    int error = timeout ? deadline_in(timeout->tv_sec, timeout->tv_nsec, &deadline) : 0;
    return (int)FILES_CANCEL_POINT(error ? error : masked_poll(fds, count, deadline, mask));
}

/* The events that the three sets ask of a descriptor. */
static short wanted(int fd, const fd_set *in, const fd_set *out, const fd_set *except)
{
    return (short)((in && FD_ISSET(fd, in) ? POLLIN : 0) | (out && FD_ISSET(fd, out) ? POLLOUT : 0) |
                   (except && FD_ISSET(fd, except) ? POLLPRI : 0));
}

/* Lists the descriptors in the sets. Returns how many; fds NULL: counts only. */
static nfds_t gather(int n, const fd_set *in, const fd_set *out, const fd_set *except, struct pollfd *fds)
{
    nfds_t count = 0;
    for (int fd = 0; fd < n; fd++) {
        short events = wanted(fd, in, out, except);
        if (events && fds)
            fds[count] = (struct pollfd){.fd = fd, .events = events};
        count += events != 0;
    }
    return count;
}

/* Keeps in a set what is ready. Returns how many that are. */
static int keep(fd_set *set, int n, const struct pollfd *fds, nfds_t count, short event, short ready)
{
    int sum = 0;
    if (!set)
        return 0;
    for (int fd = 0; fd < n; fd++)
        FD_CLR(fd, set);
    for (nfds_t i = 0; i < count; i++)
        if ((fds[i].events & event) && (fds[i].revents & ready)) {
            FD_SET(fds[i].fd, set);
            sum++;
        }
    return sum;
}

static int select_until(int n, fd_set *in, fd_set *out, fd_set *except, uint64_t deadline, const sigset_t *mask)
{
    struct pollfd few[FEW], *fds = few;
    if (n < 0 || n > FD_SETSIZE)
        return -EINVAL;
    nfds_t count = gather(n, in, out, except, NULL);
    if (count > FEW && !(fds = malloc(count * sizeof *fds)))
        return -ENOMEM;
    gather(n, in, out, except, fds);
    int result = masked_poll(fds, count, deadline, mask);
    for (nfds_t i = 0; result > 0 && i < count; i++)
        if (fds[i].revents & POLLNVAL)
            result = -EBADF;
    if (result >= 0)
        result = keep(in, n, fds, count, POLLIN, POLLIN | POLLHUP | POLLERR) +
                 keep(out, n, fds, count, POLLOUT, POLLOUT | POLLERR) + keep(except, n, fds, count, POLLPRI, POLLPRI);
    if (fds != few)
        free(fds);
    return result;
}

int select(int n, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
    uint64_t deadline = FOREVER;
    int error = timeout ? deadline_in(timeout->tv_sec, (int64_t)timeout->tv_usec * 1000, &deadline) : 0;
    return (int)FILES_CANCEL_POINT(error ? error : select_until(n, in, out, except, deadline, NULL));
}

int pselect(int n, fd_set *in, fd_set *out, fd_set *except, const struct timespec *timeout, const sigset_t *mask)
{
    uint64_t deadline = FOREVER;
    int error = timeout ? deadline_in(timeout->tv_sec, timeout->tv_nsec, &deadline) : 0;
    return (int)FILES_CANCEL_POINT(error ? error : select_until(n, in, out, except, deadline, mask));
}
