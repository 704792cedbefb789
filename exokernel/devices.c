/* SPDX-License-Identifier: MIT
 *
 * devices.c: see devices.h. No hardware is touched here.
 */
#include "devices.h"

#include "format.h"
#include "log.h"

enum { CLASS_SERIAL = 0x0700, CLASS_PARALLEL = 0x0701 };

static struct exo_device *devices;
static uint32_t count;

_Static_assert(DEVICES_MAX * sizeof(struct exo_device) <= 4 * EXO_PAGE_BYTES, "the table has four pages");

static void copy_name(char *to, const char *from, size_t size)
{
    size_t i = 0;
    for (; i + 1 < size && from[i]; i++)
        to[i] = from[i];
    for (; i < size; i++)
        to[i] = 0;
}

static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void devices_table(struct exo_device *table)
{
    devices = table;
    count = 0;
}

struct exo_device *device_add(uint16_t bus, const char *name)
{
    if (count == DEVICES_MAX) {
        log_warn("devices", "no room in the table for %s", name);
        return NULL;
    }
    struct exo_device *device = &devices[count++];
    *device = (struct exo_device){.bus = bus, .irq = ~0u};
    copy_name(device->name, name, sizeof device->name);
    return device;
}

void device_add_range(struct exo_device *device, uint32_t kind, uint64_t base, uint64_t bytes)
{
    for (unsigned i = 0; i < DEVICE_RANGES; i++)
        if (device->range[i].kind == EXO_RANGE_NONE) {
            device->range[i].base = base;
            device->range[i].bytes = bytes;
            device->range[i].kind = kind;
            return;
        }
}

static bool matches(const struct exo_device *device, const struct device_id *id)
{
    if (id->bus != device->bus)
        return false;
    if (id->name)
        return same_text(id->name, device->name);
    return (id->vendor == DEVICE_ANY || id->vendor == device->vendor) &&
           (id->device == DEVICE_ANY || id->device == device->device) &&
           ((device->class_code ^ id->class_code) & id->class_mask) == 0;
}

static bool is_end(const struct device_id *id)
{
    return !id->name && !id->vendor && !id->device && !id->class_mask;
}

static bool driver_takes(const struct driver *driver, struct exo_device *device)
{
    for (const struct device_id *id = driver->ids; !is_end(id); id++)
        if (matches(device, id) && driver->attach(device))
            return true;
    return false;
}

static void log_device(const struct exo_device *device)
{
    char at[16] = "-";
    if (device->bus == EXO_DEV_PCI)
        kformat(at, sizeof at, "%02x:%02x.%u", device->address >> 8 & 0xff, device->address >> 3 & 0x1f, device->address & 7);
    log_info("devices", "%s at=%s id=%04x:%04x class=%06x irq=%d driver=%s", device->name, at, device->vendor,
             device->device, device->class_code, (int)device->irq, device->driver[0] ? device->driver : "none");
}

void devices_match(const struct driver *first, const struct driver *end)
{
    for (uint32_t i = 0; i < count; i++)
        for (const struct driver *driver = first; driver < end && !devices[i].driver[0]; driver++)
            if (driver_takes(driver, &devices[i]))
                copy_name(devices[i].driver, driver->name, sizeof devices[i].driver);
    for (uint32_t i = 0; i < count; i++)
        log_device(&devices[i]);
}

uint32_t device_count(void)
{
    return count;
}

bool device_set_driver(uint32_t index, const char *name)
{
    if (index >= count)
        return false;
    copy_name(devices[index].driver, name, sizeof devices[index].driver);
    return true;
}

bool device_ports_reach_memory(uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = devices[i].class_code >> 8;
        bool harmless = devices[i].bus != EXO_DEV_PCI || kind == CLASS_SERIAL || kind == CLASS_PARALLEL;
        for (unsigned k = 0; !harmless && k < DEVICE_RANGES; k++)
            if (devices[i].range[k].kind == EXO_RANGE_PORTS && first < devices[i].range[k].base + devices[i].range[k].bytes &&
                devices[i].range[k].base < first + n)
                return true;
    }
    return false;
}
