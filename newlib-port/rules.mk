# SPDX-License-Identifier: MIT
#
# newlib, the sysroot (headers and libraries that programs see) and exon-cc. The glue sources of this room go to
# libexon.a (libos/rules.mk).
#
#   sysroot/include            headers of newlib-port/include and libos/include, which win over newlib's
#   sysroot/newlib/include     newlib's own; ours may reach them with #include_next
#   sysroot/include/exon       beneath POSIX: exo/exo.h, sched/thread.h, abi/info.h, drivers/uart16550.h, exo_stubs.h
#   sysroot/lib                crt0.o libc.a libm.a libexon.a app.ld exon.specs

NEWLIB_WORK := $(B)/newlib/$(patsubst %-,%,$(CROSS))
NEWLIB_STAMP := $(NEWLIB_WORK)/done
NEWLIB_INSTALLED := $(SYSROOT)/newlib/.installed

# What sources.lock says of one source, so that pinning another rebuilds nothing: as old as sources.lock when made, then new
# only when it differs.
$(B)/locks/%: newlib-port/sources.lock force
	$(Q)mkdir -p $(@D) && awk '$$1 == "$*"' $< > $@.tmp && { test -e $@ || touch -r $< $@.tmp; }
	$(Q)if cmp -s $@.tmp $@; then rm $@.tmp; else mv $@.tmp $@; fi

# newlib is compiled again only when the compiler or its recipe changes, not for every change of a header of ours.
$(NEWLIB_STAMP): newlib-port/build-newlib newlib-port/newlib-gcc newlib-port/newlib-ldtoa.h $(B)/locks/newlib \
		newlib-port/include/sys/dirent.h newlib-port/include/machine/_types.h | $(CONFIG)
	$(Q)mkdir -p $(@D) && sh newlib-port/build-newlib $(CROSS_DIR)$(CROSS) $(@D) && touch $@

$(NEWLIB_INSTALLED): $(NEWLIB_STAMP) $(CONFIG) newlib-port/rules.mk
	$(Q)rm -rf $(SYSROOT)/newlib && mkdir -p $(SYSROOT)/newlib $(SYSROOT)/lib
	$(Q)cp -R $(NEWLIB_WORK)/include $(SYSROOT)/newlib/include
	$(Q)cd $(SYSROOT)/newlib/include && rm -rf $(FOREIGN_HEADERS)
	$(Q)cp $(NEWLIB_WORK)/libm.a $(SYSROOT)/lib && touch $@

# Headers of newlib's that need a part which only some of its systems have, or belong to a library that is not there.
FOREIGN_HEADERS := ndbm.h regdef.h utmp.h rpc

# newlib's libc without what libexon.a has.
LIBC := $(SYSROOT)/lib/libc.a
$(LIBC): $(NEWLIB_INSTALLED) $$(LIBEXON) newlib-port/trim-libc
	$(Q)$(PYTHON) newlib-port/trim-libc $(NM) $(AR) $(NEWLIB_WORK)/libc.a $(LIBEXON) $@

# The compiler must not make calls of these functions out of what they consist of.
$(foreach f,$(wildcard newlib-port/long_double*.c),$(eval CFLAGS_$(f) := -fno-builtin))

PORT_HEADERS := $(patsubst newlib-port/include/%,%,$(call files_below,newlib-port/include,h))
LIBOS_PUBLIC := $(patsubst libos/include/%,%,$(call files_below,libos/include,h))
LIBOS_HEADERS := $(patsubst libos/%,%,$(filter-out libos/include/%,$(call files_below,libos,h)))
ABI_NAMES := $(notdir $(ABI_HEADERS))
DRIVER_HEADERS := $(filter-out $(RING0_DRIVERS:%=drivers/%.h),$(call files,drivers,h))
PORT_TARGETS := $(PORT_HEADERS:%=$(SYSROOT)/include/%)
PUBLIC_TARGETS := $(LIBOS_PUBLIC:%=$(SYSROOT)/include/%)
LIBOS_TARGETS := $(LIBOS_HEADERS:%=$(SYSROOT)/include/exon/%)
ABI_TARGETS := $(ABI_NAMES:%=$(SYSROOT)/include/exon/abi/%)
DRIVER_TARGETS := $(DRIVER_HEADERS:%=$(SYSROOT)/include/exon/%)
CALL_TARGETS := $(SYSROOT)/include/exon/abi/exo_calls.h $(SYSROOT)/include/exon/abi/exo_stubs.h
SHORT_TARGETS := $(SYSROOT)/include/exon/exo_calls.h $(SYSROOT)/include/exon/exo_stubs.h

install_header = $(Q)mkdir -p $(@D) && cp $< $@
$(PORT_TARGETS): $(SYSROOT)/include/%: newlib-port/include/%
	$(install_header)
$(PUBLIC_TARGETS): $(SYSROOT)/include/%: libos/include/%
	$(install_header)
$(LIBOS_TARGETS): $(SYSROOT)/include/exon/%: libos/%
	$(install_header)
$(ABI_TARGETS): $(SYSROOT)/include/exon/abi/%: exokernel/abi/%
	$(install_header)
$(DRIVER_TARGETS): $(SYSROOT)/include/exon/%: %
	$(install_header)
$(CALL_TARGETS): $(SYSROOT)/include/exon/abi/%: $(GEN)/%
	$(install_header)
$(SHORT_TARGETS): $(SYSROOT)/include/exon/%:
	$(Q)mkdir -p $(@D) && echo '#include "abi/$*"' > $@

SYSROOT_HEADERS := $(NEWLIB_INSTALLED) $(PORT_TARGETS) $(PUBLIC_TARGETS) $(LIBOS_TARGETS) $(ABI_TARGETS) \
	$(DRIVER_TARGETS) $(CALL_TARGETS) $(SHORT_TARGETS)

# exon-cc and what it reads. The specs and the wrapper name the sysroot by absolute path.
EXON_CC := $(B)/bin/exon-cc
EXON_SPECS := $(SYSROOT)/lib/exon.specs
APP_SCRIPT := $(SYSROOT)/lib/app.ld
CRT0 := $(SYSROOT)/lib/crt0.o
SHARE := $(B)/share

fill_in = sed -e 's|@SYSROOT@|$(abspath $(SYSROOT))|g' -e 's|@CC@|$(CC)|g' \
	-e 's|@BIN@|$(abspath $(B)/bin)|g' -e 's|@OBJCOPY@|$(OBJCOPY)|g' -e 's|@AR@|$(AR)|g' \
	-e 's|@GCC_INCLUDE@|$(GCC_INCLUDE)|g' -e "s|@LIBGCC@|$$($(CC) -print-libgcc-file-name)|g" $< > $@

$(EXON_SPECS): newlib-port/exon.specs.in $(CONFIG)
	$(Q)mkdir -p $(@D) && $(fill_in)
$(APP_SCRIPT): newlib-port/app.ld
	$(Q)mkdir -p $(@D) && cp $< $@
$(EXON_CC): newlib-port/exon-cc.in $(EXON_SPECS) $(CONFIG)
	$(call say,INSTALL,$@)
	$(Q)mkdir -p $(@D) && $(fill_in) && chmod +x $@
EXON_TOOL := $(B)/bin/exon
$(EXON_TOOL): newlib-port/exon.in $(CONFIG)
	$(Q)mkdir -p $(@D) && sed -e 's|@BIN@|$(abspath $(B)/bin)|g' -e 's|@SOURCE@|$(abspath .)|g' $< > $@ && chmod +x $@
$(SHARE)/exon.cmake: newlib-port/exon.cmake.in $(CONFIG)
	$(Q)mkdir -p $(@D) && $(fill_in)
$(SHARE)/config.site: newlib-port/config.site
	$(Q)mkdir -p $(@D) && cp $< $@
$(SYSROOT)/lib/pkgconfig/exon.pc: newlib-port/exon.pc.in $(CONFIG)
	$(Q)mkdir -p $(@D) && $(fill_in)

$(CRT0): $(OBJ)/user/libos/exo/crt0.asm.o
	$(Q)mkdir -p $(@D) && cp $< $@

# Functions that do not exist yet: each links, and fails with ENOSYS; configure and CMake are told so.
LIBABSENT := $(SYSROOT)/lib/libabsent.a
ABSENT_INPUT := newlib-port/gen-absent newlib-port/absent.txt
$(GEN)/absent.c: $(ABSENT_INPUT)
	$(Q)mkdir -p $(@D) && $(PYTHON) newlib-port/gen-absent c newlib-port/absent.txt > $@
$(SHARE)/exon-absent.site: $(ABSENT_INPUT)
	$(Q)mkdir -p $(@D) && $(PYTHON) newlib-port/gen-absent site newlib-port/absent.txt > $@
$(SHARE)/exon-absent.cmake: $(ABSENT_INPUT)
	$(Q)mkdir -p $(@D) && $(PYTHON) newlib-port/gen-absent cmake newlib-port/absent.txt > $@
$(LIBABSENT): $(GEN)/absent.c $(EXON_CC) $(CONFIG) | $(SYSROOT_HEADERS)
	$(Q)mkdir -p $(@D) $(OBJ) && $(EXON_CC) -O2 -fno-builtin -w -c -o $(OBJ)/absent.o $< && rm -f $@ && \
		$(AR) rcsD $@ $(OBJ)/absent.o

# What other systems have in libraries of their own is in libc and libexon here: -lpthread and the like find nothing more.
EMPTY_LIBS := $(foreach l,dl pthread rt,$(SYSROOT)/lib/lib$(l).a)
$(EMPTY_LIBS): newlib-port/rules.mk
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@

# Everything that a program is linked with.
SYSROOT_ALL = $(EXON_CC) $(EXON_TOOL) $(EXON_SPECS) $(APP_SCRIPT) $(SYSROOT_HEADERS) $(CRT0) $(LIBEXON) $(LIBC) $(LIBABSENT) $(EMPTY_LIBS) \
	$(SHARE)/exon-absent.site $(SHARE)/exon-absent.cmake $(SCHED_LIBS) $(SCHED_NAMES) $(HEAP_ALL) \
	$(SHARE)/exon.cmake $(SHARE)/config.site $(SYSROOT)/lib/pkgconfig/exon.pc

.PHONY: sysroot
sysroot: $$(SYSROOT_ALL) ## the C library, headers and exon-cc alone

.PHONY: headers
headers: $(EXON_CC) $(SYSROOT_HEADERS)
