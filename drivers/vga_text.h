/* SPDX-License-Identifier: MIT
 *
 * vga_text.h: the 80 x 25 colour text screen of a VGA card. Layer: drivers, ring 3; ports 0x3c0-0x3df, one frame of
 * text memory.
 *
 * Characters are shown in the card's own font, code page 437; one that it has not is shown as its nearest, or as a box.
 * Sources: FreeVGA, "Text Mode Operation"; IBM VGA Technical Reference.
 */
#ifndef DRIVERS_VGA_TEXT_H
#define DRIVERS_VGA_TEXT_H

#include "display.h"
#include "port_io.h"

enum { VGA_TEXT_ROWS = 25, VGA_TEXT_COLUMNS = 80 };

struct vga_text {
    struct display display;
    const struct port_io *io;
    volatile uint16_t *memory; /* VGA_TEXT_ROWS x VGA_TEXT_COLUMNS: attribute in the high byte */
};

/* Takes over the screen: 16 background colours instead of blinking. Draws nothing. */
void vga_text_init(struct vga_text *vga, const struct port_io *io, volatile uint16_t *memory);

#endif
