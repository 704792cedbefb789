/* SPDX-License-Identifier: MIT
 *
 * random.h: random numbers of the machine, for /dev/random and getentropy. Layer: libos/dev.
 *
 * From RDRAND, or where the processor has none from the machine's entropy device (virtio-rng). Without either there are
 * none: never weak ones. Source: Intel SDM vol 1 §7.3.17: after ten tries something is wrong with it.
 */
#ifndef LIBOS_DEV_RANDOM_H
#define LIBOS_DEV_RANDOM_H

#include <stddef.h>

/* Fills n bytes. Returns 0, -ENODEV without a source, or -EIO when it fails or does not answer for five seconds. May sleep. */
int random_bytes(void *to, size_t n);

#endif
