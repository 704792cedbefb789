/* SPDX-License-Identifier: MIT
 *
 * main.c: the console as a program: sets up the devices that were bound to it, then turns and sleeps.
 *
 * Layer: apps/console, ring 3, an environment outside of the session whose terminal pages it serves. Its parent mapped
 * those at EXO_TTY_BASE and bound the devices; its arguments are described in dev/tty_shared.h. It uses no files and no
 * standard output: what goes wrong is left in the terminal pages for its parent, which may write to the kernel's log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "drivers/bitmap_font.h"
#include "drivers/framebuffer.h"
#include "drivers/vga_text.h"
#include "exo/exo.h"
#include "exo/layout.h"
#include "sync/sync.h"

struct devices {
    bool uart, ps2, text, framebuffer;
    unsigned rows, columns; /* of the terminal at the other end of the serial line; 0: not told */
};

static struct console console;
static struct uart uart;
static struct i8042 ps2;
static struct vga_text vga;
static struct framebuffer framebuffer;
static struct screen screen;

static struct tty_shared *terminal(void) { return (struct tty_shared *)EXO_TTY_BASE; }

static void say(const char *text) { snprintf(terminal()->complaint, sizeof terminal()->complaint, "%s", text); }

static void wake(const uint32_t *word) { exo_doorbell(word); }

static void acknowledge(unsigned index)
{
    static const uint32_t lines[CONSOLE_IRQS] = {
        [CONSOLE_IRQ_UART] = CONSOLE_LINE_UART,
        [CONSOLE_IRQ_KEYBOARD] = CONSOLE_LINE_KEYBOARD,
        [CONSOLE_IRQ_MOUSE] = CONSOLE_LINE_MOUSE,
    };
    exo_irq_ack(lines[index]);
}

static const struct console_system console_system = { wake, exo_clock_ns, acknowledge };

/* Interrupts end the sleep of main's loop. Disabled; the loop's own page, which is mapped. */
void exo_irq_event(struct exo_activation *act)
{
    (void)act;
    __atomic_add_fetch(&terminal()->attention, 1, __ATOMIC_SEQ_CST);
}

static bool parse(int argc, char **argv, struct devices *devices)
{
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "uart"))
            devices->uart = true;
        else if (!strcmp(argv[i], "ps2"))
            devices->ps2 = true;
        else if (!strcmp(argv[i], "text"))
            devices->text = true;
        else if (!strcmp(argv[i], "framebuffer"))
            devices->framebuffer = true;
        else if (sscanf(argv[i], "size=%ux%u", &devices->rows, &devices->columns) != 2)
            return false;
    }
    return argc >= 2;
}

/* Maps `count` frames of device memory at EXO_DEVICE_BASE. */
static bool map_device(uint32_t frame, uint32_t count)
{
    for (uint32_t done = 0; done < count;) {
        uint32_t n = count - done < EXO_PT_PAGES_MAX ? count - done : EXO_PT_PAGES_MAX;
        struct exo_pt_op op = {
            .va = EXO_DEVICE_BASE + (uint64_t)done * EXO_PAGE_BYTES, .frame = frame + done, .count = n,
            .op = EXO_PT_MAP, .prot = EXO_PROT_WRITE, .cap = EXO_PT_ACL,
        };
        if (exo_pt_update(0, EXO_CAP_NONE, &op, 1) != 1)
            return false;
        done += n;
    }
    return true;
}

static struct display *open_text(void)
{
    uint32_t frame = exo_info()->text_frame;
    if (!frame || !map_device(frame, 1))
        return NULL;
    vga_text_init(&vga, &port_io_machine, (volatile uint16_t *)EXO_DEVICE_BASE);
    return &vga.display;
}

static struct display *open_framebuffer(void)
{
    const struct exo_info *info = exo_info();
    struct framebuffer_mode mode = {
        info->fb_width, info->fb_height, info->fb_pitch, info->fb_bits,
        info->fb_red_shift, info->fb_green_shift, info->fb_blue_shift,
    };
    uint64_t bytes = (uint64_t)mode.pitch * mode.height;
    uint32_t frames = (uint32_t)((bytes + EXO_PAGE_BYTES - 1) / EXO_PAGE_BYTES);
    if (!info->fb_frame || !map_device(info->fb_frame, frames))
        return NULL;
    if (!framebuffer_init(&framebuffer, &mode, (volatile uint8_t *)EXO_DEVICE_BASE, &bitmap_font_console, VT_ROWS_MAX,
                          VT_COLUMNS_MAX))
        return NULL;
    return &framebuffer.display;
}

/* The screen, and the cells for the emulator in *cells. NULL without a screen. */
static struct screen *open_screen(const struct devices *devices, struct display_cell **cells)
{
    struct display *display = devices->text ? open_text() : devices->framebuffer ? open_framebuffer() : NULL;
    if (!display) {
        if (devices->text || devices->framebuffer)
            say("the screen cannot be used");
        return NULL;
    }
    size_t count = (size_t)display->rows * display->columns;
    *cells = calloc(VT_CELLS(display->rows, display->columns), sizeof **cells);
    struct display_cell *shown = calloc(count, sizeof *shown);
    if (!*cells || !shown) {
        say("no memory for the screen");
        return NULL;
    }
    screen_init(&screen, display, shown);
    return &screen;
}

static bool open_devices(const struct devices *devices)
{
    struct uart *serial = devices->uart && uart_init(&uart, &port_io_machine, UART_COM1) ? &uart : NULL;
    struct i8042 *keyboard = devices->ps2 && i8042_init(&ps2, &port_io_machine) ? &ps2 : NULL;
    struct display_cell *cells = NULL;
    struct screen *display = open_screen(devices, &cells);
    if (devices->uart && !serial)
        say("no serial port answers at 0x3f8");
    if (!console_init(&console, &console_system, terminal(), serial, keyboard, display, cells)) {
        say("the terminal pages are not set up");
        return false;
    }
    if (!display && devices->rows && devices->columns) {
        terminal()->window.rows = (uint16_t)devices->rows;
        terminal()->window.columns = (uint16_t)devices->columns;
    }
    return true;
}

/* Whatever needs the console changes `attention` after it: what was missed by the last turn ends the sleep at once. */
static _Noreturn void serve(void)
{
    struct tty_shared *tty = terminal();
    const uint32_t *irq_count = exo_act()->irq_count;
    for (;;) {
        uint32_t seen = __atomic_load_n(&tty->attention, __ATOMIC_SEQ_CST);
        if (console_step(&console, irq_count))
            continue;
        __atomic_store_n(&tty->console_sleeps, 1, __ATOMIC_SEQ_CST);
        sync_wait(&tty->attention, seen, console_deadline(&console), 0);
        __atomic_store_n(&tty->console_sleeps, 0, __ATOMIC_SEQ_CST);
    }
}

int main(int argc, char **argv)
{
    struct devices devices = { 0 };
    if (!parse(argc, argv, &devices)) {
        say("usage: console tty|bytes [uart] [ps2] [text | framebuffer] [size=ROWSxCOLUMNS]");
        return 2;
    }
    if (!open_devices(&devices))
        return 1;
    serve();
}
