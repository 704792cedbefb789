# SPDX-License-Identifier: MIT
#
# The generated ABI and the kernel's objects. Linking stands in boot/rules.mk.

KERNEL_SOURCES := $(call files,exokernel exokernel/x86,c)
KERNEL_ASM := $(call files,exokernel exokernel/x86,asm)

ABI_HEADERS := $(wildcard exokernel/abi/*.h)
ABI_TABLES := $(wildcard exokernel/abi/*.tbl exokernel/abi/*.py) $(ABI_HEADERS)
ABI_GENERATED := $(addprefix $(GEN)/,exo_calls.h exo_stubs.h exo_dispatch.h exo_abi.inc abi.md abi.json)
ABI_STAMP := $(GEN)/abi.stamp
# Structure offsets for assembly: exo_offsets.inc from the ABI, kernel_offsets.inc from the kernel's own, if it has any.
ABI_OFFSETS := $(GEN)/exo_offsets.inc
KERNEL_OFFSETS := $(ABI_OFFSETS) $(if $(wildcard exokernel/x86/offsets.c),$(GEN)/kernel_offsets.inc)
KERNEL_SOURCES := $(filter-out exokernel/x86/offsets.c,$(KERNEL_SOURCES))

KERNEL_INCLUDES := -Iexokernel -Iexokernel/abi -Iboot -Idrivers -I$(GEN)
KERNEL_CFLAGS = -std=gnu17 -ffreestanding -nostdinc -isystem $(GCC_INCLUDE) -mno-red-zone -mgeneral-regs-only \
	-mcmodel=kernel -fno-pic -fno-pie -fno-stack-protector -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fno-common -fcf-protection=none -ffunction-sections -fdata-sections \
	-fno-align-loops -fno-align-jumps -fno-align-labels $(WARNINGS) $(OPTIMISE) $(KERNEL_INCLUDES) \
	-U__linux__ -Ulinux -U__unix__ -Uunix
KERNEL_ASFLAGS := -f elf64 -g -F dwarf -Werror -Iexokernel/ -Iexokernel/x86/ -Iboot/ -I$(GEN)/ \
	$(if $(filter 1,$(DEBUG)),-DEXON_DEBUG=1)

$(ABI_STAMP): $(ABI_TABLES) $(CONFIG)
	$(call say,GEN,exokernel/abi)
	$(Q)mkdir -p $(GEN) && $(PYTHON) exokernel/abi/gen.py $(GEN) && touch $@
$(ABI_GENERATED): $(ABI_STAMP) ;

OFFSETS_CFLAGS = $(filter-out -g -O2 -Og,$(KERNEL_CFLAGS)) -O2
$(GEN)/exo_offsets.inc: exokernel/abi/offsets.c exokernel/abi/offsets.sh $(ABI_HEADERS) $(ABI_STAMP)
	$(call say,GEN,$<)
	$(Q)sh exokernel/abi/offsets.sh $@ $(CC) $(OFFSETS_CFLAGS) $<
$(GEN)/kernel_offsets.inc: exokernel/x86/offsets.c exokernel/abi/offsets.sh $(ABI_HEADERS) \
		$(wildcard exokernel/*.h exokernel/x86/*.h boot/*.h) $(ABI_STAMP)
	$(call say,GEN,$<)
	$(Q)sh exokernel/abi/offsets.sh $@ $(CC) $(OFFSETS_CFLAGS) $<

# Kernel objects, of whatever room: build/obj/kernel/ROOM/FILE.o
$(OBJ)/kernel/%.o: %.c $(CONFIG) | $(ABI_STAMP)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(KERNEL_CFLAGS) -MMD -MP -c -o $@ $<
$(OBJ)/kernel/%.asm.o: %.asm $(KERNEL_OFFSETS) $(CONFIG) | $(ABI_STAMP)
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D) && $(NASM) $(KERNEL_ASFLAGS) -MD $(@:.o=.d) -MP -o $@ $<
