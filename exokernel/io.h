/* SPDX-License-Identifier: MIT
 *
 * io.h: typed access to ports and device registers, for the kernel's drivers. In the kernel each is one instruction; a
 * host test has no such instructions and supplies functions of the same names that play the device.
 */
#ifndef EXOKERNEL_IO_H
#define EXOKERNEL_IO_H

#include <stdint.h>

#if __STDC_HOSTED__

uint8_t port_read8(uint16_t port);
uint16_t port_read16(uint16_t port);
uint32_t port_read32(uint16_t port);
void port_write8(uint16_t port, uint8_t value);
void port_write16(uint16_t port, uint16_t value);
void port_write32(uint16_t port, uint32_t value);
uint8_t mmio_read8(const volatile void *base, uint32_t offset);
uint16_t mmio_read16(const volatile void *base, uint32_t offset);
void mmio_write8(volatile void *base, uint32_t offset, uint8_t value);
void mmio_write16(volatile void *base, uint32_t offset, uint16_t value);
uint32_t mmio_read32(const volatile void *base, uint32_t offset);
uint64_t mmio_read64(const volatile void *base, uint32_t offset);
void mmio_write32(volatile void *base, uint32_t offset, uint32_t value);
void mmio_write64(volatile void *base, uint32_t offset, uint64_t value);

#else

#include "x86/instr.h"

static inline uint8_t port_read8(uint16_t port)
{
    return in8(port);
}

static inline uint16_t port_read16(uint16_t port)
{
    return in16(port);
}

static inline uint32_t port_read32(uint16_t port)
{
    return in32(port);
}

static inline void port_write8(uint16_t port, uint8_t value)
{
    out8(port, value);
}

static inline void port_write16(uint16_t port, uint16_t value)
{
    out16(port, value);
}

static inline void port_write32(uint16_t port, uint32_t value)
{
    out32(port, value);
}

/* `offset` in bytes, aligned to the width. */
static inline uint8_t mmio_read8(const volatile void *base, uint32_t offset)
{
    return *((const volatile uint8_t *)base + offset);
}

static inline uint16_t mmio_read16(const volatile void *base, uint32_t offset)
{
    return *(const volatile uint16_t *)((const volatile char *)base + offset);
}

static inline void mmio_write8(volatile void *base, uint32_t offset, uint8_t value)
{
    *((volatile uint8_t *)base + offset) = value;
}

static inline void mmio_write16(volatile void *base, uint32_t offset, uint16_t value)
{
    *(volatile uint16_t *)((volatile char *)base + offset) = value;
}

static inline uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    return *(const volatile uint32_t *)((const volatile char *)base + offset);
}

static inline uint64_t mmio_read64(const volatile void *base, uint32_t offset)
{
    return *(const volatile uint64_t *)((const volatile char *)base + offset);
}

static inline void mmio_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)((volatile char *)base + offset) = value;
}

static inline void mmio_write64(volatile void *base, uint32_t offset, uint64_t value)
{
    *(volatile uint64_t *)((volatile char *)base + offset) = value;
}

#endif
#endif
