/* SPDX-License-Identifier: MIT
 *
 * console_font.c: the font of the framebuffer console: the data that mkfont.py made. Ring 3.
 */
#include "bitmap_font.h"
#include "font.h"

const struct bitmap_font bitmap_font_console = {
    .height = FONT_HEIGHT,
    .bits = font_bits,
    .place = font_place,
    .places = sizeof font_place / sizeof *font_place,
    .unknown = FONT_UNKNOWN,
};
