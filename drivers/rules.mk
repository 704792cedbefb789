# SPDX-License-Identifier: MIT
#
# Drivers by ring. A file named here belongs to the kernel, every other one to the libOS (libexon.a); its header says why.

RING0_DRIVERS := debugcon uart_log hpet ioapic lapic pci pci_names pic8259 pit8254 rtc virtio virtio_mmio virtio_mmio_ops \
	virtio_pci virtio_registers

RING0_DRIVER_SOURCES := $(RING0_DRIVERS:%=drivers/%.c)
RING3_DRIVER_SOURCES := $(filter-out $(RING0_DRIVER_SOURCES),$(call files,drivers,c))

# The console's font: bitmaps of a packaged one, turned into a table.
CONSOLE_FONT := /usr/share/consolefonts/Uni2-Fixed16.psf.gz
$(GEN)/font.h: drivers/mkfont.py | setup
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && $(PYTHON) $< $(CONSOLE_FONT) $@
$(OBJ)/user/drivers/console_font.o: $(GEN)/font.h
CFLAGS_drivers/console_font.c := -I$(GEN)
