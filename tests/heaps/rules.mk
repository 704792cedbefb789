# SPDX-License-Identifier: MIT
#
# make compare-allocators: traces of programs, recorded in the guest, replayed under every heap. Lua comes from its source package
# (newlib-port/sources.lock), and is left out where that cannot be fetched.

HEAPS_OUT := $(B)/compare/heaps
REPLAY := $(HEAPS_OUT)/replay
TRACES := $(HEAPS_OUT)/traces
RECORDERS := sh sort

$(REPLAY): tests/heaps/replay.c $(PROGRAM_NEEDS) $(HEAP_ALL)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(EXON_CC) $(GUEST_CFLAGS) -o $@ $< -lheap
$(RECORDERS:%=$(HEAPS_OUT)/%): $(HEAPS_OUT)/%: $$(call app_objects,%) $(APPS_LIB) $(PROGRAM_NEEDS) $(HEAP_ALL)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(EXON_CC) -o $@ $(filter $(OBJ)/apps/%.o,$^) $(APPS_LIB) -lheap-record
$(HEAPS_OUT)/lua: newlib-port/sources.lock $(PROGRAM_NEEDS) $(HEAP_ALL)
	$(call say,MAKE,$@)
	$(Q)mkdir -p $(@D) && if sh newlib-port/source lua5.4 $(@D)/lua-source > $(@D)/lua.log 2>&1 && \
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C $(@D)/lua-source/src lua CC="$(abspath $(EXON_CC)) -std=gnu99" \
		MYCFLAGS=-DLUA_USE_POSIX AR="ar rcu" RANLIB=ranlib MYLIBS=-lheap-record >> $(@D)/lua.log 2>&1; \
		then cp $(@D)/lua-source/src/lua $@; else echo "  lua is left out: $(@D)/lua.log says why"; : > $@; fi

$(TRACES)/%: tests/heaps/record $$(if $$(filter $$*,$(RECORDERS) lua),$(HEAPS_OUT)/$$*) | $(RUN_ALL)
	$(Q)mkdir -p $(@D) && if [ "$*" = lua ] && [ ! -s $(HEAPS_OUT)/lua ]; then : > $@; \
		else $(PYTHON) tests/heaps/record $(B) $(@D) $* $(filter $(HEAPS_OUT)/%,$<  $(word 2,$^)); fi

.PHONY: compare-allocators
compare-allocators: $(RUN_ALL) $(REPLAY) $(addprefix $(TRACES)/,sh sort lua random handover) ## traces of programs under every heap: table, CSV, plots, page (COMPARE_OPTIONS)
	$(Q)sh newlib-port/setup compare
	@$(EXON_COMPARE) --heaps $(REPLAY) $(TRACES) $(COMPARE_OPTIONS)

# tests/heaps/test_compare.py needs it.
test test-all: $(REPLAY)
