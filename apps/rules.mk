# SPDX-License-Identifier: MIT
#
# Programs: apps/NAME.c, or all of apps/NAME/*.c, make build/apps/NAME (debugging sections in build/debug/NAME).
# apps/lib is no program: its files make an archive that every program is linked with, of which it pays for what it calls.
# apps/examples is for reading; tests compile it.
#
#   LINK_NAME := ...     further options for linking NAME
#   CFLAGS_FILE := ...   and for compiling a file

APP_NAMES := $(sort $(patsubst apps/%.c,%,$(wildcard apps/*.c)) \
	$(filter-out lib examples,$(patsubst apps/%/,%,$(sort $(dir $(wildcard apps/*/*.c))))))
APP_PROGRAMS := $(APP_NAMES:%=$(B)/apps/%)
INIT := $(B)/apps/init

# Sources and objects of one program.
app_sources = $(if $(wildcard apps/$(1).c),apps/$(1).c,$(call files_below,apps/$(1),c))
app_objects = $(patsubst %.c,$(OBJ)/%.o,$(call app_sources,$(1)))

APPS_CFLAGS := -std=gnu17 $(WARNINGS) $(OPTIMISE) -Iapps -iquote .
APPS_LIB := $(OBJ)/apps/lib.a
APPS_LIB_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(call files,apps/lib,c))

$(OBJ)/apps/%.o: apps/%.c $(EXON_CC) $(CONFIG) | $(SYSROOT_HEADERS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(EXON_CC) $(APPS_CFLAGS) $(CFLAGS_$<) -MD -MP -c -o $@ $<

$(APPS_LIB): $(APPS_LIB_OBJECTS)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $^

# What every program is linked with, beside its own objects.
PROGRAM_NEEDS := $(CRT0) $(LIBEXON) $(LIBC) $(LIBABSENT) $(APP_SCRIPT) $(EXON_SPECS) $(NEWLIB_INSTALLED)

# Labels inside of assembly functions say nothing in a stack trace; the parts into which GCC cuts a function do.
STRIP_LABELS := --wildcard --strip-symbol='!*.constprop*' --strip-symbol='!*.part*' --strip-symbol='!*.cold*' \
	--strip-symbol='!*.isra*' --strip-symbol='*.*'

$(APP_PROGRAMS): $(B)/apps/%: $$(call app_objects,%) $(APPS_LIB) $(PROGRAM_NEEDS)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) $(B)/debug && $(EXON_CC) -g -o $(B)/debug/$* $(filter $(OBJ)/apps/%.o,$^) $(APPS_LIB) $(LINK_$*)
	$(Q)$(OBJCOPY) --strip-debug $(STRIP_LABELS) $(B)/debug/$* $@

# The policies of CPU time of the first environment, one a line, for exon-run.
SLICE_NAMES := $(SHARE)/slices
$(SLICE_NAMES): $(wildcard apps/init/slices_*.c) apps/rules.mk
	$(Q)mkdir -p $(@D) && printf '%s\n' $(subst _,-,$(patsubst apps/init/slices_%.c,%,$(sort $(wildcard apps/init/slices_*.c)))) > $@

.PHONY: apps
apps: $(APP_PROGRAMS) ## the programs alone

# A library OS of its own (docs/write-a-libos.md): nothing of ours is linked.
CFLAGS_apps/tiny/tiny.c := -ffreestanding -mgeneral-regs-only -fno-omit-frame-pointer
LINK_tiny := -nostdlib
# It waits for the end of what it started by the event alone, without waitpid, which would bring the handler.
LINK_foreign := -Wl,-u,proc_child_event
