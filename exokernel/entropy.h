/* SPDX-License-Identifier: MIT
 *
 * entropy.h: multiplexes the entropy device (virtio-rng): it writes random bytes into frames of the caller's own, which are
 * pinned as long as it may. kernel_lock held after boot.
 *
 *   random_fill -> checked, charged, pinned -> the device writes -> interrupt -> result stored in the frame, doorbell rung,
 *   unpinned, charge given back
 *
 * What happens meanwhile to the caller or the frame changes nothing of that: a frame that is freed, taken or whose owner
 * ends is dying until the device is done with it.
 */
#ifndef EXOKERNEL_ENTROPY_H
#define EXOKERNEL_ENTROPY_H

#include "types.h"

enum { TRANSFERS_MAX = 64 }; /* as many as a queue has (virtio.h) */

/* Begins a transfer, charged to the quota entry: bytes at an offset of a frame, result at the offset status of the same.
 * 0, -EXO_E_NODEV, -EXO_E_QUOTA, -EXO_E_LIMIT (the device has enough to do). */
int entropy_fill(uint16_t quota, frame_t frame, uint32_t offset, uint32_t bytes, uint32_t status);

#endif
