# SPDX-License-Identifier: MIT
#
# libexon.a: the library OS, the glue between it and newlib, and the drivers of ring 3.

# Heap allocators are linked where they are asked for (newlib-port/heap/rules.mk).
LIBEXON_SOURCES := $(filter-out libos/mem/heap/%,$(call files_below,libos,c)) $(call files,newlib-port,c) $(RING3_DRIVER_SOURCES)
LIBEXON_ASM := $(filter-out libos/exo/crt0.asm,$(call files_below,libos,asm)) $(call files,newlib-port,asm)
LIBEXON_OBJECTS := $(LIBEXON_SOURCES:%.c=$(OBJ)/user/%.o) $(LIBEXON_ASM:%.asm=$(OBJ)/user/%.asm.o)
LIBEXON := $(SYSROOT)/lib/libexon.a

LIBOS_CFLAGS := -std=gnu17 $(WARNINGS) $(OPTIMISE) -fno-strict-aliasing -fno-common -Ilibos -Inewlib-port -Idrivers -D_GNU_SOURCE
USER_ASFLAGS := -f elf64 -g -F dwarf -Werror -Ilibos/ -Inewlib-port/ -I$(GEN)/

# A C program may have functions of its own called read, link or kill. So what the POSIX boundary defines is weak, if its
# name has no underscore: newlib's own calls (_read) and the libOS's hooks keep their strength, and so does what is only
# used (a weak reference would not pull its definition out of the archive).
POSIX_ROOMS := newlib-port/% libos/posix/%
weaken = $(if $(filter $(POSIX_ROOMS),$<),&& $(NM) -g --defined-only $@ | \
	sed -n -e '1i-' -e 's/.* [TDBR] \([a-z0-9]*\)$$/\1/p' > $@.weak \
	&& $(OBJCOPY) --weaken-symbols=$@.weak $@)

# What starts and ends processes and reports deaths is in every program and runs seldom: it is compiled for size.
for_size = $(if $(filter libos/proc/% libos/posix/fatal.c libos/posix/text.c libos/exo/start.c libos/exo/image.c libos/dev/% libos/mem/region.c libos/mem/budget.c libos/fs/file.c libos/sched/cpus.c libos/sched/thread.c libos/posix/itimer.c newlib-port/reent.c newlib-port/locks.c libos/posix/fd.c libos/posix/signal.c libos/posix/pid.c libos/fs/cpio.c libos/fs/initrd.c libos/fs/devfs.c libos/fs/pipe.c libos/fs/ramfs.c libos/mem/pages.c libos/sync/wait.c,$(1)),-Os)

# Options of single files: CFLAGS_libos/exo/upcall.c := -mgeneral-regs-only
$(OBJ)/user/%.o: %.c $(EXON_CC) $(CONFIG) libos/rules.mk | $(SYSROOT_HEADERS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(EXON_CC) $(LIBOS_CFLAGS) $(call for_size,$<) $(CFLAGS_$<) -MD -MP -c -o $@ $< $(weaken)
$(OBJ)/user/%.asm.o: %.asm $(ABI_OFFSETS) $(CONFIG) | $(ABI_STAMP)
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D) && $(NASM) $(USER_ASFLAGS) -MD $(@:.o=.d) -MP -o $@ $<

# Libraries that choose the scheduling policy of a program that is linked with them: -lsched-stride.
SCHED_POLICIES := $(subst _,-,$(basename $(notdir $(call files,libos/sched/policies,c))))
SCHED_LIBS := $(SCHED_POLICIES:%=$(SYSROOT)/lib/libsched-%.a)
$(SCHED_LIBS): $(SYSROOT)/lib/libsched-%.a: $(EXON_CC) $(CONFIG) libos/sched/policy.h libos/rules.mk | $(SYSROOT_HEADERS)
	$(Q)mkdir -p $(@D) $(OBJ)/sched && printf '#include "sched/policy.h"\n%s\n' \
		'const struct sched_policy *const sched_policy = &sched_$(subst -,_,$*);' > $(OBJ)/sched/$*.c
	$(Q)$(EXON_CC) -O2 -c -o $(OBJ)/sched/$*.o $(OBJ)/sched/$*.c && rm -f $@ && $(AR) rcsD $@ $(OBJ)/sched/$*.o

# Their names, one a line, for exon-run.
SCHED_NAMES := $(SHARE)/schedulers
$(SCHED_NAMES): $(call files,libos/sched/policies,c) libos/rules.mk
	$(Q)mkdir -p $(@D) && printf '%s\n' $(SCHED_POLICIES) > $@

$(LIBEXON): $(LIBEXON_OBJECTS)
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $(LIBEXON_OBJECTS)
