/* SPDX-License-Identifier: MIT
 *
 * hpet.c: the HPET's main counter (hpet.h).
 */
#include "hpet.h"

#include "io.h"
#include "x86/kpaging.h"

enum { REG_PERIOD = 4, REG_CONFIG = 0x10, REG_COUNTER = 0xf0, CONFIG_ENABLE = 1, REGISTER_BYTES = 0x400 };
enum { PERIOD_MAX_FS = 100000000 };

static volatile void *registers;

bool hpet_init(paddr_t address)
{
    registers = mmio_map(address, REGISTER_BYTES);
    uint32_t period = mmio_read32(registers, REG_PERIOD);
    if (period == 0 || period > PERIOD_MAX_FS)
        return false;
    mmio_write32(registers, REG_CONFIG, mmio_read32(registers, REG_CONFIG) | CONFIG_ENABLE);
    uint32_t before = mmio_read32(registers, REG_COUNTER);
    for (unsigned i = 0; i < 1000; i++)
        if (mmio_read32(registers, REG_COUNTER) != before)
            return true;
    return false;
}

uint32_t hpet_count(void)
{
    return mmio_read32(registers, REG_COUNTER);
}

uint32_t hpet_period_fs(void)
{
    return mmio_read32(registers, REG_PERIOD);
}
