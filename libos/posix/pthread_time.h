/* SPDX-License-Identifier: MIT
 *
 * pthread_time.h: the time limits of <pthread.h> and <semaphore.h> as deadlines of libos/sync. Layer: libos/posix.
 */
#ifndef LIBOS_PTHREAD_TIME_H
#define LIBOS_PTHREAD_TIME_H

#include <errno.h>
#include <time.h>

#include "exo/exo.h"

/* The CPU-time clock of the thread with the id in the lower 32 bits. */
#define CLOCK_OF_THREAD (1ul << 63)

/* Turns an absolute time of a clock (CLOCK_REALTIME, CLOCK_MONOTONIC) into one of exo_clock_ns. Returns 0 or EINVAL. A
 * change of the real-time clock during the wait does not move the deadline. */
static inline int pthread_deadline(clockid_t clock, const struct timespec *time, uint64_t *deadline_ns)
{
    const uint64_t second = 1000000000u;
    if (time->tv_nsec < 0 || time->tv_nsec >= (long)second || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return EINVAL;
    uint64_t now = exo_clock_ns(), ahead = clock == CLOCK_REALTIME ? exo_unix_ns() - now : 0;
    uint64_t at = time->tv_sec < 0 ? 0 : (uint64_t)time->tv_sec >= (EXO_FOREVER - 1) / second ? EXO_FOREVER - 1
                                       : (uint64_t)time->tv_sec * second + (uint64_t)time->tv_nsec;
    *deadline_ns = at > ahead ? at - ahead : 0;
    return 0;
}

#endif
