/* SPDX-License-Identifier: MIT
 *
 * ioapic.c: I/O APICs (ioapic.h). Two registers, an index and a data window; callers hold kernel_lock or run at boot.
 */
#include "ioapic.h"

#include <stddef.h>

#include "io.h"
#include "x86/kpaging.h"

enum { IOAPICS_MAX = 8, SELECT = 0, WINDOW = 16, REG_VERSION = 1, REG_ROUTES = 0x10 };
enum { ROUTE_MASKED = 1 << 16, ROUTE_LEVEL = 1 << 15, ROUTE_LOW = 1 << 13 };

static struct ioapic {
    volatile void *registers;
    uint32_t first, lines;
} ioapics[IOAPICS_MAX];
static unsigned count;

static uint32_t read(const struct ioapic *io, uint32_t reg)
{
    mmio_write32(io->registers, SELECT, reg);
    return mmio_read32(io->registers, WINDOW);
}

static void write(const struct ioapic *io, uint32_t reg, uint32_t value)
{
    mmio_write32(io->registers, SELECT, reg);
    mmio_write32(io->registers, WINDOW, value);
}

static const struct ioapic *find(uint32_t line)
{
    for (unsigned i = 0; i < count; i++)
        if (line - ioapics[i].first < ioapics[i].lines)
            return &ioapics[i];
    return NULL;
}

bool ioapic_add(paddr_t registers, uint32_t first_line)
{
    if (count == IOAPICS_MAX)
        return false;
    struct ioapic *io = &ioapics[count++];
    io->registers = mmio_map(registers, 32);
    io->first = first_line;
    io->lines = (read(io, REG_VERSION) >> 16 & 0xff) + 1;
    for (uint32_t i = 0; i < io->lines; i++)
        write(io, REG_ROUTES + 2 * i, ROUTE_MASKED);
    return true;
}

bool ioapic_has(uint32_t line)
{
    return find(line) != NULL;
}

void ioapic_route(uint32_t line, uint8_t vector, uint32_t lapic_id, bool level, bool active_low)
{
    const struct ioapic *io = find(line);
    if (!io)
        return;
    uint32_t reg = REG_ROUTES + 2 * (line - io->first);
    write(io, reg, ROUTE_MASKED);
    write(io, reg + 1, lapic_id << 24);
    write(io, reg, ROUTE_MASKED | vector | (level ? ROUTE_LEVEL : 0) | (active_low ? ROUTE_LOW : 0));
}

static void set_masked(uint32_t line, bool masked)
{
    const struct ioapic *io = find(line);
    if (!io)
        return;
    uint32_t reg = REG_ROUTES + 2 * (line - io->first), low = read(io, reg);
    write(io, reg, masked ? low | ROUTE_MASKED : low & ~(uint32_t)ROUTE_MASKED);
}

void ioapic_mask(uint32_t line)
{
    set_masked(line, true);
}

void ioapic_unmask(uint32_t line)
{
    set_masked(line, false);
}
