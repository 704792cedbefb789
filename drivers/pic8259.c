/* SPDX-License-Identifier: MIT
 *
 * pic8259.c: the 8259 pair (pic8259.h). Masks are kept here, so changing one is a write and no read.
 */
#include "pic8259.h"

#include "io.h"

enum { COMMAND1 = 0x20, DATA1 = 0x21, COMMAND2 = 0xa0, DATA2 = 0xa1 };
enum { ICW1_INIT_ICW4 = 0x11, ICW4_8086 = 0x01, OCW2_EOI = 0x20, OCW3_READ_ISR = 0x0b };

static uint16_t masked = 0xffff;

static void write_masks(void)
{
    port_write8(DATA1, (uint8_t)masked);
    port_write8(DATA2, (uint8_t)(masked >> 8));
}

void pic_init(uint8_t base)
{
    port_write8(COMMAND1, ICW1_INIT_ICW4);
    port_write8(COMMAND2, ICW1_INIT_ICW4);
    port_write8(DATA1, base);
    port_write8(DATA2, (uint8_t)(base + 8));
    port_write8(DATA1, 1 << PIC_CASCADE);
    port_write8(DATA2, PIC_CASCADE);
    port_write8(DATA1, ICW4_8086);
    port_write8(DATA2, ICW4_8086);
    masked = (uint16_t)~(1u << PIC_CASCADE);
    write_masks();
}

void pic_mask(uint32_t line)
{
    masked |= (uint16_t)(1u << line);
    write_masks();
}

void pic_unmask(uint32_t line)
{
    masked &= (uint16_t)~(1u << line);
    write_masks();
}

bool pic_is_real(uint32_t line)
{
    if (line != 7 && line != 15)
        return true;
    uint16_t command = line == 7 ? COMMAND1 : COMMAND2;
    port_write8(command, OCW3_READ_ISR);
    bool real = port_read8(command) & 0x80;
    if (!real && line == 15)
        port_write8(COMMAND1, OCW2_EOI); /* the first controller saw its cascade line for real */
    return real;
}

void pic_eoi(uint32_t line)
{
    if (line >= 8)
        port_write8(COMMAND2, OCW2_EOI);
    port_write8(COMMAND1, OCW2_EOI);
}
