/* SPDX-License-Identifier: MIT
 *
 * random.h: random numbers of the machine, for /dev/random and getentropy. Layer: libos/dev.
 *
 * From RDRAND. Without it there are none: never weak ones. Source: Intel SDM vol 1 §7.3.17: after ten tries something is
 * wrong with it.
 */
#ifndef LIBOS_DEV_RANDOM_H
#define LIBOS_DEV_RANDOM_H

#include <stddef.h>

/* Fills n bytes. Returns 0, -ENODEV without a source, or -EIO when it fails. */
int random_bytes(void *to, size_t n);

#endif
