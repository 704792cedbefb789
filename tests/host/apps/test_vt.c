// link: apps/console/vt.c apps/console/vt_screen.c apps/console/utf8.c apps/console/screen.c
/* SPDX-License-Identifier: MIT
 *
 * test_vt.c: the terminal emulator: what a screen shows after bytes. Expected screens are rows joined by '|', with blanks
 * at the end of rows left out.
 */
#include "../harness.h"

#include <stdint.h>
#include <stdlib.h>

#include "apps/console/screen.h"
#include "apps/console/vt.h"

static struct vt vt;
static struct display_cell *cells;
static char answers[256];

static void answer(void *context, const char *text, size_t n)
{
    CHECK(context == &vt);
    strncat(answers, text, n);
}

static void start(unsigned rows, unsigned columns)
{
    free(cells);
    cells = malloc(VT_CELLS(rows, columns) * sizeof *cells);
    vt_init(&vt, rows, columns, cells);
    vt.answer = answer;
    vt.context = &vt;
    answers[0] = 0;
}

static void put(const char *text) { vt_write(&vt, (const uint8_t *)text, strlen(text)); }

/* The screen as text. */
static const char *shown(void)
{
    static char text[VT_ROWS_MAX * VT_COLUMNS_MAX * 4];
    char *to = text;
    for (unsigned row = 0; row < vt.rows; row++) {
        const struct display_cell *line = vt_row(&vt, row);
        unsigned end = vt.columns;
        while (end && line[end - 1].unicode == ' ')
            end--;
        for (unsigned column = 0; column < end; column++) {
            uint8_t bytes[4];
            size_t n = utf8_encode(line[column].unicode, bytes);
            memcpy(to, bytes, n);
            to += n;
        }
        *to++ = row == vt.rows - 1 ? 0 : '|';
    }
    return text;
}

static void at(unsigned row, unsigned column)
{
    CHECK_EQ(vt.cursor.row, row);
    CHECK_EQ(vt.cursor.column, column);
}

/* One row of a table of {bytes, screen, cursor}, on a screen of 4 x 10. */
static const struct {
    const char *bytes, *screen;
    unsigned row, column;
} screens[] = {
    { "hello", "hello|||", 0, 5 },
    { "a\r\nb\nc", "a|b| c|", 2, 2 },
    { "1\r\n2\r\n3\r\n4\r\n5", "2|3|4|5", 3, 1 },
    { "0123456789", "0123456789|||", 0, 9 },
    { "0123456789A", "0123456789|A||", 1, 1 },
    { "0123456789\r\nA", "0123456789|A||", 1, 1 }, /* no empty line between */
    { "0123456789\bX", "01234567X9|||", 0, 9 },
    { "\033[?7l0123456789AB", "012345678B|||", 0, 9 },
    { "ab\bc", "ac|||", 0, 2 },
    { "a\tb", "a       b|||", 0, 9 },
    { "a\t\tb", "a        b|||", 0, 9 },
    { "\033[2;3Hx", "|  x||", 1, 3 },
    { "\033[Hx\033[99;99Hy", "x|||         y", 3, 9 },
    { "\033[0;0Hx", "x|||", 0, 1 },
    { "\033[3B\033[4C*\033[2A\033[5D+", "|+||    *", 1, 1 },
    { "\033[99C\033[99B\033[99D\033[99A!", "!|||", 0, 1 },
    { "abc\033[2Gx\033[3`y", "axy|||", 0, 3 },
    { "\033[3dx\033[Ey\033[2Fz", "|z|x|y", 1, 1 },
    { "aaa\r\nbbb\r\nccc\033[2;2H\033[J", "aaa|b||", 1, 1 },
    { "aaa\r\nbbb\r\nccc\033[2;2H\033[1J", "|  b|ccc|", 1, 1 },
    { "aaa\r\nbbb\033[2J", "|||", 1, 3 },
    { "abcdef\033[3G\033[K", "ab|||", 0, 2 },
    { "abcdef\033[3G\033[1K", "   def|||", 0, 2 },
    { "abcdef\033[2K", "|||", 0, 6 },
    { "abcdef\033[2G\033[2P", "adef|||", 0, 1 },
    { "abcdef\033[2G\033[99P", "a|||", 0, 1 },
    { "abcdef\033[2G\033[2@", "a  bcdef|||", 0, 1 },
    { "0123456789\033[2G\033[3@", "0   123456|||", 0, 1 },
    { "abcdef\033[2G\033[2X", "a  def|||", 0, 1 },
    { "1\r\n2\r\n3\r\n4\033[2H\033[L", "1||2|3", 1, 0 },
    { "1\r\n2\r\n3\r\n4\033[2H\033[2M", "1|4||", 1, 0 },
    { "1\r\n2\r\n3\r\n4\033[2;3r\033[2H\033[M", "1|3||4", 1, 0 },
    { "1\r\n2\r\n3\r\n4\033[2;3r\033[3H\nx", "1|3|x|4", 2, 1 },
    { "1\r\n2\r\n3\r\n4\033[2;3r\033[2H\033Mx", "1|x|2|4", 1, 1 },
    { "1\r\n2\r\n3\r\n4\033[2;3r\033[4H\nx", "1|2|3|x", 3, 1 },
    { "1\r\n2\r\n3\r\n4\033[S", "2|3|4|", 3, 1 },
    { "1\r\n2\r\n3\r\n4\033[2T", "||1|2", 3, 1 },
    { "\033[2;3r\033[?6h\033[Hx\033[9;1Hy", "|x|y|", 2, 1 },
    { "\033[3;2rx", "x|||", 0, 1 }, /* a region upside down is none */
    { "ab\0337\033[3;3Hx\0338c", "abc||  x|", 0, 3 },
    { "ab\033[s\033[3;3Hx\033[uc", "abc||  x|", 0, 3 },
    { "abc\033[4h\rX\033[4lY", "XYbc|||", 0, 2 },
    { "\303\244\303\266\342\202\254\360\237\230\200", "\303\244\303\266\342\202\254\360\237\230\200|||", 0, 4 },
    { "a\377b\303c", "a\357\277\275b\357\277\275c|||", 0, 5 },
    { "\300\200\355\240\200", "\357\277\275\357\277\275\357\277\275|||", 0, 3 },
    { "e\314\201", "e|||", 0, 1 },
    { "\033(0lqk\033(Bq", "\342\224\214\342\224\200\342\224\220q|||", 0, 4 },
    { "\033)0\016x\017x", "\342\224\202x|||", 0, 2 },
    { "\033]0;title\007a\033]2;other\033\\b", "ab|||", 0, 2 },
    { "\033[?2004ha\033[>0cb\033[1 qc", "abc|||", 0, 3 },
    { "\033[5", "|||", 0, 0 },
    { "a\033[5\030b", "ab|||", 0, 2 },
    { "a\033[2\nCb", "a|   b||", 1, 4 }, /* a control inside of a sequence */
    { "a\033\033[Cb", "a b|||", 0, 3 },
    { "x\033[5b", "xxxxxx|||", 0, 6 },
    { "\033[3g\033[5G\033H\r\tx", "    x|||", 0, 5 },
    { "\t\033[Zx\033[Zy", "y|||", 0, 1 },
    { "a\033Eb", "a|b||", 1, 1 },
    { "ab\033[?1049hcd", "  cd|||", 0, 4 },
    { "ab\033[?1049hcd\r\n\n\n\n\n\033[?1049le", "abe|||", 0, 3 },
    { "junk\033cx", "x|||", 0, 1 },
    { "a\033#8b", "ab|||", 0, 2 },
    { "a\177b", "ab|||", 0, 2 },
};

TEST(expected_screens)
{
    for (unsigned i = 0; i < sizeof screens / sizeof *screens; i++) {
        start(4, 10);
        put(screens[i].bytes);
        int good = CHECK_STR(shown(), screens[i].screen);
        good &= CHECK_EQ(vt.cursor.row, screens[i].row) & CHECK_EQ(vt.cursor.column, screens[i].column);
        if (!good)
            printf("    in screens[%u]\n", i);
    }
}

TEST(a_byte_at_a_time_is_the_same)
{
    for (unsigned i = 0; i < sizeof screens / sizeof *screens; i++) {
        start(4, 10);
        for (const char *byte = screens[i].bytes; *byte; byte++)
            vt_write(&vt, (const uint8_t *)byte, 1);
        CHECK_STR(shown(), screens[i].screen);
    }
}

static void colours(unsigned column, unsigned foreground, unsigned background, unsigned flags)
{
    const struct display_cell *cell = &vt_row(&vt, 0)[column];
    CHECK_EQ(cell->foreground, foreground);
    CHECK_EQ(cell->background, background);
    CHECK_EQ(cell->flags, flags);
}

TEST(graphics)
{
    start(4, 40);
    put("a\033[31mb\033[1mc\033[44md\033[7me\033[27;22mf\033[0mg\033[91;102mh\033[39;49mi\033[4mj\033[24mk");
    colours(0, 7, 0, 0);
    colours(1, 1, 0, 0);
    colours(2, 9, 0, 0);
    colours(3, 9, 4, 0);
    colours(4, 4, 9, 0);
    colours(5, 1, 4, 0);
    colours(6, 7, 0, 0);
    colours(7, 9, 10, 0);
    colours(8, 7, 0, 0);
    colours(9, 7, 0, DISPLAY_UNDERLINE);
    colours(10, 7, 0, 0);
}

TEST(many_colours_become_16)
{
    start(4, 40);
    put("\033[38;5;9ma\033[38;5;196mb\033[48;5;21mc\033[38;2;0;200;0md\033[38;5;232me\033[38;5;255mf\033[0;38;5m\033[mg");
    colours(0, 9, 0, 0);
    colours(1, 9, 0, 0);
    colours(2, 9, 12, 0);
    colours(3, 10, 12, 0);
    colours(4, 0, 12, 0);
    colours(5, 15, 12, 0);
    colours(6, 7, 0, 0);
}

TEST(erased_cells_have_the_background)
{
    start(4, 10);
    put("abc\033[44m\033[2J");
    colours(0, 7, 4, 0);
    colours(9, 7, 4, 0);
    CHECK_EQ(vt_row(&vt, 0)[0].unicode, ' ');
}

TEST(reports)
{
    start(24, 80);
    put("\033[5n\033[3;7H\033[6n\033[c");
    CHECK_STR(answers, "\033[0n\033[3;7R\033[?6c");
    answers[0] = 0;
    put("\033[5;10r\033[?6h\033[2;1H\033[6n");
    CHECK_STR(answers, "\033[2;1R");
}

TEST(modes)
{
    start(4, 10);
    CHECK(vt.cursor_visible && !vt.cursor_keys);
    put("\033[?25l\033[?1h");
    CHECK(!vt.cursor_visible && vt.cursor_keys);
    put("\033[?25h\033[?1l");
    CHECK(vt.cursor_visible && !vt.cursor_keys);
    put("\033[20ha\nb");
    CHECK_STR(shown(), "a|b||");
    put("\a\a");
    CHECK_EQ(vt.bells, 2);
}

TEST(smallest_and_largest)
{
    start(1, 1);
    put("abc\r\nd\033[9;9H\033[5L\033[5M\033[5P\033[5@\033[5S\033[5T\t\033[Ze");
    CHECK_STR(shown(), "e");
    start(VT_ROWS_MAX, VT_COLUMNS_MAX);
    put("\033[999;999Hx\033[H\033[999B\n\n");
    at(VT_ROWS_MAX - 1, 0);
    put("\033[99999999999999999999999Ay\033[9999999b");
    CHECK(vt.cursor.row < VT_ROWS_MAX);
}

/* Bytes that are mostly parts of sequences; the sanitizers judge, and the cursor stays inside. */
TEST(any_bytes_do_no_harm)
{
    static const char parts[] = "\033[]?;0123456789HJKLMPXSTrhlmsunbdgGABCDEFcZ@`(0)B78DM\n\r\t\b ax\303\244\007\016\017";
    uint32_t seed = 7;
    for (unsigned round = 0; round < 40; round++) {
        start(1 + round % 9, 1 + round * 7 % 30);
        for (unsigned i = 0; i < 5000; i++) {
            seed = seed * 1664525 + 1013904223;
            uint8_t byte = seed >> 30 ? (uint8_t)parts[(seed >> 8) % (sizeof parts - 1)] : (uint8_t)(seed >> 20);
            vt_write(&vt, &byte, 1);
            if (vt.cursor.row >= vt.rows || vt.cursor.column >= vt.columns || vt.top > vt.bottom || vt.bottom >= vt.rows) {
                CHECK(!"the cursor is inside");
                return;
            }
        }
        CHECK(strlen(shown()) >= vt.rows - 1);
    }
}

/* ---- screen.c on a display that remembers ---- */

struct memory_display {
    struct display display;
    struct display_cell cell[4 * 10];
    unsigned drawn, cursor_row, cursor_column;
    bool cursor_visible;
};

static void memory_draw(struct display *display, unsigned row, unsigned column, const struct display_cell *from, unsigned n)
{
    struct memory_display *memory = (struct memory_display *)display;
    CHECK(row < display->rows && n && column + n <= display->columns);
    memcpy(&memory->cell[row * display->columns + column], from, n * sizeof *from);
    memory->drawn += n;
}

static void memory_cursor(struct display *display, unsigned row, unsigned column, bool visible)
{
    struct memory_display *memory = (struct memory_display *)display;
    memory->cursor_row = row;
    memory->cursor_column = column;
    memory->cursor_visible = visible;
}

static const struct display_ops memory_ops = { memory_draw, memory_cursor };
static struct memory_display memory;
static struct display_cell drawn[4 * 10];

static int equal(void)
{
    for (unsigned row = 0; row < 4; row++)
        if (memcmp(&memory.cell[row * 10], vt_row(&vt, row), 10 * sizeof *cells))
            return 0;
    return 1;
}

static void start_screen(struct screen *screen)
{
    start(4, 10);
    memory = (struct memory_display){ .display = { &memory_ops, 4, 10 } };
    screen_init(screen, &memory.display, drawn);
    screen_refresh(screen, &vt);
    memory.drawn = 0;
}

TEST(only_changes_are_drawn)
{
    struct screen screen;
    start_screen(&screen);
    CHECK(equal());
    CHECK(memory.cursor_visible);
    put("abc");
    CHECK_EQ(screen_refresh(&screen, &vt), 3); /* the cursor's old cell is one of them */
    CHECK(equal());
    CHECK_EQ(memory.cursor_column, 3);
    CHECK_EQ(screen_refresh(&screen, &vt), 0);
    put("\rabc"); /* the same again */
    CHECK_EQ(screen_refresh(&screen, &vt), 0);
    put("\033[?25l");
    CHECK_EQ(screen_refresh(&screen, &vt), 1); /* to take the cursor away */
    CHECK(!memory.cursor_visible);
}

TEST(the_display_follows_whatever_comes)
{
    struct screen screen;
    uint32_t seed = 3;
    start_screen(&screen);
    for (unsigned i = 0; i < 3000; i++) {
        seed = seed * 1664525 + 1013904223;
        put(screens[(seed >> 16) % (sizeof screens / sizeof *screens)].bytes);
        if (seed >> 31)
            continue;
        screen_refresh(&screen, &vt);
        if (!equal()) {
            CHECK(!"display and emulator agree");
            return;
        }
    }
    CHECK(memory.drawn > 1000);
}
