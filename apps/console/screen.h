/* SPDX-License-Identifier: MIT
 *
 * screen.h: brings a display up to date with the emulator's cells, drawing only what changed. Layer: apps/console; pure
 * but for the display it draws on.
 */
#ifndef CONSOLE_SCREEN_H
#define CONSOLE_SCREEN_H

#include "drivers/display.h"
#include "vt.h"

struct screen {
    struct display *display;
    struct display_cell *shown; /* what the display shows: rows x columns */
    unsigned cursor_row, cursor_column;
    bool cursor_visible;
};

/* `shown` are rows x columns cells of the caller's. Everything is drawn at the first screen_refresh. */
void screen_init(struct screen *screen, struct display *display, struct display_cell *shown);

/* Draws the rows of vt that are marked, and the cursor. Returns how many cells were drawn. */
unsigned screen_refresh(struct screen *screen, struct vt *vt);

#endif
