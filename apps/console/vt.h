/* SPDX-License-Identifier: MIT
 *
 * vt.h: the terminal emulator: bytes with escape sequences in, a screen of cells out.
 *
 * Layer: apps/console; pure, one thread. Understands what programs written for TERM=linux, vt100 and xterm commonly send:
 * cursor movement, erasing, inserting and deleting, colours, scroll regions, the alternate screen, line drawing, reports.
 * vt_screen.c changes cells, vt.c reads the bytes. Lines are reached through a table, so that scrolling moves no cell.
 *
 * Sources: ECMA-48; DEC VT100 User Guide; xterm "Control Sequences". Left out: double-size lines, 8-bit controls, wide
 * characters (each takes one cell), blinking.
 */
#ifndef CONSOLE_VT_H
#define CONSOLE_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/display.h"
#include "utf8.h"

enum { VT_ROWS_MAX = 128, VT_COLUMNS_MAX = 256, VT_PARAMETERS = 16 };

/* Cells that vt_init needs for a screen: the ordinary and the alternate one. */
#define VT_CELLS(rows, columns) (2 * (size_t)(rows) * (size_t)(columns))

struct vt_buffer {
    struct display_cell *cells;
    uint8_t line[VT_ROWS_MAX]; /* where in cells each row is, in rows */
};

struct vt_pen {
    uint8_t foreground, background; /* 0 to 15 */
    bool bold, underline, reverse;
};

struct vt_cursor {
    unsigned row, column;
    bool wrap; /* a character was put into the last column: the next one begins a line */
    struct vt_pen pen;
    bool origin;     /* positions count from the scroll region's top */
    bool drawing[2]; /* G0, G1 are the line drawing set */
    uint8_t shift;   /* which of them is in use */
};

struct vt {
    unsigned rows, columns;
    struct vt_buffer buffer[2];
    struct vt_buffer *shown;
    struct vt_cursor cursor, saved;
    unsigned top, bottom; /* scroll region, both inside */
    bool autowrap, insert, cursor_visible;
    bool cursor_keys;     /* application mode (DECCKM): what the arrow keys send */
    bool newline;         /* line feed also returns (LNM) */
    uint8_t tab[VT_COLUMNS_MAX / 8];
    uint8_t dirty[VT_ROWS_MAX]; /* rows that changed; who draws clears them */
    uint32_t bells;

    /* The sequence being read. */
    uint8_t state;
    uint8_t private_mark, intermediate;
    uint8_t parameters;
    uint16_t parameter[VT_PARAMETERS];
    struct utf8 utf8;
    uint32_t last; /* character put last, for REP */

    /* Where reports go, as if they were typed. */
    void (*answer)(void *context, const char *text, size_t n);
    void *context;
};

/* A cleared screen with the cursor at the top left. `cells` are VT_CELLS(rows, columns), kept by the caller as long as vt
 * is used. rows and columns are at most VT_ROWS_MAX and VT_COLUMNS_MAX, at least 1. */
void vt_init(struct vt *vt, unsigned rows, unsigned columns, struct display_cell *cells);

/* Shows bytes. Sequences and characters may be cut anywhere between two calls. */
void vt_write(struct vt *vt, const uint8_t *bytes, size_t n);

/* The cells of a row. */
const struct display_cell *vt_row(const struct vt *vt, unsigned row);

#endif
