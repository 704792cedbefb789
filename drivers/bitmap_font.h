/* SPDX-License-Identifier: MIT
 *
 * bitmap_font.h: glyphs for screens that have none. Layer: drivers, ring 3. The data are made at build time by mkfont.py
 * from a console font of the distribution, into build/gen/font.h.
 */
#ifndef DRIVERS_BITMAP_FONT_H
#define DRIVERS_BITMAP_FONT_H

#include <stdint.h>

struct font_place {
    uint16_t unicode;
    uint16_t glyph;
};

struct bitmap_font {
    unsigned height;                /* rows of a glyph; all are 8 pixels wide, a byte a row, leftmost pixel in bit 7 */
    const uint8_t *bits;            /* glyphs x height bytes */
    const struct font_place *place; /* sorted by unicode */
    unsigned places;
    unsigned unknown; /* glyph for characters that the font has not */
};

extern const struct bitmap_font bitmap_font_console;

/* The rows of a character's glyph. */
const uint8_t *bitmap_font_glyph(const struct bitmap_font *font, uint32_t unicode);

#endif
