/* SPDX-License-Identifier: MIT
 *
 * vt.c: reads the terminal's byte stream and calls vt_screen.c. See vt.h.
 *
 *   GROUND --ESC--> ESCAPE --[--> CSI (parameters, final byte 0x40-0x7e) --> GROUND
 *                          --]--> STRING (title and the like: dropped, to BEL or ESC \) --> GROUND
 *                          --( or )--> CHARSET --> GROUND
 */
#include "vt.h"

#include <stdio.h>

#include "vt_screen.h"

enum { STATE_GROUND, STATE_ESCAPE, STATE_CSI, STATE_STRING, STATE_STRING_ESCAPE, STATE_G0, STATE_G1, STATE_HASH };
enum { ESCAPE = 0x1b, CANCEL = 0x18, SUBSTITUTE = 0x1a, DELETE = 0x7f, PARAMETER_MAX = 9999 };

/* DEC Special Graphics, 0x60 to 0x7e. */
static const uint16_t drawing[31] = {
    0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1, 0x2424, 0x240b, 0x2518, 0x2510, 0x250c, 0x2514, 0x253c, 0x23ba,
    0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7,
};

static void answer(struct vt *vt, const char *text, size_t n)
{
    if (vt->answer)
        vt->answer(vt->context, text, n);
}

#define ANSWER(vt, text) answer(vt, text, sizeof(text) - 1)

static void control(struct vt *vt, uint8_t byte)
{
    switch (byte) {
    case '\a': vt->bells++; break;
    case '\b': vt_left(vt, 1); break;
    case '\t': vt_tab(vt); break;
    case '\n':
    case '\v':
    case '\f':
        if (vt->newline)
            vt->cursor.column = 0;
        vt_index(vt);
        break;
    case '\r':
        vt->cursor.column = 0;
        vt->cursor.wrap = false;
        break;
    case 0x0e: vt->cursor.shift = 1; break;
    case 0x0f: vt->cursor.shift = 0; break;
    default: break;
    }
}

/* Parameter i, or `missing` if it was not given or is 0. */
static unsigned parameter(const struct vt *vt, unsigned i, unsigned missing)
{
    return i < vt->parameters && vt->parameter[i] ? vt->parameter[i] : missing;
}

/* 0xRRGGBB as the nearest of the 16 colours. */
static uint8_t nearest_colour(unsigned red, unsigned green, unsigned blue)
{
    unsigned most = red > green ? red : green;
    most = most > blue ? most : blue;
    if (most < 64)
        return 0;
    uint8_t colour = (red > most / 2) | (green > most / 2) << 1 | (blue > most / 2) << 2;
    return most > 192 ? colour | 8 : colour;
}

static uint8_t indexed_colour(unsigned index)
{
    if (index < 16)
        return (uint8_t)index;
    if (index >= 232) /* 24 greys */
        return index < 238 ? 0 : index < 244 ? 8 : index < 250 ? 7 : 15;
    index -= 16; /* a cube of 6 x 6 x 6 */
    return nearest_colour(index / 36 % 6 * 51, index / 6 % 6 * 51, index % 6 * 51);
}

/* 38 and 48: `5;N` or `2;R;G;B` follow at i + 1. Returns the last parameter used. */
static unsigned extended_colour(const struct vt *vt, unsigned i, uint8_t *colour)
{
    unsigned kind = parameter(vt, i + 1, 0);
    if (kind == 5) {
        *colour = indexed_colour(parameter(vt, i + 2, 0) & 0xff);
        return i + 2;
    }
    if (kind == 2) {
        *colour = nearest_colour(parameter(vt, i + 2, 0), parameter(vt, i + 3, 0), parameter(vt, i + 4, 0));
        return i + 4;
    }
    return i + 1;
}

static void select_graphics(struct vt *vt)
{
    struct vt_pen *pen = &vt->cursor.pen;
    unsigned count = vt->parameters ? vt->parameters : 1;
    for (unsigned i = 0; i < count; i++) {
        unsigned p = parameter(vt, i, 0);
        if (p == 0)
            *pen = (struct vt_pen){ .foreground = 7 };
        else if (p == 1 || p == 22)
            pen->bold = p == 1;
        else if (p == 4 || p == 24)
            pen->underline = p == 4;
        else if (p == 7 || p == 27)
            pen->reverse = p == 7;
        else if (p >= 30 && p <= 37)
            pen->foreground = (uint8_t)(p - 30);
        else if (p == 38)
            i = extended_colour(vt, i, &pen->foreground);
        else if (p == 39)
            pen->foreground = 7;
        else if (p >= 40 && p <= 47)
            pen->background = (uint8_t)(p - 40);
        else if (p == 48)
            i = extended_colour(vt, i, &pen->background);
        else if (p == 49)
            pen->background = 0;
        else if (p >= 90 && p <= 97)
            pen->foreground = (uint8_t)(p - 90 + 8);
        else if (p >= 100 && p <= 107)
            pen->background = (uint8_t)(p - 100 + 8);
    }
}

static void alternate_screen(struct vt *vt, bool on, bool with_cursor)
{
    if (on && with_cursor)
        vt_save_cursor(vt);
    vt_alternate(vt, on);
    if (!on && with_cursor)
        vt_restore_cursor(vt);
}

static void private_mode(struct vt *vt, unsigned mode, bool on)
{
    switch (mode) {
    case 1: vt->cursor_keys = on; break;
    case 6:
        vt->cursor.origin = on;
        vt_move(vt, 0, 0);
        break;
    case 7: vt->autowrap = on; break;
    case 25: vt->cursor_visible = on; break;
    case 47:
    case 1047: alternate_screen(vt, on, false); break;
    case 1048: on ? vt_save_cursor(vt) : vt_restore_cursor(vt); break;
    case 1049: alternate_screen(vt, on, true); break;
    default: break;
    }
}

static void set_modes(struct vt *vt, bool on)
{
    for (unsigned i = 0; i < vt->parameters; i++) {
        if (vt->private_mark == '?')
            private_mode(vt, vt->parameter[i], on);
        else if (vt->parameter[i] == 4)
            vt->insert = on;
        else if (vt->parameter[i] == 20)
            vt->newline = on;
    }
}

static void report(struct vt *vt)
{
    unsigned what = parameter(vt, 0, 0);
    if (what == 5)
        ANSWER(vt, "\033[0n");
    if (what != 6)
        return;
    char text[32];
    unsigned row = vt->cursor.row - (vt->cursor.origin ? vt->top : 0);
    int n = snprintf(text, sizeof text, "\033[%u;%uR", row + 1, vt->cursor.column + 1);
    answer(vt, text, (size_t)n);
}

static void clear_tabs(struct vt *vt)
{
    unsigned column = vt->cursor.column;
    if (parameter(vt, 0, 0) == 0)
        vt->tab[column / 8] &= (uint8_t)~(1u << (column % 8));
    else
        for (unsigned i = 0; i < sizeof vt->tab; i++)
            vt->tab[i] = 0;
}

/* Sequences that change lines work inside the scroll region only. */
static void change_lines(struct vt *vt, bool insert)
{
    if (vt->cursor.row < vt->top || vt->cursor.row > vt->bottom)
        return;
    (insert ? vt_scroll_down : vt_scroll_up)(vt, vt->cursor.row, parameter(vt, 0, 1));
    vt->cursor.column = 0;
    vt->cursor.wrap = false;
}

static void repeat_last(struct vt *vt)
{
    unsigned n = parameter(vt, 0, 1);
    for (unsigned i = 0; vt->last && i < n && i < vt->rows * vt->columns; i++)
        vt_put(vt, vt->last);
}

static void set_row(struct vt *vt, unsigned row)
{
    unsigned column = vt->cursor.column;
    vt_move(vt, row, column);
}

static void move_sequence(struct vt *vt, uint8_t final)
{
    unsigned n = parameter(vt, 0, 1);
    switch (final) {
    case 'A': vt_up(vt, n); break;
    case 'B':
    case 'e': vt_down(vt, n); break;
    case 'C':
    case 'a': vt_right(vt, n); break;
    case 'D': vt_left(vt, n); break;
    case 'E':
        vt_down(vt, n);
        vt->cursor.column = 0;
        break;
    case 'F':
        vt_up(vt, n);
        vt->cursor.column = 0;
        break;
    case 'G':
    case '`':
        vt->cursor.column = 0;
        vt_right(vt, n - 1);
        break;
    case 'd': set_row(vt, n - 1); break;
    case 'H':
    case 'f': vt_move(vt, n - 1, parameter(vt, 1, 1) - 1); break;
    case 'I':
        for (unsigned i = 0; i < n && i < vt->columns; i++)
            vt_tab(vt);
        break;
    case 'Z':
        for (unsigned i = 0; i < n && i < vt->columns; i++)
            vt_back_tab(vt);
        break;
    default: break;
    }
}

static void edit_sequence(struct vt *vt, uint8_t final)
{
    unsigned n = parameter(vt, 0, 1), what = parameter(vt, 0, 0);
    switch (final) {
    case 'J': vt_erase_screen(vt, what); break;
    case 'K': vt_erase_line(vt, what); break;
    case 'L': change_lines(vt, true); break;
    case 'M': change_lines(vt, false); break;
    case 'P': vt_delete_characters(vt, n); break;
    case '@': vt_insert_characters(vt, n); break;
    case 'X': vt_erase_characters(vt, n); break;
    case 'S': vt_scroll_up(vt, vt->top, n); break;
    case 'T': vt_scroll_down(vt, vt->top, n); break;
    case 'b': repeat_last(vt); break;
    case 'g': clear_tabs(vt); break;
    default: break;
    }
}

static void other_sequence(struct vt *vt, uint8_t final)
{
    switch (final) {
    case 'c': ANSWER(vt, "\033[?6c"); break; /* a VT102 */
    case 'm': select_graphics(vt); break;
    case 'n': report(vt); break;
    case 'r': vt_set_region(vt, parameter(vt, 0, 1) - 1, parameter(vt, 1, vt->rows) - 1); break;
    case 's': vt_save_cursor(vt); break;
    case 'u': vt_restore_cursor(vt); break;
    case 'h':
    case 'l': set_modes(vt, final == 'h'); break;
    default:
        move_sequence(vt, final);
        edit_sequence(vt, final);
        break;
    }
}

static void csi_end(struct vt *vt, uint8_t final)
{
    vt->state = STATE_GROUND;
    if (vt->intermediate)
        return;
    if (vt->private_mark == '?' && (final == 'h' || final == 'l'))
        set_modes(vt, final == 'h');
    else if (!vt->private_mark)
        other_sequence(vt, final);
}

static void csi_input(struct vt *vt, uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        if (!vt->parameters)
            vt->parameters = 1;
        uint16_t *p = &vt->parameter[vt->parameters - 1];
        *p = *p > PARAMETER_MAX / 10 ? PARAMETER_MAX : (uint16_t)(*p * 10 + byte - '0');
    } else if (byte == ';' || byte == ':') {
        if (!vt->parameters)
            vt->parameters = 1;
        if (vt->parameters < VT_PARAMETERS)
            vt->parameter[vt->parameters++] = 0;
    } else if (byte >= '<' && byte <= '?') {
        vt->private_mark = byte;
    } else if (byte >= 0x20 && byte < 0x30) {
        vt->intermediate = byte;
    } else if (byte >= 0x40 && byte < DELETE) {
        csi_end(vt, byte);
    }
}

static void csi_begin(struct vt *vt)
{
    vt->state = STATE_CSI;
    vt->private_mark = vt->intermediate = vt->parameters = 0;
    vt->parameter[0] = 0;
}

static void escape_input(struct vt *vt, uint8_t byte)
{
    vt->state = STATE_GROUND;
    switch (byte) {
    case '[': csi_begin(vt); break;
    case ']':
    case 'P':
    case '^':
    case '_':
    case 'X': vt->state = STATE_STRING; break;
    case '(': vt->state = STATE_G0; break;
    case ')': vt->state = STATE_G1; break;
    case '#':
    case '%':
    case ' ': vt->state = STATE_HASH; break;
    case '7': vt_save_cursor(vt); break;
    case '8': vt_restore_cursor(vt); break;
    case 'D': vt_index(vt); break;
    case 'E':
        vt->cursor.column = 0;
        vt_index(vt);
        break;
    case 'H': vt->tab[vt->cursor.column / 8] |= (uint8_t)(1u << (vt->cursor.column % 8)); break;
    case 'M': vt_reverse_index(vt); break;
    case 'Z': ANSWER(vt, "\033[?6c"); break;
    case 'c': vt_reset(vt); break;
    default: break;
    }
}

static void show(struct vt *vt, uint32_t unicode)
{
    if (unicode >= 0x300 && unicode < 0x370) /* combining marks have no cell of their own */
        return;
    if (unicode >= 0x80 && unicode < 0xa0)
        return;
    if (vt->cursor.drawing[vt->cursor.shift] && unicode >= 0x60 && unicode < 0x7f)
        unicode = drawing[unicode - 0x60];
    vt->last = unicode;
    vt_put(vt, unicode);
}

static void ground_input(struct vt *vt, uint8_t byte)
{
    bool again;
    do {
        int32_t unicode = utf8_input(&vt->utf8, byte, &again);
        if (unicode >= 0 && unicode != DELETE)
            show(vt, (uint32_t)unicode);
    } while (again);
}

static void string_input(struct vt *vt, uint8_t byte)
{
    if (byte == '\a' || (vt->state == STATE_STRING_ESCAPE && byte == '\\'))
        vt->state = STATE_GROUND;
    else
        vt->state = byte == ESCAPE ? STATE_STRING_ESCAPE : STATE_STRING;
}

/* Controls work inside of sequences too (ECMA-48 leaves it open; the VT100 does it). */
static bool control_input(struct vt *vt, uint8_t byte)
{
    if (byte >= 0x20)
        return false;
    if (vt->utf8.left) {
        vt->utf8.left = 0;
        show(vt, UTF8_UNKNOWN);
    }
    if (byte == ESCAPE)
        vt->state = STATE_ESCAPE;
    else if (byte == CANCEL || byte == SUBSTITUTE)
        vt->state = STATE_GROUND;
    else
        control(vt, byte);
    return true;
}

static void input(struct vt *vt, uint8_t byte)
{
    if (vt->state == STATE_STRING || vt->state == STATE_STRING_ESCAPE) {
        string_input(vt, byte);
        return;
    }
    if (control_input(vt, byte))
        return;
    switch (vt->state) {
    case STATE_ESCAPE: escape_input(vt, byte); break;
    case STATE_CSI: csi_input(vt, byte); break;
    case STATE_G0:
    case STATE_G1:
        vt->cursor.drawing[vt->state == STATE_G1] = byte == '0';
        vt->state = STATE_GROUND;
        break;
    case STATE_HASH: vt->state = STATE_GROUND; break;
    default: ground_input(vt, byte); break;
    }
}

void vt_write(struct vt *vt, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        input(vt, bytes[i]);
}
