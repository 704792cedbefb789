/* SPDX-License-Identifier: MIT
 *
 * vt_screen.c: see vt_screen.h.
 */
#include "vt_screen.h"

#include <string.h>

static struct display_cell *row_cells(const struct vt *vt, unsigned row)
{
    return vt->shown->cells + (size_t)vt->shown->line[row] * vt->columns;
}

const struct display_cell *vt_row(const struct vt *vt, unsigned row) { return row_cells(vt, row); }

static unsigned smaller(unsigned a, unsigned b) { return a < b ? a : b; }

static struct display_cell pen_cell(const struct vt_pen *pen, uint32_t unicode)
{
    struct display_cell cell = { .unicode = unicode, .foreground = pen->foreground, .background = pen->background };
    if (pen->bold)
        cell.foreground |= 8;
    if (pen->reverse) {
        uint8_t swap = cell.foreground;
        cell.foreground = cell.background;
        cell.background = swap;
    }
    if (pen->underline)
        cell.flags = DISPLAY_UNDERLINE;
    return cell;
}

static void blank(struct vt *vt, unsigned row, unsigned first, unsigned end)
{
    struct display_cell cell = { .unicode = ' ', .foreground = 7, .background = vt->cursor.pen.background };
    struct display_cell *cells = row_cells(vt, row);
    for (unsigned column = first; column < end; column++)
        cells[column] = cell;
    vt->dirty[row] = 1;
}

static void blank_rows(struct vt *vt, unsigned first, unsigned end)
{
    for (unsigned row = first; row < end; row++)
        blank(vt, row, 0, vt->columns);
}

void vt_reset(struct vt *vt)
{
    vt->shown = &vt->buffer[0];
    vt->cursor = (struct vt_cursor){ .pen = { .foreground = 7 } };
    vt->saved = vt->cursor;
    vt->top = 0;
    vt->bottom = vt->rows - 1;
    vt->autowrap = vt->cursor_visible = true;
    vt->insert = vt->cursor_keys = vt->newline = false;
    memset(vt->tab, 0x01, sizeof vt->tab); /* each eighth column */
    blank_rows(vt, 0, vt->rows);
}

void vt_init(struct vt *vt, unsigned rows, unsigned columns, struct display_cell *cells)
{
    *vt = (struct vt){ .rows = rows, .columns = columns };
    for (unsigned i = 0; i < 2; i++) {
        vt->buffer[i].cells = cells + i * (size_t)rows * columns;
        for (unsigned row = 0; row < rows; row++)
            vt->buffer[i].line[row] = (uint8_t)row;
    }
    vt_alternate(vt, true); /* so that its cells are something */
    vt_reset(vt);
}

void vt_scroll_up(struct vt *vt, unsigned top, unsigned n)
{
    uint8_t *line = vt->shown->line;
    unsigned height = vt->bottom - top + 1;
    n = smaller(n, height);
    uint8_t gone[VT_ROWS_MAX];
    memcpy(gone, line + top, n);
    memmove(line + top, line + top + n, height - n);
    memcpy(line + vt->bottom + 1 - n, gone, n);
    memset(vt->dirty + top, 1, height);
    blank_rows(vt, vt->bottom + 1 - n, vt->bottom + 1);
}

void vt_scroll_down(struct vt *vt, unsigned top, unsigned n)
{
    uint8_t *line = vt->shown->line;
    unsigned height = vt->bottom - top + 1;
    n = smaller(n, height);
    uint8_t gone[VT_ROWS_MAX];
    memcpy(gone, line + vt->bottom + 1 - n, n);
    memmove(line + top + n, line + top, height - n);
    memcpy(line + top, gone, n);
    memset(vt->dirty + top, 1, height);
    blank_rows(vt, top, top + n);
}

void vt_index(struct vt *vt)
{
    vt->cursor.wrap = false;
    if (vt->cursor.row == vt->bottom)
        vt_scroll_up(vt, vt->top, 1);
    else if (vt->cursor.row < vt->rows - 1)
        vt->cursor.row++;
}

void vt_reverse_index(struct vt *vt)
{
    vt->cursor.wrap = false;
    if (vt->cursor.row == vt->top)
        vt_scroll_down(vt, vt->top, 1);
    else if (vt->cursor.row > 0)
        vt->cursor.row--;
}

void vt_put(struct vt *vt, uint32_t unicode)
{
    struct vt_cursor *cursor = &vt->cursor;
    if (cursor->wrap && vt->autowrap) {
        cursor->column = 0;
        vt_index(vt);
    }
    cursor->wrap = false;
    if (vt->insert)
        vt_insert_characters(vt, 1);
    row_cells(vt, cursor->row)[cursor->column] = pen_cell(&cursor->pen, unicode);
    vt->dirty[cursor->row] = 1;
    if (cursor->column < vt->columns - 1)
        cursor->column++;
    else
        cursor->wrap = true;
}

void vt_move(struct vt *vt, unsigned row, unsigned column)
{
    unsigned last = vt->rows - 1;
    if (vt->cursor.origin) {
        row += vt->top;
        last = vt->bottom;
    }
    vt->cursor.row = smaller(row, last);
    vt->cursor.column = smaller(column, vt->columns - 1);
    vt->cursor.wrap = false;
}

void vt_up(struct vt *vt, unsigned n)
{
    unsigned edge = vt->cursor.row >= vt->top ? vt->top : 0;
    vt->cursor.row -= smaller(n, vt->cursor.row - edge);
    vt->cursor.wrap = false;
}

void vt_down(struct vt *vt, unsigned n)
{
    unsigned edge = vt->cursor.row <= vt->bottom ? vt->bottom : vt->rows - 1;
    vt->cursor.row += smaller(n, edge - vt->cursor.row);
    vt->cursor.wrap = false;
}

void vt_right(struct vt *vt, unsigned n)
{
    vt->cursor.column += smaller(n, vt->columns - 1 - vt->cursor.column);
    vt->cursor.wrap = false;
}

void vt_left(struct vt *vt, unsigned n)
{
    vt->cursor.column -= smaller(n, vt->cursor.column);
    vt->cursor.wrap = false;
}

static bool is_tab(const struct vt *vt, unsigned column) { return vt->tab[column / 8] >> (column % 8) & 1; }

void vt_tab(struct vt *vt)
{
    unsigned column = vt->cursor.column;
    while (column < vt->columns - 1 && !is_tab(vt, ++column))
        continue;
    vt->cursor.column = column;
    vt->cursor.wrap = false;
}

void vt_back_tab(struct vt *vt)
{
    unsigned column = vt->cursor.column;
    while (column > 0 && !is_tab(vt, --column))
        continue;
    vt->cursor.column = column;
    vt->cursor.wrap = false;
}

void vt_erase_line(struct vt *vt, unsigned what)
{
    unsigned first = what == 0 ? vt->cursor.column : 0;
    unsigned end = what == 1 ? vt->cursor.column + 1 : vt->columns;
    blank(vt, vt->cursor.row, first, end);
    vt->cursor.wrap = false;
}

void vt_erase_screen(struct vt *vt, unsigned what)
{
    if (what == 0)
        blank_rows(vt, vt->cursor.row + 1, vt->rows);
    else if (what == 1)
        blank_rows(vt, 0, vt->cursor.row);
    else
        blank_rows(vt, 0, vt->rows);
    vt_erase_line(vt, what);
}

void vt_erase_characters(struct vt *vt, unsigned n)
{
    unsigned column = vt->cursor.column;
    blank(vt, vt->cursor.row, column, column + smaller(n, vt->columns - column));
    vt->cursor.wrap = false;
}

void vt_insert_characters(struct vt *vt, unsigned n)
{
    struct display_cell *cells = row_cells(vt, vt->cursor.row);
    unsigned column = vt->cursor.column;
    n = smaller(n, vt->columns - column);
    memmove(cells + column + n, cells + column, (vt->columns - column - n) * sizeof *cells);
    blank(vt, vt->cursor.row, column, column + n);
    vt->cursor.wrap = false;
}

void vt_delete_characters(struct vt *vt, unsigned n)
{
    struct display_cell *cells = row_cells(vt, vt->cursor.row);
    unsigned column = vt->cursor.column;
    n = smaller(n, vt->columns - column);
    memmove(cells + column, cells + column + n, (vt->columns - column - n) * sizeof *cells);
    blank(vt, vt->cursor.row, vt->columns - n, vt->columns);
    vt->cursor.wrap = false;
}

void vt_set_region(struct vt *vt, unsigned top, unsigned bottom)
{
    bottom = smaller(bottom, vt->rows - 1);
    if (top >= bottom)
        return;
    vt->top = top;
    vt->bottom = bottom;
    vt_move(vt, 0, 0);
}

void vt_save_cursor(struct vt *vt) { vt->saved = vt->cursor; }

void vt_restore_cursor(struct vt *vt) { vt->cursor = vt->saved; }

void vt_alternate(struct vt *vt, bool on)
{
    if ((vt->shown == &vt->buffer[1]) == on)
        return;
    vt->shown = &vt->buffer[on];
    memset(vt->dirty, 1, vt->rows);
    if (on)
        blank_rows(vt, 0, vt->rows);
}
