/* SPDX-License-Identifier: MIT
 *
 * vga_text.c: see vga_text.h. Ring 3.
 */
#include "vga_text.h"

#include "cp437.h"

enum { ATTRIBUTE_PORT = 0x3c0, ATTRIBUTE_READ = 0x3c1, CRTC_INDEX = 0x3d4, CRTC_DATA = 0x3d5, STATUS_PORT = 0x3da };
enum { ATTRIBUTE_MODE = 0x10, ATTRIBUTE_VIDEO_ON = 0x20, MODE_BLINK = 0x08 };
enum { CRTC_CURSOR_START = 0x0a, CRTC_CURSOR_HIGH = 0x0e, CRTC_CURSOR_LOW = 0x0f, CURSOR_OFF = 0x20 };

/* The card counts blue as bit 0 and red as bit 2. */
static uint8_t card_colour(uint8_t colour)
{
    return (uint8_t)((colour & 0x0a) | (colour & 1) << 2 | (colour & 4) >> 2);
}

static void crtc_write(const struct vga_text *vga, uint8_t reg, uint8_t value)
{
    port_write(vga->io, CRTC_INDEX, reg);
    port_write(vga->io, CRTC_DATA, value);
}

static uint8_t crtc_read(const struct vga_text *vga, uint8_t reg)
{
    port_write(vga->io, CRTC_INDEX, reg);
    return port_read(vga->io, CRTC_DATA);
}

static void vga_draw(struct display *display, unsigned row, unsigned column, const struct display_cell *cells, unsigned n)
{
    struct vga_text *vga = (struct vga_text *)display;
    volatile uint16_t *at = vga->memory + row * VGA_TEXT_COLUMNS + column;
    for (unsigned i = 0; i < n; i++) {
        unsigned attribute = card_colour(cells[i].background) << 4 | card_colour(cells[i].foreground);
        at[i] = (uint16_t)(attribute << 8 | cp437_from_unicode(cells[i].unicode));
    }
}

static void vga_cursor(struct display *display, unsigned row, unsigned column, bool visible)
{
    struct vga_text *vga = (struct vga_text *)display;
    unsigned place = row * VGA_TEXT_COLUMNS + column;
    crtc_write(vga, CRTC_CURSOR_HIGH, (uint8_t)(place >> 8));
    crtc_write(vga, CRTC_CURSOR_LOW, (uint8_t)place);
    uint8_t start = crtc_read(vga, CRTC_CURSOR_START) & (uint8_t)~CURSOR_OFF;
    crtc_write(vga, CRTC_CURSOR_START, visible ? start : start | CURSOR_OFF);
}

static const struct display_ops vga_ops = { vga_draw, vga_cursor };

void vga_text_init(struct vga_text *vga, const struct port_io *io, volatile uint16_t *memory)
{
    vga->display = (struct display){ &vga_ops, VGA_TEXT_ROWS, VGA_TEXT_COLUMNS };
    vga->io = io;
    vga->memory = memory;
    port_read(io, STATUS_PORT); /* the next write to the attribute port is an index */
    port_write(io, ATTRIBUTE_PORT, ATTRIBUTE_MODE | ATTRIBUTE_VIDEO_ON);
    uint8_t mode = port_read(io, ATTRIBUTE_READ);
    port_write(io, ATTRIBUTE_PORT, mode & (uint8_t)~MODE_BLINK);
}
