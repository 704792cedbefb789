// link: drivers/pic8259.c drivers/ioapic.c drivers/pit8254.c
/* SPDX-License-Identifier: MIT
 *
 * test_irq_controllers.c: the 8259 pair, an I/O APIC and the 8254 against fakes that keep what is written to them.
 */
#include "../harness.h"

#include "ioapic.h"
#include "pic8259.h"
#include "pit8254.h"

/* Ports: the last byte written to each, and the answers that a test prepares. */
static uint8_t written[256], answer[256];
static unsigned writes;

uint8_t port_read8(uint16_t port)
{
    return answer[port & 0xff];
}

void port_write8(uint16_t port, uint8_t value)
{
    written[port & 0xff] = value;
    writes++;
}

/* An I/O APIC with 24 inputs: an index register and a window on 64 registers. */
static uint32_t selected, registers[64];

uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    (void)base;
    return offset == 0 ? selected : registers[selected];
}

void mmio_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    (void)base;
    if (offset == 0)
        selected = value & 63;
    else
        registers[selected] = value;
}

void *mmio_map(paddr_t address, size_t bytes);
void *mmio_map(paddr_t address, size_t bytes)
{
    (void)address;
    (void)bytes;
    return registers;
}

enum { MASKED = 1 << 16, LEVEL = 1 << 15, LOW = 1 << 13 };

TEST(pic_masks_all_but_the_cascade)
{
    pic_init(0x30);
    CHECK_EQ(written[0x21], 0xfb);
    CHECK_EQ(written[0xa1], 0xff);
    pic_unmask(4);
    pic_unmask(12);
    CHECK_EQ(written[0x21], 0xeb);
    CHECK_EQ(written[0xa1], 0xef);
    pic_mask(4);
    CHECK_EQ(written[0x21], 0xfb);
}

TEST(pic_knows_spurious_interrupts)
{
    answer[0x20] = answer[0xa0] = 0;
    CHECK(pic_is_real(3));
    CHECK(!pic_is_real(7));
    written[0x20] = 0;
    CHECK(!pic_is_real(15));
    CHECK_EQ(written[0x20], 0x20); /* the first controller did see its cascade line */
    answer[0x20] = answer[0xa0] = 0x80;
    CHECK(pic_is_real(7) && pic_is_real(15));
}

TEST(pic_acknowledges_both_for_the_second)
{
    written[0x20] = written[0xa0] = 0;
    pic_eoi(3);
    CHECK(written[0x20] == 0x20 && written[0xa0] == 0);
    pic_eoi(12);
    CHECK(written[0xa0] == 0x20);
}

TEST(ioapic_routes_and_masks)
{
    registers[1] = 23 << 16 | 0x11;
    CHECK(ioapic_add(0xfec00000, 0));
    for (unsigned line = 0; line < 24; line++)
        CHECK(registers[0x10 + 2 * line] & MASKED);
    CHECK(ioapic_has(23));
    CHECK(!ioapic_has(24));
    ioapic_route(16, 0x40, 3, true, true);
    CHECK_EQ(registers[0x10 + 32], (uint32_t)(MASKED | LEVEL | LOW | 0x40));
    CHECK_EQ(registers[0x11 + 32], 3u << 24);
    ioapic_unmask(16);
    CHECK_EQ(registers[0x10 + 32], (uint32_t)(LEVEL | LOW | 0x40));
    ioapic_mask(16);
    CHECK(registers[0x10 + 32] & MASKED);
    unsigned before = registers[0x10];
    ioapic_unmask(200); /* nobody's line */
    CHECK_EQ(registers[0x10], before);
}

TEST(pit_loads_low_byte_first_and_latches_its_count)
{
    pit_start(0x1234);
    CHECK_EQ(written[0x40], 0x12);
    answer[0x40] = 0x56;
    CHECK_EQ(pit_left(), 0x5656);
    CHECK_EQ(written[0x43] & 0xf0, 0); /* latch command, channel 0 */
}
