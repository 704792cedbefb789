/* SPDX-License-Identifier: MIT
 *
 * framebuffer.c: see framebuffer.h. Ring 3.
 */
#include "framebuffer.h"

enum { GLYPH_WIDTH = 8, CURSOR_LINES = 2 };

/* The 16 colours of a PC's text screen, as 0xRRGGBB in ANSI's order. */
static const uint32_t colours[16] = {
    0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
    0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
};

static void put_pixel(const struct framebuffer *fb, volatile uint8_t *at, uint32_t value)
{
    if (fb->pixel_bytes == 4) {
        *(volatile uint32_t *)at = value;
        return;
    }
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
}

static volatile uint8_t *cell_address(const struct framebuffer *fb, unsigned row, unsigned column)
{
    return fb->memory + (size_t)row * fb->font->height * fb->pitch + (size_t)column * GLYPH_WIDTH * fb->pixel_bytes;
}

static void draw_line(const struct framebuffer *fb, volatile uint8_t *at, uint8_t bits, uint32_t on, uint32_t off)
{
    for (unsigned x = 0; x < GLYPH_WIDTH; x++, at += fb->pixel_bytes)
        put_pixel(fb, at, bits & (0x80 >> x) ? on : off);
}

static void draw_cell(const struct framebuffer *fb, volatile uint8_t *at, const struct display_cell *cell)
{
    const uint8_t *glyph = bitmap_font_glyph(fb->font, cell->unicode ? cell->unicode : ' ');
    uint32_t on = fb->palette[cell->foreground & 15], off = fb->palette[cell->background & 15];
    for (unsigned y = 0; y < fb->font->height; y++, at += fb->pitch) {
        bool underline = (cell->flags & DISPLAY_UNDERLINE) && y == fb->font->height - 1;
        draw_line(fb, at, underline ? 0xff : glyph[y], on, off);
    }
}

static void framebuffer_draw(struct display *display, unsigned row, unsigned column, const struct display_cell *cells,
                             unsigned n)
{
    const struct framebuffer *fb = (const struct framebuffer *)display;
    for (unsigned i = 0; i < n; i++)
        draw_cell(fb, cell_address(fb, row, column + i), &cells[i]);
}

static void framebuffer_cursor(struct display *display, unsigned row, unsigned column, bool visible)
{
    const struct framebuffer *fb = (const struct framebuffer *)display;
    if (!visible)
        return;
    volatile uint8_t *at = cell_address(fb, row, column) + (size_t)(fb->font->height - CURSOR_LINES) * fb->pitch;
    for (unsigned y = 0; y < CURSOR_LINES; y++, at += fb->pitch)
        draw_line(fb, at, 0xff, fb->palette[7], 0);
}

static const struct display_ops framebuffer_ops = { framebuffer_draw, framebuffer_cursor };

static void clear(const struct framebuffer *fb, const struct framebuffer_mode *mode)
{
    for (unsigned y = 0; y < mode->height; y++)
        for (unsigned x = 0; x < mode->width; x++)
            put_pixel(fb, fb->memory + (size_t)y * fb->pitch + (size_t)x * fb->pixel_bytes, 0);
}

static unsigned smaller(unsigned a, unsigned b) { return a < b ? a : b; }

bool framebuffer_init(struct framebuffer *fb, const struct framebuffer_mode *mode, volatile uint8_t *memory,
                      const struct bitmap_font *font, unsigned max_rows, unsigned max_columns)
{
    if (mode->bits != 32 && mode->bits != 24)
        return false;
    if (mode->width < GLYPH_WIDTH || mode->height < font->height || font->height < CURSOR_LINES)
        return false;
    if (mode->pitch / (mode->bits / 8) < mode->width)
        return false;
    *fb = (struct framebuffer){ .memory = memory, .font = font, .pitch = mode->pitch, .pixel_bytes = mode->bits / 8 };
    fb->display = (struct display){ &framebuffer_ops, smaller(mode->height / font->height, max_rows),
                                    smaller(mode->width / GLYPH_WIDTH, max_columns) };
    for (unsigned i = 0; i < 16; i++)
        fb->palette[i] = (colours[i] >> 16 & 0xff) << (mode->red_shift & 31) |
                         (colours[i] >> 8 & 0xff) << (mode->green_shift & 31) |
                         (colours[i] & 0xff) << (mode->blue_shift & 31);
    clear(fb, mode);
    return true;
}
