# SPDX-License-Identifier: MIT
#
# Heap allocators (libos/mem/heap/heap.h): libheap.a, and libheap-NAME.a for each. These two names are scripts of the linker, so
# that the heap is linked even where newlib alone calls malloc; what they link is in libheap-parts.a and heap/NAME.o.

HEAP_NAMES := newlib bump list blocks buddy slab classes
HEAP_SOURCES := $(call files,libos/mem/heap newlib-port/heap,c)
HEAP_OBJECTS := $(HEAP_SOURCES:%.c=$(OBJ)/user/%.o) $(OBJ)/heap/newlib_malloc.o
HEAP_PARTS := $(SYSROOT)/lib/libheap-parts.a
HEAP_CHOICES := $(HEAP_NAMES) record
HEAP_LIBS := $(HEAP_CHOICES:%=$(SYSROOT)/lib/libheap-%.a) $(SYSROOT)/lib/libheap.a

# newlib's malloc under other names.
NEWLIB_HEAP_MEMBERS := mallocr freer reallocr malignr msizer
$(OBJ)/heap/newlib_malloc.o: $(NEWLIB_INSTALLED) newlib-port/heap/rules.mk
	$(Q)rm -rf $(@D)/newlib && mkdir -p $(@D)/newlib
	$(Q)cd $(@D)/newlib && $(AR) x $(abspath $(NEWLIB_WORK))/libc.a $(NEWLIB_HEAP_MEMBERS:%=lib_a-%.o)
	$(Q)$(LD) -r -o $@ $(NEWLIB_HEAP_MEMBERS:%=$(@D)/newlib/lib_a-%.o)
	$(Q)$(OBJCOPY) --redefine-sym _malloc_r=newlib_malloc --redefine-sym _free_r=newlib_free \
		--redefine-sym _realloc_r=newlib_realloc --redefine-sym _memalign_r=newlib_memalign \
		--redefine-sym _malloc_usable_size_r=newlib_room --redefine-sym _malloc_trim_r=newlib_trim $@

$(HEAP_PARTS): $(HEAP_OBJECTS)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $^

$(HEAP_CHOICES:%=$(SYSROOT)/lib/libheap-%.a): $(SYSROOT)/lib/libheap-%.a: $(EXON_CC) $(CONFIG) libos/mem/heap/heap.h \
		newlib-port/heap/rules.mk | $(SYSROOT_HEADERS)
	$(Q)mkdir -p $(@D)/heap $(OBJ)/heap && printf '#include "mem/heap/heap.h"\n%s\n' \
		'const struct heap *const heap_default = &heap_$*;' > $(OBJ)/heap/$*.c
	$(Q)$(EXON_CC) -O2 -c -o $(@D)/heap/$*.o $(OBJ)/heap/$*.c
	$(Q)printf 'INPUT(%s)\nEXTERN(_malloc_r)\nINPUT(%s)\n' $(abspath $(@D))/heap/$*.o $(abspath $(HEAP_PARTS)) > $@

$(SYSROOT)/lib/libheap.a: newlib-port/heap/rules.mk
	$(Q)mkdir -p $(@D) && printf 'EXTERN(_malloc_r heap_by_name)\nINPUT(%s)\n' $(abspath $(HEAP_PARTS)) > $@

# Their names, one a line, for exon-run.
$(SHARE)/heaps: newlib-port/heap/rules.mk
	$(Q)mkdir -p $(@D) && printf '%s\n' $(HEAP_NAMES) > $@

HEAP_ALL := $(HEAP_PARTS) $(HEAP_LIBS) $(SHARE)/heaps
