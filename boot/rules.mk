# SPDX-License-Identifier: MIT
#
# The kernel image, the boot image (first environment and archive), exon-run, the ISO, and the targets that boot.

KERNEL := $(B)/exon.elf
KERNEL_SCRIPT := boot/kernel.ld

BOOT_SOURCES := $(call files,boot,c)
BOOT_ASM := $(call files,boot,asm)
KERNEL_OBJECTS = $(patsubst %.c,$(OBJ)/kernel/%.o,$(BOOT_SOURCES) $(KERNEL_SOURCES) $(RING0_DRIVER_SOURCES)) \
	$(patsubst %.asm,$(OBJ)/kernel/%.asm.o,$(BOOT_ASM) $(KERNEL_ASM))

# Linked twice: the names of the first link's functions go into the second, behind all else (boot/ksyms.py).
KERNEL_LINK = $(LD) -m elf_x86_64 -nostdlib -static -no-pie --gc-sections -z noexecstack -z max-page-size=4096 \
	--build-id=none --fatal-warnings -T $(KERNEL_SCRIPT) -o

$(GEN)/ksyms_empty.c: boot/ksyms.py
	$(Q)mkdir -p $(@D) && $(PYTHON) boot/ksyms.py $@
$(OBJ)/kernel/first.elf: $(KERNEL_OBJECTS) $(OBJ)/kernel/ksyms_empty.o $(KERNEL_SCRIPT)
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) $@ $(KERNEL_OBJECTS) $(filter %/ksyms_empty.o %/ksyms.o,$^)
$(GEN)/ksyms.c: $(OBJ)/kernel/first.elf boot/ksyms.py
	$(call say,GEN,$@)
	$(Q)$(NM) -n $< > $(GEN)/ksyms.nm && $(PYTHON) boot/ksyms.py $@ - < $(GEN)/ksyms.nm
$(OBJ)/kernel/ksyms_empty.o $(OBJ)/kernel/ksyms.o: $(OBJ)/kernel/%.o: $(GEN)/%.c exokernel/ksyms.h $(CONFIG)
	$(Q)mkdir -p $(@D) && $(CC) $(filter-out -fdata-sections,$(KERNEL_CFLAGS)) -c -o $@ $<
$(KERNEL): $(KERNEL_OBJECTS) $(OBJ)/kernel/ksyms.o $(KERNEL_SCRIPT)
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) $@ $(KERNEL_OBJECTS) $(filter %/ksyms_empty.o %/ksyms.o,$^)
	$(Q)$(NM) -n $@ | $(PYTHON) boot/ksyms.py $(GEN)/ksyms_second.c - && \
		cmp -s $(GEN)/ksyms.c $(GEN)/ksyms_second.c || { \
		echo "$@: the second link moved functions; boot/kernel.ld must put .ksyms last" >&2; rm -f $@; exit 1; }

# exon-run and its package.
EXON_RUN := $(B)/bin/exon-run
EXON_RUN_SOURCES := $(call files,boot/exonrun,py)
EXON_RUN_COPIES := $(EXON_RUN_SOURCES:boot/exonrun/%=$(B)/bin/exonrun/%)
$(EXON_RUN_COPIES): $(B)/bin/exonrun/%: boot/exonrun/%
	$(Q)mkdir -p $(@D) && cp $< $@
$(EXON_RUN): boot/exon-run $(EXON_RUN_COPIES)
	$(call say,INSTALL,$@)
	$(Q)mkdir -p $(@D) && cp $< $@ && chmod +x $@

EXON_TIMELINE := $(B)/bin/exon-timeline
$(EXON_TIMELINE): boot/exon-timeline $(EXON_RUN_COPIES)
	$(call say,INSTALL,$@)
	$(Q)mkdir -p $(@D) && cp $< $@ && chmod +x $@

# exon-compare, likewise.
EXON_COMPARE := $(B)/bin/exon-compare
EXON_COMPARE_COPIES := $(patsubst boot/%,$(B)/bin/%,$(call files,boot/exoncompare,py))
$(EXON_COMPARE_COPIES): $(B)/bin/exoncompare/%: boot/exoncompare/%
	$(Q)mkdir -p $(@D) && cp $< $@
$(EXON_COMPARE): boot/exon-compare $(EXON_COMPARE_COPIES)
	$(call say,INSTALL,$@)
	$(Q)mkdir -p $(@D) && cp $< $@ && chmod +x $@

$(SHARE)/abi.json: $(GEN)/abi.json
	$(Q)mkdir -p $(@D) && cp $< $@

$(SHARE)/grub.cfg: boot/grub.cfg
	$(Q)mkdir -p $(@D) && cp $< $@

# init's ELF file, zeroes to a page, then the archive: the programs, and what lies in boot/root.
BOOT_IMAGE := $(B)/boot.img
BOOT_ROOT := $(shell find boot/root -type f 2>/dev/null | sort)
BOOT_PROGRAMS := $(filter-out $(INIT),$(APP_PROGRAMS))
$(BOOT_IMAGE): $(APP_PROGRAMS) $(BOOT_ROOT) boot/mkimage $(EXON_RUN_SOURCES)
	$(call say,IMAGE,$@)
	$(Q)$(PYTHON) boot/mkimage $@ $(INIT) $(foreach p,$(BOOT_PROGRAMS),/bin/$(notdir $(p))=$(p)) \
		$(foreach f,$(BOOT_ROOT),$(f:boot/root/%=/%)=$(f))

ISO := $(B)/exon.iso
$(ISO): $(KERNEL) $(BOOT_IMAGE) boot/grub.cfg boot/mkiso $(EXON_RUN_SOURCES)
	$(call say,ISO,$@)
	$(Q)$(PYTHON) boot/mkiso $@ $(KERNEL) $(BOOT_IMAGE) boot/grub.cfg

# Everything that exon-run needs.
RUN_ALL = $(KERNEL) $(BOOT_IMAGE) $(EXON_RUN) $(EXON_TIMELINE) $(EXON_COMPARE) $(SHARE)/grub.cfg $(SHARE)/abi.json \
	$(SCHED_NAMES) $(SHARE)/heaps $(SLICE_NAMES)

# A shell until `exit`, or until Ctrl-], which is no failure (130).
run_shell = [ ! -t 0 ] || echo 'A shell on Exon: help says what it knows, exit or Ctrl-] ends the machine.'; \
	$(EXON_RUN) $(RUN_OPTIONS) $(1) || { status=$$?; [ $$status = 130 ] || exit $$status; }

.PHONY: run run-iso run-uefi iso gdb
run: all ## boots to a shell, or runs APP="program arguments"
ifdef APP
	@status=0; $(EXON_RUN) $(RUN_OPTIONS) $(APP) || status=$$?; echo "exit status $$status"; exit $$status
else
	@$(call run_shell)
endif

iso: $(ISO) ## the image for CD and stick, BIOS and UEFI
run-iso: $(ISO) $(EXON_RUN) ## boots that image through SeaBIOS
	@$(call run_shell,--boot iso --iso $(ISO))
run-uefi: $(ISO) $(EXON_RUN) ## boots that image through OVMF
	@$(call run_shell,--boot uefi --iso $(ISO))

# Scheduling policies compared: table, CSV, plots and page in build/compare/schedulers.
.PHONY: compare-schedulers
compare-schedulers: $(RUN_ALL) ## workloads under every scheduling policy: table, CSV, plots, page (COMPARE_OPTIONS)
	$(Q)sh newlib-port/setup compare
	@$(EXON_COMPARE) $(COMPARE_OPTIONS)

# For programs that need the keyboard, and for what else GDB can do here: docs/debugging.md.
gdb: $(RUN_ALL) ## GDB on APP="program arguments" (hello), stopped at its main
	@RUN_OPTIONS="$(RUN_OPTIONS)" $(PYTHON) tests/gdb/session.py $(B) -- $(or $(APP),hello)
