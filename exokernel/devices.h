/* SPDX-License-Identifier: MIT
 *
 * devices.h: the published table of devices (struct exo_device, EXO_PUB_DEVICES), and the kernel's drivers, which are
 * matched to it. Filled by CPU 0 at boot; afterwards only the driver names change, under kernel_lock.
 *
 * A driver says DRIVER(name, ids, attach) once, in its own file; nobody lists it anywhere else. Devices that no driver of
 * the kernel takes are for environments, which publish their own name (driver_name).
 */
#ifndef EXOKERNEL_DEVICES_H
#define EXOKERNEL_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "info.h"

enum { DEVICES_MAX = 78, DEVICE_RANGES = 6 }; /* 78: four pages */

/* What a driver is for: a field that is DEVICE_ANY does not matter; platform devices go by name. */
enum { DEVICE_ANY = 0xffff };
struct device_id {
    uint16_t bus; /* EXO_DEV_* */
    uint16_t vendor, device;
    uint32_t class_code, class_mask; /* mask 0: any class */
    const char *name;                /* of a platform device, else NULL */
};

struct driver {
    char name[16];
    const struct device_id *ids; /* ended by an entry of zeroes */
    /* Takes the device: true if it drives it now. Boot, CPU 0. */
    bool (*attach)(struct exo_device *device);
};

#define DRIVER(symbol, driver_name, driver_ids, driver_attach)                                                         \
    static const struct driver symbol __attribute__((section(".drivers"), used, aligned(8))) = {                       \
        .name = driver_name, .ids = driver_ids, .attach = driver_attach}

/* Sets the table: DEVICES_MAX zeroed entries. */
void devices_table(struct exo_device *table);

/* A new entry to be filled in, or NULL if the table is full (said in the log). */
struct exo_device *device_add(uint16_t bus, const char *name);

void device_add_range(struct exo_device *device, uint32_t kind, uint64_t base, uint64_t bytes);

/* Offers every device to the drivers between first and end. */
void devices_match(const struct driver *first, const struct driver *end);

uint32_t device_count(void);

/* Could one of these ports make a device read or write memory? Those of a PCI function may, unless it is a serial or
 * parallel port, which has no bus master. */
bool device_ports_reach_memory(uint32_t first, uint32_t n);

/* Says who drives entry `index`. False: there is no such entry. */
bool device_set_driver(uint32_t index, const char *name);

#endif
