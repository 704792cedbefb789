/* SPDX-License-Identifier: MIT
 *
 * virtio.c: see virtio.h. The queue is laid out as devices before 1.0 want it: descriptors, at once the available ring, and
 * the used ring at the next page (virtio 1.2 §2.7.2).
 */
#include "virtio.h"

enum { STATUS_ACKNOWLEDGE = 1, STATUS_DRIVER = 2, STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8, STATUS_FAILED = 128 };
enum { DESCRIPTOR_WRITE = 2 };
enum { RESET_TRIES = 1000 };

static bool reset(struct virtio *device)
{
    device->ops->status_set(device, 0);
    for (unsigned i = 0; i < RESET_TRIES; i++)
        if (device->ops->status(device) == 0)
            return true;
    return false;
}

static bool negotiate(struct virtio *device, uint64_t wanted)
{
    uint64_t offered = device->ops->features(device);
    if (device->legacy) {
        device->ops->features_set(device, offered & wanted & 0xffffffff);
        return true;
    }
    if (!(offered & VIRTIO_VERSION_1))
        return false;
    device->ops->features_set(device, (offered & wanted) | VIRTIO_VERSION_1);
    device->ops->status_set(device, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
    return device->ops->status(device) & STATUS_FEATURES_OK;
}

static bool queue_start(struct virtio *device, char *memory, paddr_t at)
{
    uint32_t size = device->ops->queue_max(device);
    if (size == 0 || size & (size - 1))
        return false;
    if (size > VIRTIO_QUEUE_MAX)
        size = VIRTIO_QUEUE_MAX;
    uint64_t available = size * sizeof(struct virtio_descriptor);
    device->size = (uint16_t)size;
    device->seen = 0;
    device->busy = 0;
    device->descriptor = (volatile struct virtio_descriptor *)memory;
    device->available = (volatile struct virtio_available *)(memory + available);
    device->used = (volatile struct virtio_used *)(memory + EXO_PAGE_BYTES);
    device->ops->queue_set(device, size, at, at + available, at + EXO_PAGE_BYTES);
    return true;
}

bool virtio_start(struct virtio *device, uint64_t features, void *memory, paddr_t at)
{
    if (!reset(device))
        return false;
    device->ops->status_set(device, STATUS_ACKNOWLEDGE);
    device->ops->status_set(device, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    if (!negotiate(device, features) || !queue_start(device, memory, at)) {
        device->ops->status_set(device, STATUS_FAILED);
        return false;
    }
    device->ops->status_set(device, device->ops->status(device) | STATUS_DRIVER_OK);
    return true;
}

int virtio_add(struct virtio *device, paddr_t buffer, uint32_t bytes)
{
    uint64_t all = device->size == 64 ? ~0ull : (1ull << device->size) - 1;
    uint64_t unused = ~device->busy & all;
    if (device->broken || !unused)
        return -1;
    unsigned id = (unsigned)__builtin_ctzll(unused);
    device->busy |= 1ull << id;
    device->descriptor[id].address = buffer;
    device->descriptor[id].bytes = bytes;
    device->descriptor[id].flags = DESCRIPTOR_WRITE;
    uint16_t index = device->available->index;
    device->available->ring[index % device->size] = (uint16_t)id;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    device->available->index = (uint16_t)(index + 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    device->ops->notify(device);
    return (int)id;
}

bool virtio_done(struct virtio *device, uint32_t *id, uint32_t *bytes)
{
    if (device->broken || device->used->index == device->seen)
        return false;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    unsigned at = device->seen % device->size;
    *id = device->used->ring[at].id;
    *bytes = device->used->ring[at].bytes;
    if (*id >= device->size || !(device->busy >> *id & 1)) {
        device->broken = true;
        return false;
    }
    if (*bytes > device->descriptor[*id].bytes)
        *bytes = device->descriptor[*id].bytes;
    device->busy &= ~(1ull << *id);
    device->seen++;
    return true;
}
