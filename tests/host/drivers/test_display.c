// link: drivers/vga_text.c drivers/cp437.c drivers/framebuffer.c drivers/bitmap_font.c
/* SPDX-License-Identifier: MIT
 *
 * test_display.c: text screen and framebuffer against memory: which bytes a cell becomes.
 */
#include "../harness.h"

#include <stdint.h>
#include <stdlib.h>

#include "drivers/cp437.h"
#include "drivers/framebuffer.h"
#include "drivers/vga_text.h"

/* ---- VGA ---- */

struct fake {
    uint8_t index, crtc[32], attribute[32], attribute_index;
    bool attribute_data;
};
static struct fake fake;

static uint8_t fake_read(const struct port_io *io, uint16_t port)
{
    (void)io;
    switch (port) {
    case 0x3c1: return fake.attribute[fake.attribute_index & 31];
    case 0x3d5: return fake.crtc[fake.index & 31];
    case 0x3da: fake.attribute_data = false; return 0;
    default: CHECK(!"port"); return 0;
    }
}

static void fake_write(const struct port_io *io, uint16_t port, uint8_t value)
{
    (void)io;
    if (port == 0x3c0) {
        if (fake.attribute_data)
            fake.attribute[fake.attribute_index & 31] = value;
        else
            fake.attribute_index = value;
        fake.attribute_data = !fake.attribute_data;
    } else if (port == 0x3d4) {
        fake.index = value;
    } else if (CHECK_EQ(port, 0x3d5)) {
        fake.crtc[fake.index & 31] = value;
    }
}

static const struct port_io io = { fake_read, fake_write, NULL };

TEST(vga_text)
{
    static uint16_t memory[VGA_TEXT_ROWS * VGA_TEXT_COLUMNS];
    struct vga_text vga;
    fake = (struct fake){ .attribute[0x10] = 0x0c, .crtc[0x0a] = 0x0e };
    vga_text_init(&vga, &io, memory);
    CHECK_EQ(fake.attribute[0x10], 0x04);
    CHECK_EQ(fake.attribute_index & 0x20, 0x20); /* the picture stays on */
    CHECK_EQ(vga.display.rows, 25);
    CHECK_EQ(vga.display.columns, 80);
    struct display_cell cells[3] = { { .unicode = 'A', .foreground = 1, .background = 4 },
                                     { .unicode = 0x2500, .foreground = 11 },
                                     { .unicode = 0x1f600, .foreground = 15, .background = 15 } };
    vga.display.ops->draw(&vga.display, 24, 77, cells, 3);
    CHECK_EQ(memory[24 * 80 + 77], 0x1441); /* red on blue: the card has them the other way round */
    CHECK_EQ(memory[24 * 80 + 78], 0x0ec4);
    CHECK_EQ(memory[24 * 80 + 79], 0xfffe);
    vga.display.ops->cursor(&vga.display, 10, 5, true);
    CHECK_EQ(fake.crtc[0x0e] << 8 | fake.crtc[0x0f], 805);
    CHECK_EQ(fake.crtc[0x0a], 0x0e);
    vga.display.ops->cursor(&vga.display, 10, 5, false);
    CHECK_EQ(fake.crtc[0x0a], 0x2e);
}

TEST(cp437)
{
    CHECK_EQ(cp437_from_unicode('~'), '~');
    CHECK_EQ(cp437_from_unicode(0), ' ');
    CHECK_EQ(cp437_from_unicode(0xe4), 0x84);
    CHECK_EQ(cp437_from_unicode(0xdf), 0xe1);
    CHECK_EQ(cp437_from_unicode(0x20ac), 0xfe);
    CHECK_EQ(cp437_from_unicode(0x250c), 0xda);
    CHECK_EQ(cp437_from_unicode(0x256c), 0xce);
    CHECK_EQ(cp437_from_unicode(0x263a), 1);
    CHECK_EQ(cp437_from_unicode(0xc3), 'A');
    CHECK_EQ(cp437_from_unicode(0x2019), '\'');
    for (unsigned c = 0xa0; c < 0x100; c++)
        CHECK(cp437_from_unicode(c) != 0xfe || c < 0xc0);
    for (unsigned c = 0x2550; c <= 0x256c; c++)
        CHECK(cp437_from_unicode(c) >= 0xb3);
}

/* ---- Framebuffer ---- */

static const struct font_place places[] = { { ' ', 0 }, { 'A', 1 }, { 0x2500, 2 } };
static const uint8_t bits[4 * 4] = { 0, 0, 0, 0, 0x81, 0x42, 0x24, 0x18, 0, 0xff, 0, 0, 0xff, 0x81, 0x81, 0xff };
static const struct bitmap_font font = { 4, bits, places, 3, 3 };

static const struct framebuffer_mode mode32 = { 33, 13, 200, 32, 16, 8, 0 };

static uint32_t pixel32(const uint8_t *memory, unsigned x, unsigned y)
{
    uint32_t value;
    memcpy(&value, memory + y * 200 + x * 4, 4);
    return value;
}

TEST(font)
{
    CHECK(bitmap_font_glyph(&font, ' ') == bits);
    CHECK(bitmap_font_glyph(&font, 'A') == bits + 4);
    CHECK(bitmap_font_glyph(&font, 0x2500) == bits + 8);
    CHECK(bitmap_font_glyph(&font, 'B') == bits + 12);
    CHECK(bitmap_font_glyph(&font, 0x10ffff) == bits + 12);
    CHECK(bitmap_font_glyph(&font, 1) == bits + 12);
}

TEST(framebuffer_32)
{
    size_t bytes = 12 * 200 + 33 * 4; /* the last line need not have its padding */
    uint8_t *memory = malloc(bytes);
    memset(memory, 0xee, bytes);
    struct framebuffer fb;
    CHECK(framebuffer_init(&fb, &mode32, memory, &font, 100, 100));
    CHECK_EQ(fb.display.rows, 3);
    CHECK_EQ(fb.display.columns, 4);
    CHECK_EQ(pixel32(memory, 32, 12), 0);
    CHECK_EQ(memory[33 * 4], 0xee); /* beyond the line: not ours */
    struct display_cell cells[2] = { { .unicode = 'A', .foreground = 1, .background = 4 },
                                     { .unicode = 'Z', .foreground = 15, .flags = DISPLAY_UNDERLINE } };
    fb.display.ops->draw(&fb.display, 2, 2, cells, 2);
    CHECK_EQ(pixel32(memory, 16, 8), 0xaa0000);
    CHECK_EQ(pixel32(memory, 17, 8), 0x0000aa);
    CHECK_EQ(pixel32(memory, 23, 8), 0xaa0000);
    CHECK_EQ(pixel32(memory, 19, 11), 0xaa0000);
    CHECK_EQ(pixel32(memory, 24, 9), 0xffffff);
    CHECK_EQ(pixel32(memory, 26, 9), 0);
    CHECK_EQ(pixel32(memory, 26, 11), 0xffffff);
    CHECK_EQ(pixel32(memory, 15, 8), 0);
    fb.display.ops->cursor(&fb.display, 0, 0, false);
    CHECK_EQ(pixel32(memory, 0, 3), 0);
    fb.display.ops->cursor(&fb.display, 0, 0, true);
    CHECK_EQ(pixel32(memory, 0, 3), 0xaaaaaa);
    CHECK_EQ(pixel32(memory, 7, 2), 0xaaaaaa);
    CHECK_EQ(pixel32(memory, 7, 1), 0);
    free(memory);
}

TEST(framebuffer_24)
{
    struct framebuffer_mode mode = { 8, 4, 24, 24, 0, 8, 16 };
    uint8_t *memory = malloc(4 * 24);
    struct framebuffer fb;
    CHECK(framebuffer_init(&fb, &mode, memory, &font, 100, 100));
    struct display_cell cell = { .unicode = 0x2500, .foreground = 9 };
    fb.display.ops->draw(&fb.display, 0, 0, &cell, 1);
    CHECK_EQ(memory[24], 0xff);
    CHECK_EQ(memory[25], 0x55);
    CHECK_EQ(memory[26], 0x55);
    CHECK_EQ(memory[0], 0);
    free(memory);
}

TEST(modes_that_are_refused)
{
    uint8_t memory[4] = { 0 };
    struct framebuffer fb;
    struct framebuffer_mode bad[] = { { 640, 480, 1280, 16, 0, 0, 0 }, { 7, 480, 2560, 32, 0, 0, 0 },
                                      { 640, 3, 2560, 32, 0, 0, 0 }, { 640, 480, 2556, 32, 0, 0, 0 } };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!framebuffer_init(&fb, &bad[i], memory, &font, 100, 100));
}

TEST(size_is_limited)
{
    uint8_t *memory = calloc(13, 200);
    struct framebuffer fb;
    CHECK(framebuffer_init(&fb, &mode32, memory, &font, 2, 3));
    CHECK_EQ(fb.display.rows, 2);
    CHECK_EQ(fb.display.columns, 3);
    free(memory);
}
