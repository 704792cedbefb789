/* SPDX-License-Identifier: MIT
 *
 * terminal.c: the console environment: built with its hardware bound to it, watched, started again when it dies.
 *
 * Layer: apps/init. The devices are found in the published device table by their ports. Bindings end with the environment
 * that has them, so a new console gets them again. The terminal pages stay: no byte of output is lost with a console.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dev/tty.h"
#include "exo/exo.h"
#include "exo/layout.h"
#include "init.h"
#include "policy.h"
#include "proc/build.h"
#include "proc/session_sys.h"
#include "sched/thread.h"

#define CONSOLE_PATH "bin/console"
#define READY_NS 5000000000ull
#define DRAIN_NS 10000000000ull
#define LOOK_NS 100000000ull /* so often a wait for the console makes sure that it still runs */
#define GONE_TRIES 1000
#define PORT_UART 0x3f8
#define PORT_PS2 0x60
#define PORT_PS2_COMMAND 0x64
#define PORT_VGA 0x3c0
#define PORT_VGA_END 0x3e0

/* What of the machine the console drives. */
struct hardware {
    const struct exo_device *uart, *ps2;
    int text, framebuffer;
};

static struct {
    struct cpio_entry program;
    struct hardware hardware;
    uint64_t env; /* 0: there is none */
    uint32_t starts;
    uint32_t before; /* tty_shared.generation before it started */
    int bytes;
} console;

static struct tty_shared *tty(void) { return (struct tty_shared *)EXO_TTY_BASE; }

/* ---- Hardware ---- */

/* The device whose table entry has this port. */
static const struct exo_device *device_of_port(uint64_t port)
{
    for (uint32_t i = 0; i < exo_info()->devices; i++) {
        const struct exo_device *device = exo_device_entry(i);
        for (unsigned r = 0; r < sizeof device->range / sizeof device->range[0]; r++)
            if (device->range[r].kind == EXO_RANGE_PORTS && port >= device->range[r].base &&
                port < device->range[r].base + device->range[r].bytes)
                return device;
    }
    return NULL;
}

/* The device that the kernel's table calls by this name. */
static const struct exo_device *device_named(const char *name)
{
    for (uint32_t i = 0; i < exo_info()->devices; i++)
        if (strncmp(exo_device_entry(i)->name, name, sizeof exo_device_entry(i)->name) == 0)
            return exo_device_entry(i);
    return NULL;
}

static void hardware_find(struct hardware *hardware)
{
    const struct exo_info *info = exo_info();
    hardware->uart = device_of_port(PORT_UART);
    hardware->ps2 = device_of_port(PORT_PS2);
    hardware->framebuffer = info->fb_frame != 0;
    hardware->text = info->text_frame != 0 && !hardware->framebuffer;
}

/* Says in the log which binding failed; the console does without. */
static void bind_check(int64_t result, const char *what)
{
    if (result < 0)
        init_say("console: %s cannot be bound: %s", what, exo_error_name(result));
}

static void name_driver(const struct exo_device *device)
{
    if (device != NULL)
        exo_driver_name(INIT_CAP_ROOT, (uint32_t)(device - exo_device_entry(0)), "console");
}

/* A terminal's devices may interrupt at any rate that they can: a byte or two each time. */
static void bind_line(uint64_t env, uint32_t line, uint32_t index, const char *what)
{
    struct exo_irq_spec spec = {.index = index};
    bind_check(exo_irq_bind(INIT_CAP_ROOT, line, env, 0, &spec), what);
}

static void bind_uart(uint64_t env)
{
    bind_check(exo_port_bind(INIT_CAP_ROOT, env, PORT_UART, 8), "serial port");
    bind_line(env, CONSOLE_LINE_UART, CONSOLE_IRQ_UART, "serial interrupt");
    name_driver(console.hardware.uart);
}

static void bind_ps2(uint64_t env)
{
    bind_check(exo_port_bind(INIT_CAP_ROOT, env, PORT_PS2, 1), "keyboard port");
    bind_check(exo_port_bind(INIT_CAP_ROOT, env, PORT_PS2_COMMAND, 1), "keyboard command port");
    bind_line(env, CONSOLE_LINE_KEYBOARD, CONSOLE_IRQ_KEYBOARD, "keyboard interrupt");
    bind_line(env, CONSOLE_LINE_MOUSE, CONSOLE_IRQ_MOUSE, "mouse interrupt");
    name_driver(console.hardware.ps2);
    name_driver(device_named("mouse"));
}

static void share_screen(uint32_t frame, uint64_t bytes, const char *what)
{
    struct exo_cap who = {.bits = 0x40ull << 56, .len = 8, .rights = EXO_RIGHT_READ | EXO_RIGHT_WRITE};
    uint64_t frames = (bytes + EXO_PAGE_BYTES - 1) / EXO_PAGE_BYTES;
    uint32_t n = frames < EXO_SHARE_MAX ? (uint32_t)frames : EXO_SHARE_MAX; /* a device range is shared as a whole */
    bind_check(exo_frame_share(INIT_CAP_ROOT, frame, n, &who), what);
}

/* build_plan.made: the environment exists and does not run yet. */
static void bind_hardware(void *argument, uint64_t env)
{
    const struct exo_info *info = exo_info();
    const struct hardware *hardware = argument;
    if (hardware->uart)
        bind_uart(env);
    if (hardware->ps2)
        bind_ps2(env);
    if (hardware->text) {
        bind_check(exo_port_bind(INIT_CAP_ROOT, env, PORT_VGA, PORT_VGA_END - PORT_VGA), "text screen ports");
        share_screen(info->text_frame, EXO_PAGE_BYTES, "text screen");
        name_driver(device_named("vga-text"));
    }
    if (hardware->framebuffer) {
        share_screen(info->fb_frame, (uint64_t)info->fb_pitch * info->fb_height, "framebuffer");
        name_driver(device_named("framebuffer"));
    }
}

/* A program's bytes need the serial port; a terminal that nobody sees is said to be one, and the machine may be of use. */
static int hardware_serves(void)
{
    if (console.bytes && !console.hardware.uart) {
        init_say("console: there is no serial port at 0x%x, where the program's bytes would go", PORT_UART);
        return 0;
    }
    if (!console.hardware.uart && !console.hardware.text && !console.hardware.framebuffer)
        init_say("console: there is no serial port and no screen: nobody sees what is written");
    return 1;
}

/* ---- The environment ---- */

static int console_build(void)
{
    char *argv[8] = {"console", console.bytes ? "bytes" : "tty"}, *envp[] = {NULL};
    int n = 2;
    if (console.hardware.uart)
        argv[n++] = "uart";
    if (console.hardware.ps2)
        argv[n++] = "ps2";
    if (console.hardware.text)
        argv[n++] = "text";
    if (console.hardware.framebuffer)
        argv[n++] = "framebuffer";
    struct build_mapping pages = {
        .va = EXO_TTY_BASE,
        .frame = session_header()->tty_frame,
        .count = TTY_PAGES,
        .prot = EXO_PROT_WRITE,
        .cap = 0,
    };
    struct build_plan plan = {
        .name = "console",
        .image = console.program.data,
        .image_bytes = console.program.bytes,
        .cap = INIT_CAP_CONSOLE,
        .argv = argv,
        .envp = envp,
        .path = "/" CONSOLE_PATH,
        .start = {.flags = START_TTY, .process_slot = START_NO_PROCESS},
        .mappings = &pages,
        .mapping_count = 1,
        .made = bind_hardware,
        .argument = &console.hardware,
    };
    const char *reason = "";
    console.before = tty()->generation;
    tty()->complaint[0] = 0;
    int result = build_environment(&plan, &console.env, &reason);
    if (result != 0) {
        console.env = 0;
        init_say("console: cannot be started: %s", reason);
    }
    console.starts++;
    return result == 0;
}

int terminal_start(const struct cpio *archive, int bytes)
{
    console.bytes = bytes;
    if (!boot_image_file(archive, CONSOLE_PATH, &console.program)) {
        init_say("console: /%s is not in the initrd", CONSOLE_PATH);
        return 0;
    }
    hardware_find(&console.hardware);
    return hardware_serves() && console_build();
}

/* Waits, a bounded time, until nothing of an ended environment is left: its successor needs the same quota. */
static void gone_wait(uint64_t env)
{
    struct exo_env_info info;
    for (int tries = 0; tries < GONE_TRIES; tries++) {
        exo_env_read((uint32_t)(env % EXO_ENVS_MAX), &info);
        if (info.id != env || info.state == EXO_ENV_FREE)
            return;
        thread_sleep_until(exo_clock_ns() + 1000000ull);
    }
}

/* Whoever is at the other end of the serial line may send once the console has reset the port: the log says so. */
void terminal_announce(void)
{
    uint64_t deadline = exo_clock_ns() + READY_NS;
    uint32_t before = console.before;
    while (__atomic_load_n(&tty()->generation, __ATOMIC_ACQUIRE) == before) {
        if (exo_clock_ns() >= deadline || !session_sys_runs(console.env))
            break;
        session_wait(&tty()->generation, before, exo_clock_ns() + LOOK_NS, WAIT_WORD);
    }
    tty()->complaint[sizeof tty()->complaint - 1] = 0;
    if (tty()->complaint[0])
        init_say("console: %s", tty()->complaint);
    if (__atomic_load_n(&tty()->generation, __ATOMIC_ACQUIRE) != before)
        init_log(EXO_LOG_INFO, "console-ready");
}

int terminal_check(void)
{
    if (console.env == 0)
        return 0;
    if (session_sys_runs(console.env))
        return 1;
    exo_env_destroy(INIT_CAP_CONSOLE, console.env);
    gone_wait(console.env);
    console.env = 0;
    if (console.starts > policy_console_restarts()) {
        init_say("console: died %u times; it stays dead", console.starts);
        return 0;
    }
    int runs = console_build();
    if (runs) {
        terminal_announce();
        init_say("console: died and was started again");
    }
    return runs;
}

void terminal_open(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (open("/dev/tty", O_RDWR) != fd)
            init_say("/dev/tty cannot be opened as descriptor %d: %s", fd, strerror(errno));
}

int terminal_runs(void) { return console.env != 0; }

void terminal_drain(void)
{
    uint64_t deadline = exo_clock_ns() + DRAIN_NS;
    for (;;) {
        uint64_t now = exo_clock_ns();
        if (now >= deadline || !terminal_check() || tty_drain(now + LOOK_NS) == 0)
            return;
    }
}
