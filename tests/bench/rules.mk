# SPDX-License-Identifier: MIT
#
# Benchmarks: `make bench` measures Exon and Linux and writes docs/measurements.md, `make bench-quick` Exon alone,
# `make bench-check` compares with the stored baseline. tests/bench/bench does the work; ROWS="a b" chooses rows.
#
# A file posix_*.c or exo_*.c put into tests/bench is a part of the program from then on (tests/bench/bench.h). One of its files
# it shares with an app.

BENCH_OUT := $(B)/bench
BENCH_POSIX := $(filter-out tests/bench/posix_threads.c,$(wildcard tests/bench/posix_*.c))
BENCH_COMMON := tests/bench/bench.c $(BENCH_POSIX)
BENCH_EXON := $(BENCH_OUT)/exon/bench
BENCH_BOOT := $(BENCH_OUT)/exon/boot
BENCH_LINUX := $(BENCH_OUT)/linux/bench
BENCH_CFLAGS := -std=gnu17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE
MUSL_CC ?= musl-gcc

# posix_threads.c is in once threads link.
$(BENCH_OUT)/threads: tests/bench/posix_threads.c $(PROGRAM_NEEDS)
	$(Q)mkdir -p $(@D) && printf '#include <pthread.h>\nint main(void) { pthread_t t; pthread_cond_t c; \
		return pthread_create(&t, 0, 0, 0) + pthread_cond_init(&c, 0); }\n' > $@.c
	$(Q)if $(EXON_CC) -Werror -o $@.probe $@.c 2> /dev/null && ! $(NM) $@.probe | grep -q absent_pthread; \
		then echo tests/bench/posix_threads.c; fi > $@

$(BENCH_EXON): $(BENCH_COMMON) $(wildcard tests/bench/exo_*.c tests/bench/*.h apps/appel/prim*) $(BENCH_OUT)/threads $(PROGRAM_NEEDS)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(EXON_CC) $(BENCH_CFLAGS) -o $@ $(filter %.c,$^) $$(cat $(BENCH_OUT)/threads)
$(BENCH_BOOT): tests/bench/boot.c $(PROGRAM_NEEDS)
	$(Q)mkdir -p $(@D) && $(EXON_CC) $(BENCH_CFLAGS) -o $@ $<
$(BENCH_LINUX): $(BENCH_COMMON) tests/bench/posix_threads.c tests/bench/linux_init.c tests/bench/bench.h | bench-setup
	$(call say,MUSL,$@)
	$(Q)mkdir -p $(@D) && $(MUSL_CC) $(BENCH_CFLAGS) -static -Wl,--wrap=main -o $@ $(filter %.c,$^)

BENCH_NEEDS = $(BENCH_EXON) $(BENCH_BOOT) $(RUN_ALL)
LONGEST_NEEDS = $(B)/tests/kernel.elf $(B)/tests/adversary.elf $(B)/tests/guest/proc_limits $(B)/tests/guest/proc_spawn
BENCH_RUN = $(PYTHON) tests/bench/bench --build $(B) --size $(NM:%nm=%size) \
	--objects "$(KERNEL_SOURCES:%.c=$(OBJ)/kernel/%.o) $(KERNEL_ASM:%=$(OBJ)/kernel/%.o)" $(if $(ROWS),--rows "$(ROWS)")

.PHONY: bench bench-quick bench-check bench-longest bench-baseline bench-setup
bench-setup:
	$(Q)sh newlib-port/setup bench
bench: $(BENCH_NEEDS) $(BENCH_LINUX) ## Exon and Linux measured in the same QEMU; writes docs/measurements.md and plots
	@sh tests/bench/linux-guest $(BENCH_OUT)/linux $(BENCH_LINUX)
	@$(BENCH_RUN) full
bench-quick: $(BENCH_NEEDS) ## instruction counts of Exon alone, in less than a minute
	@$(BENCH_RUN) quick
bench-check: $(BENCH_NEEDS) ## fails when an instruction count grew by more than 5 % over tests/bench/baseline.json
	@$(BENCH_RUN) check
bench-longest: $(BENCH_NEEDS) $(LONGEST_NEEDS) ## the kernel's longest paths with interrupts off, in some minutes
	@$(PYTHON) tests/bench/longest --build $(B)
bench-baseline: $(BENCH_NEEDS)
	@$(BENCH_RUN) baseline

# tests/bench/test_bench.py needs them.
test test-all: $(BENCH_EXON)
