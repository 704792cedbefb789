/* SPDX-License-Identifier: MIT
 *
 * screen.c: see screen.h.
 */
#include "screen.h"

#include <string.h>

enum { NEVER_SHOWN = 0xff }; /* in .reserved: no cell of the emulator is equal to it */

void screen_init(struct screen *screen, struct display *display, struct display_cell *shown)
{
    *screen = (struct screen){ .display = display, .shown = shown };
    memset(shown, NEVER_SHOWN, (size_t)display->rows * display->columns * sizeof *shown);
}

static bool same(const struct display_cell *a, const struct display_cell *b) { return memcmp(a, b, sizeof *a) == 0; }

static unsigned draw_row(struct screen *screen, const struct display_cell *cells, unsigned row)
{
    struct display *display = screen->display;
    struct display_cell *shown = screen->shown + (size_t)row * display->columns;
    unsigned drawn = 0;
    for (unsigned column = 0; column < display->columns;) {
        unsigned end = column;
        while (end < display->columns && !same(&cells[end], &shown[end]))
            end++;
        if (end > column) {
            memcpy(shown + column, cells + column, (end - column) * sizeof *shown);
            display->ops->draw(display, row, column, cells + column, end - column);
            drawn += end - column;
        }
        column = end + 1;
    }
    return drawn;
}

unsigned screen_refresh(struct screen *screen, struct vt *vt)
{
    unsigned row = vt->cursor.row, column = vt->cursor.column, drawn = 0;
    bool moved = row != screen->cursor_row || column != screen->cursor_column ||
                 vt->cursor_visible != screen->cursor_visible;
    if (moved && screen->cursor_visible) { /* its old cell is drawn anew */
        size_t old = (size_t)screen->cursor_row * screen->display->columns + screen->cursor_column;
        screen->shown[old].reserved = NEVER_SHOWN;
        vt->dirty[screen->cursor_row] = 1;
    }
    for (unsigned i = 0; i < vt->rows; i++) {
        if (vt->dirty[i])
            drawn += draw_row(screen, vt_row(vt, i), i);
        vt->dirty[i] = 0;
    }
    if (moved || drawn)
        screen->display->ops->cursor(screen->display, row, column, vt->cursor_visible);
    screen->cursor_row = row;
    screen->cursor_column = column;
    screen->cursor_visible = vt->cursor_visible;
    return drawn;
}
