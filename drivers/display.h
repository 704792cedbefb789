/* SPDX-License-Identifier: MIT
 *
 * display.h: what a screen of character cells can do: the interface of vga_text.c and framebuffer.c.
 *
 * Layer: drivers, ring 3. A display has no memory of what it shows and reads none back: screens are write-only for speed.
 * Colours are ANSI's: bit 0 red, 1 green, 2 blue, 3 bright.
 */
#ifndef DRIVERS_DISPLAY_H
#define DRIVERS_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct display_cell {
    uint32_t unicode;
    uint8_t foreground, background; /* 0 to 15 */
    uint8_t flags;                  /* DISPLAY_* */
    uint8_t reserved;
};
enum { DISPLAY_UNDERLINE = 1 };

struct display;
struct display_ops {
    /* Shows n cells from (row, column) on; they are inside the screen. */
    void (*draw)(struct display *display, unsigned row, unsigned column, const struct display_cell *cells, unsigned n);
    /* Shows the cursor over a cell, or takes it away. */
    void (*cursor)(struct display *display, unsigned row, unsigned column, bool visible);
};

struct display {
    const struct display_ops *ops;
    unsigned rows, columns;
};

_Static_assert(sizeof(struct display_cell) == 8, "display_cell");

#endif
