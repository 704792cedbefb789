/* SPDX-License-Identifier: MIT
 *
 * platform.c: see platform.h. Devices at fixed places are looked for, not taken for granted: microvm lacks most of them.
 */
#include "platform.h"

#include "acpi.h"
#include "bootinfo.h"
#include "device_memory.h"
#include "devices.h"
#include "io.h"
#include "log.h"
#include "pci.h"
#include "tables.h"
#include "virtio_mmio.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

enum {
    COM1 = 0x3f8, COM2 = 0x2f8, UART_PORTS = 8, UART_SCRATCH = 7, COM1_IRQ = 4, COM2_IRQ = 3,
    I8042_DATA = 0x60, I8042_STATUS = 0x64, KEYBOARD_IRQ = 1, MOUSE_IRQ = 12,
    CRTC = 0x3d4, VGA_PORTS = 0x3c0, VGA_PORTS_COUNT = 0x20, VGA_TEXT = 0xb8000, VGA_TEXT_BYTES = 0x8000,
    CRTC_CURSOR_LOW = 0x0f,
    RTC_PORTS = 0x70, RTC_IRQ = 8,
    DEBUGCON = 0xe9,
    ECAM_BUS_SHIFT = 20,
    VIRTIO_PLACES_MAX = 64,
    PCI_HOST_BRIDGE = 0x060000,
};

enum { LINE_NONE = ~0u };

extern const struct driver drivers_start[], drivers_end[]; /* boot/kernel.ld */

static struct exo_device *add_ports(const char *name, uint64_t first, uint64_t count, uint32_t line)
{
    struct exo_device *device = device_add(EXO_DEV_PLATFORM, name);
    if (!device)
        return NULL;
    device_add_range(device, EXO_RANGE_PORTS, first, count);
    device->irq = line;
    return device;
}

static void add_uart(const char *name, uint16_t port, uint32_t irq)
{
    uint8_t old = port_read8(port + UART_SCRATCH);
    port_write8(port + UART_SCRATCH, 0x3c);
    bool there = port_read8(port + UART_SCRATCH) == 0x3c;
    port_write8(port + UART_SCRATCH, old);
    if (there)
        add_ports(name, port, UART_PORTS, isa_irq_to_line(irq));
}

static void add_keyboard(void)
{
    if (port_read8(I8042_STATUS) == 0xff)
        return;
    struct exo_device *keyboard = add_ports("keyboard", I8042_DATA, 1, isa_irq_to_line(KEYBOARD_IRQ));
    if (keyboard)
        device_add_range(keyboard, EXO_RANGE_PORTS, I8042_STATUS, 1);
    struct exo_device *mouse = device_add(EXO_DEV_PLATFORM, "mouse"); /* the same ports, another line */
    if (mouse)
        mouse->irq = isa_irq_to_line(MOUSE_IRQ);
}

static bool vga_answers(void)
{
    port_write8(CRTC, CRTC_CURSOR_LOW);
    uint8_t old = port_read8(CRTC + 1);
    port_write8(CRTC + 1, 0x5a);
    bool there = port_read8(CRTC + 1) == 0x5a;
    port_write8(CRTC + 1, old);
    return there;
}

/* A framebuffer takes the place of the text screen: the same adapter cannot show both. */
static void add_screen(const struct boot_framebuffer *fb, struct exo_info *info)
{
    if (fb->base) {
        uint64_t bytes = (uint64_t)fb->pitch * fb->height, offset = fb->base % EXO_PAGE_BYTES;
        struct exo_device *device = device_add(EXO_DEV_PLATFORM, "framebuffer");
        if (device)
            device_add_range(device, EXO_RANGE_FRAMEBUFFER, fb->base, bytes);
        info->fb_frame = (frame_t)(fb->base >> EXO_PAGE_BITS);
        info->fb_width = fb->width;
        info->fb_height = fb->height;
        info->fb_pitch = fb->pitch;
        info->fb_bits = fb->bits;
        info->fb_red_shift = fb->red_shift;
        info->fb_green_shift = fb->green_shift;
        info->fb_blue_shift = fb->blue_shift;
        log_info("screen", "framebuffer width=%u height=%u pitch=%u bits=%u", fb->width, fb->height, fb->pitch, fb->bits);
        device_range_add(info->fb_frame, (uint32_t)((bytes + offset + EXO_PAGE_BYTES - 1) >> EXO_PAGE_BITS),
                         DEVICE_MEMORY_WT);
        return;
    }
    if (!vga_answers())
        return;
    struct exo_device *device = add_ports("vga-text", VGA_PORTS, VGA_PORTS_COUNT, LINE_NONE);
    if (device)
        device_add_range(device, EXO_RANGE_MMIO, VGA_TEXT, VGA_TEXT_BYTES);
    info->text_frame = VGA_TEXT >> EXO_PAGE_BITS;
    device_range_add(info->text_frame, VGA_TEXT_BYTES >> EXO_PAGE_BITS, DEVICE_MEMORY_WT);
}

static void add_fixed(const struct boot_info *boot, struct exo_info *info)
{
    add_uart("serial0", COM1, COM1_IRQ);
    add_uart("serial1", COM2, COM2_IRQ);
    add_keyboard();
    add_screen(&boot->framebuffer, info);
    add_ports("rtc", RTC_PORTS, 2, isa_irq_to_line(RTC_IRQ));
    if (acpi.hpet_address) {
        struct exo_device *hpet = device_add(EXO_DEV_PLATFORM, "hpet");
        if (hpet)
            device_add_range(hpet, EXO_RANGE_MMIO, acpi.hpet_address, 0x400);
    }
    if (port_read8(DEBUGCON) == DEBUGCON)
        add_ports("debugcon", DEBUGCON, 1, LINE_NONE);
}

static void add_pci(void)
{
    uint32_t buses = acpi.ecam_address && acpi.ecam_last_bus >= acpi.ecam_first_bus
                         ? (uint32_t)(acpi.ecam_last_bus - acpi.ecam_first_bus + 1)
                         : 0;
    if (buses)
        pci_init(mmio_map(acpi.ecam_address + ((uint64_t)acpi.ecam_first_bus << ECAM_BUS_SHIFT), (size_t)buses << ECAM_BUS_SHIFT),
                 acpi.ecam_first_bus, acpi.ecam_last_bus);
    uint32_t found = pci_enumerate(isa_irq_to_line);
    log_info("pci", "functions=%u by=%s", found, buses ? "ecam" : "ports");
}

static void add_virtio_at(const struct virtio_place *place)
{
    virtio_mmio_add(place, mmio_map(place->address, VIRTIO_MMIO_BYTES));
}

static void add_virtio(const char *cmdline)
{
    struct virtio_place place;
    int result;
    for (unsigned i = 0; i < acpi.virtios; i++)
        if (acpi.virtio[i].bytes >= VIRTIO_MMIO_BYTES)
            add_virtio_at(&(struct virtio_place){acpi.virtio[i].address, acpi.virtio[i].bytes, acpi.virtio[i].line});
    for (unsigned n = 0; n < VIRTIO_PLACES_MAX && (result = virtio_mmio_place(cmdline, n, &place)) != 0; n++)
        if (result > 0)
            add_virtio_at(&place);
        else
            log_warn("devices", "a virtio_mmio.device word on the command line makes no sense n=%u", n);
}

/* Level-triggered unless the firmware has said something else about the line. */
static void configure_lines(const struct exo_device *table)
{
    for (uint32_t i = 0; i < device_count(); i++)
        if (table[i].bus == EXO_DEV_VIRTIO_MMIO)
            irq_line_configure(table[i].irq, true, false);
        else if (table[i].bus == EXO_DEV_PCI && table[i].irq != LINE_NONE && !irq_line_known(table[i].irq))
            irq_line_configure(table[i].irq, true, true);
}

/* "pc", "q35" or "microvm", by the host bridge or the lack of one. */
static const char *machine_name(const struct exo_device *table)
{
    bool virtio = false;
    for (uint32_t i = 0; i < device_count(); i++) {
        virtio |= table[i].bus == EXO_DEV_VIRTIO_MMIO;
        if (table[i].bus == EXO_DEV_PCI && table[i].class_code == PCI_HOST_BRIDGE && table[i].vendor == 0x8086)
            return table[i].device == 0x1237 ? "pc" : table[i].device == 0x29c0 ? "q35" : "";
    }
    return virtio || acpi.hardware_reduced ? "microvm" : "";
}

/* Things that the kernel itself uses, and lets nobody else have. */
static bool attach_nothing(struct exo_device *device)
{
    (void)device;
    return true;
}

static const struct device_id clock_ids[] = {
    {.bus = EXO_DEV_PLATFORM, .name = "rtc"}, {.bus = EXO_DEV_PLATFORM, .name = "hpet"}, {0}};
static const struct device_id log_ids[] = {{.bus = EXO_DEV_PLATFORM, .name = "debugcon"}, {0}};
static const struct device_id bridge_ids[] = {
    {.bus = EXO_DEV_PCI, .vendor = DEVICE_ANY, .device = DEVICE_ANY, .class_code = 0x060000, .class_mask = 0xff0000}, {0}};
DRIVER(clock_driver, "clock", clock_ids, attach_nothing);
DRIVER(log_driver, "log", log_ids, attach_nothing);
DRIVER(bridge_driver, "pci", bridge_ids, attach_nothing);

void platform_init(const struct boot_info *boot)
{
    struct exo_info *info = published_info;
    struct exo_device *table = publish_area(EXO_PUB_DEVICES, DEVICES_MAX * sizeof *table);
    devices_table(table);
    add_fixed(boot, info);
    add_pci();
    add_virtio(boot->cmdline);
    configure_lines(table);
    devices_match(drivers_start, drivers_end);
    info->devices = device_count();
    const char *name = machine_name(table);
    for (unsigned i = 0; i < sizeof info->machine - 1 && name[i]; i++)
        info->machine[i] = name[i];
}
