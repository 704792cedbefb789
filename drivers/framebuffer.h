/* SPDX-License-Identifier: MIT
 *
 * framebuffer.h: a linear framebuffer of 24 or 32 bits a pixel as a screen of characters. Layer: drivers, ring 3; the
 * frames of the picture mapped, nothing else.
 *
 * The cursor is two lines drawn over its cell; who moves it away draws that cell anew.
 */
#ifndef DRIVERS_FRAMEBUFFER_H
#define DRIVERS_FRAMEBUFFER_H

#include "bitmap_font.h"
#include "display.h"

struct framebuffer_mode {
    unsigned width, height; /* pixels */
    unsigned pitch;         /* bytes from a line to the next */
    unsigned bits;          /* a pixel: 24 or 32 */
    unsigned red_shift, green_shift, blue_shift;
};

struct framebuffer {
    struct display display;
    volatile uint8_t *memory;
    const struct bitmap_font *font;
    unsigned pitch, pixel_bytes;
    uint32_t palette[16];
};

/* Takes over the picture and makes it black. Returns false if the mode is one that this driver does not know, or too
 * small for a character. The screen is at most max_rows x max_columns characters. */
bool framebuffer_init(struct framebuffer *fb, const struct framebuffer_mode *mode, volatile uint8_t *memory,
                      const struct bitmap_font *font, unsigned max_rows, unsigned max_columns);

#endif
