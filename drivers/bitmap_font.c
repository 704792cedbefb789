/* SPDX-License-Identifier: MIT
 *
 * bitmap_font.c: see bitmap_font.h. Ring 3; pure.
 */
#include "bitmap_font.h"

const uint8_t *bitmap_font_glyph(const struct bitmap_font *font, uint32_t unicode)
{
    unsigned low = 0, high = font->places;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (font->place[middle].unicode < unicode)
            low = middle + 1;
        else
            high = middle;
    }
    unsigned glyph = font->unknown;
    if (low < font->places && font->place[low].unicode == unicode)
        glyph = font->place[low].glyph;
    return font->bits + glyph * font->height;
}
