/* SPDX-License-Identifier: MIT
 *
 * virtio.h: a virtio device with one split queue (virtio 1.2 §2.7, §3.1), over PCI or memory-mapped registers. Ring 0: what
 * a queue names is read and written by the device, so only the kernel fills it. kernel_lock held after boot.
 *
 * The device is not believed either: an id that is not under way marks it broken, and lengths are cut to what was asked for.
 */
#ifndef DRIVERS_VIRTIO_H
#define DRIVERS_VIRTIO_H

#include <stdbool.h>

#include "info.h"

enum { VIRTIO_QUEUE_MAX = 64, VIRTIO_QUEUE_BYTES = 2 * EXO_PAGE_BYTES };
#define VIRTIO_VERSION_1 (1ull << 32)

struct virtio;

/* A transport. Queue functions are about queue 0. */
struct virtio_ops {
    uint32_t (*status)(struct virtio *device);
    void (*status_set)(struct virtio *device, uint32_t status);
    uint64_t (*features)(struct virtio *device);
    void (*features_set)(struct virtio *device, uint64_t features);
    uint32_t (*queue_max)(struct virtio *device); /* entries it can have at most; 0: there is none */
    void (*queue_set)(struct virtio *device, uint32_t size, paddr_t descriptors, paddr_t available, paddr_t used);
    void (*notify)(struct virtio *device);
    uint32_t (*interrupts)(struct virtio *device); /* reads and acknowledges */
};

struct virtio_descriptor {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags, next;
};
struct virtio_available {
    uint16_t flags, index, ring[];
};
struct virtio_used {
    uint16_t flags, index;
    struct {
        uint32_t id, bytes;
    } ring[];
};

struct virtio {
    const struct virtio_ops *ops;
    volatile void *registers; /* mmio: all of them; PCI: the common configuration, */
    volatile void *doorbell;  /* where the queue is notified, */
    volatile void *isr;       /* and the interrupt status */
    bool legacy;              /* before virtio 1.0 */
    bool broken;              /* the device did what makes no sense */

    uint16_t size;
    uint16_t seen; /* used entries taken out so far */
    uint64_t busy; /* bit i: descriptor i is the device's */
    volatile struct virtio_descriptor *descriptor;
    volatile struct virtio_available *available;
    volatile struct virtio_used *used;
};

/* Finds the transport of an entry of the device table. False: it is none of ours. */
bool virtio_pci_open(struct virtio *device, const struct exo_device *entry);
bool virtio_mmio_open(struct virtio *device, const struct exo_device *entry);

/* Resets the device, accepts of `features` what it offers, and sets up queue 0 in VIRTIO_QUEUE_BYTES of zeroed, page-aligned
 * memory that lies at physical address `at`. False if it refuses. */
bool virtio_start(struct virtio *device, uint64_t features, void *memory, paddr_t at);

/* Gives the device a buffer to write (bytes > 0), and notifies it. Returns its id, or -1 if the queue is full or broken. */
int virtio_add(struct virtio *device, paddr_t buffer, uint32_t bytes);

/* Takes out one buffer that the device is done with: its id, and how much was written. False: none. */
bool virtio_done(struct virtio *device, uint32_t *id, uint32_t *bytes);

_Static_assert(sizeof(struct virtio_descriptor) == 16, "virtio_descriptor");

#endif
