/* SPDX-License-Identifier: MIT
 *
 * entropy.c: see entropy.h. The device is found at boot; the first one is used.
 */
#include "entropy.h"

#include "devices.h"
#include "exo_calls.h"
#include "frame.h"
#include "irq.h"
#include "log.h"
#include "memory.h"
#include "pci_names.h"
#include "phys.h"
#include "quota.h"
#include "virtio.h"
#include "wait.h"

enum { PCI_TRANSITIONAL = 0x1005, PCI_MODERN = 0x1044, KIND_ENTROPY = 4 };

static struct virtio rng;
static bool there;
static struct transfer {
    frame_t frame;
    uint32_t status; /* offset of the result */
    uint16_t quota;
} transfers[TRANSFERS_MAX]; /* by the device's id */

_Static_assert((int)TRANSFERS_MAX >= (int)VIRTIO_QUEUE_MAX, "ids are below VIRTIO_QUEUE_MAX");

/* The result, or the mark of a device that wrote nothing, goes where the caller looks; then whoever waits there is woken. */
static void finish(const struct transfer *transfer, uint32_t bytes)
{
    char *page = frame_address(transfer->frame);
    __atomic_store_n((uint32_t *)(page + transfer->status), bytes ? bytes : EXO_RANDOM_FAILED, __ATOMIC_RELEASE);
    wait_doorbell(frame_paddr(transfer->frame) + transfer->status);
    frame_unpin(transfer->frame);
    quota_uncharge(transfer->quota, EXO_QUOTA_TRANSFERS, 1);
}

static void collect(void)
{
    uint32_t id, bytes;
    while (virtio_done(&rng, &id, &bytes))
        finish(&transfers[id], bytes);
}

static void interrupt(void)
{
    rng.ops->interrupts(&rng);
    collect();
}

int entropy_fill(uint16_t quota, frame_t frame, uint32_t offset, uint32_t bytes, uint32_t status)
{
    if (!there)
        return -EXO_E_NODEV;
    int error = quota_charge(quota, EXO_QUOTA_TRANSFERS, 1);
    if (error)
        return error;
    int id = virtio_add(&rng, frame_paddr(frame) + offset, bytes);
    if (id < 0) {
        quota_uncharge(quota, EXO_QUOTA_TRANSFERS, 1);
        return -EXO_E_LIMIT;
    }
    transfers[id] = (struct transfer){.frame = frame, .status = status, .quota = quota};
    frame_pin(frame);
    return 0;
}

static bool attach(struct exo_device *device)
{
    if (there || !(virtio_pci_open(&rng, device) || virtio_mmio_open(&rng, device)))
        return false;
    paddr_t queue = phys_early_alloc(VIRTIO_QUEUE_BYTES / EXO_PAGE_BYTES);
    if (!virtio_start(&rng, 0, frame_address((frame_t)(queue >> EXO_PAGE_BITS)), queue) ||
        !irq_claim(device->irq, interrupt)) {
        log_warn("entropy", "virtio-rng cannot be used irq=%d", (int)device->irq);
        return false;
    }
    return there = true;
}

static const struct device_id ids[] = {
    {.bus = EXO_DEV_PCI, .vendor = VIRTIO_VENDOR, .device = PCI_TRANSITIONAL},
    {.bus = EXO_DEV_PCI, .vendor = VIRTIO_VENDOR, .device = PCI_MODERN},
    {.bus = EXO_DEV_VIRTIO_MMIO, .vendor = VIRTIO_VENDOR, .device = KIND_ENTROPY},
    {0}};
DRIVER(entropy_driver, "virtio-rng", ids, attach);
