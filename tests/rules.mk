# SPDX-License-Identifier: MIT
#
# What the tests need, and the targets that run them. tests/run finds and judges the tests (its head says how).
#
# Programs for the guest: tests/guest/NAME.c, or all of tests/guest/NAME/*.c, make build/tests/guest/NAME (but for kernel
# and adversary, see below).

GUEST_NAMES := $(filter-out kernel adversary,$(sort $(patsubst tests/guest/%.c,%,$(wildcard tests/guest/*.c)) \
	$(patsubst tests/guest/%/,%,$(sort $(dir $(wildcard tests/guest/*/*.c))))))
GUEST_PROGRAMS := $(GUEST_NAMES:%=$(B)/tests/guest/%)
guest_sources = $(if $(wildcard tests/guest/$(1).c),tests/guest/$(1).c,$(call files_below,tests/guest/$(1),c))
guest_objects = $(patsubst %.c,$(OBJ)/%.o,$(call guest_sources,$(1)))

GUEST_CFLAGS := -std=gnu17 $(WARNINGS) $(OPTIMISE) -D_GNU_SOURCE -Itests/guest

$(OBJ)/tests/guest/%.o: tests/guest/%.c $(EXON_CC) $(CONFIG) | $(SYSROOT_HEADERS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(EXON_CC) $(GUEST_CFLAGS) $(CFLAGS_$<) -MD -MP -c -o $@ $<
$(GUEST_PROGRAMS): $(B)/tests/guest/%: $$(call guest_objects,%) $(PROGRAM_NEEDS) $(HEAP_ALL)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(EXON_CC) -o $@ $(filter $(OBJ)/tests/guest/%.o,$^) $(LINK_$*)

LINK_heaps := -lheap

TEST_OPTIONS ?=
TEST_ALL = $(SYSROOT_ALL) $(RUN_ALL) $(ISO) $(GUEST_PROGRAMS) $(ABI_STAMP) $(LIBOS_PAGE)

.PHONY: test test-all test-programs check
test-programs: $(GUEST_PROGRAMS) $(ABI_STAMP) $(LIBOS_PAGE)
test: $(TEST_ALL) ## the test suite
	@$(PYTHON) tests/run --build $(B) $(TEST_OPTIONS)
test-all: $(TEST_ALL) $(TOOLCHAIN) ## the test suite with the long tests and the whole matrix
	@$(PYTHON) tests/run --build $(B) --all $(TEST_OPTIONS)
check: $(ABI_STAMP) $(LIBOS_PAGE) ## layers, form of the files, freshness of the generated pages
	$(Q)$(PYTHON) tests/check/check.py $(B)

include tests/bench/rules.mk
include tests/heaps/rules.mk

# Suites that are the first environment, on the raw ABI (tests/guest/kernel/suite.h); no libOS, no newlib: the kernel tests,
# and the attackers, who stand on the same runtime.
SUITE_RUNTIME := runtime child suite
SUITE_RUNTIME_OBJECTS := $(SUITE_RUNTIME:%=$(OBJ)/tests/guest/kernel/%.o) $(OBJ)/tests/guest/kernel/entry.asm.o
suite_objects = $(patsubst %.c,$(OBJ)/%.o,$(call files,tests/guest/$(1),c)) $(SUITE_RUNTIME_OBJECTS)
SUITES := $(B)/tests/kernel.elf $(B)/tests/adversary.elf
SUITE_CFLAGS = -std=gnu17 -ffreestanding -nostdinc -isystem $(GCC_INCLUDE) -mgeneral-regs-only -mno-red-zone -fno-pic -fno-pie \
	-fno-stack-protector -fno-strict-aliasing -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-tree-loop-distribute-patterns $(WARNINGS) -Wno-clobbered $(OPTIMISE) -Itests/guest/kernel -Iexokernel/abi -I$(GEN)

$(OBJ)/tests/guest/kernel/%.o: tests/guest/kernel/%.c $(CONFIG) | $(ABI_STAMP)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(SUITE_CFLAGS) -MD -MP -c -o $@ $<
$(OBJ)/tests/guest/adversary/%.o: tests/guest/adversary/%.c $(CONFIG) | $(ABI_STAMP)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(SUITE_CFLAGS) -MD -MP -c -o $@ $<
$(OBJ)/tests/guest/kernel/%.asm.o: tests/guest/kernel/%.asm $(ABI_OFFSETS) $(CONFIG) | $(ABI_STAMP)
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D) && $(NASM) -f elf64 -g -F dwarf -Werror -I$(GEN)/ -MD $(@:.o=.d) -MP -o $@ $<
$(SUITES): $(B)/tests/%.elf: $$(sort $$(call suite_objects,%))
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(LD) -m elf_x86_64 -nostdlib -static -no-pie -z noexecstack -z max-page-size=4096 \
		-z separate-code --build-id=none -Ttext-segment=0x400000 -o $@ $^
test test-all: $(SUITES)
