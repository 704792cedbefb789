# SPDX-License-Identifier: MIT
#
# The whole system from one file: configuration, the kinds of rules that rooms share, and the targets a person types
# (`make help` lists them). What a room builds stands in its rules.mk. Everything made goes under $(B), nothing else is
# written. Host tools are POSIX sh and Python 3 alone.
#
#   CROSS=x86_64-linux-gnu-   compiler prefix (or x86_64-elf-, made by `make toolchain`)
#   DEBUG=1                   assertions and self-tests on, -Og
#   V=1                       print the commands
#   TOOLCHAIN_DIR=DIR         where that compiler is
#   B=DIR                     another folder for what is built

CROSS ?= x86_64-linux-gnu-
DEBUG ?= 0
V ?= 0
B ?= build

# GNU make and newlib's configure take a blank for the end of a name.
ifneq ($(words $(CURDIR)),1)
$(error There is a blank in the path of this folder, "$(CURDIR)", and newlib cannot be built there: move it to a path without)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDEXPANSION:
# As many jobs as there are processors, unless the command line says -jN.
MAKEFLAGS += --no-builtin-rules --no-print-directory -j$(shell nproc 2> /dev/null || echo 2)
SHELL := /bin/sh

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n' "$(1)" "$(2)"
endif

# The compiler of `make toolchain` is found without touching PATH.
TOOLCHAIN_DIR ?= $(B)/toolchain
TOOLCHAIN := $(TOOLCHAIN_DIR)/bin/x86_64-elf-gcc
CROSS_DIR := $(if $(filter x86_64-elf-,$(CROSS)),$(if $(wildcard $(TOOLCHAIN)),$(abspath $(TOOLCHAIN_DIR))/bin/))
CC := $(CROSS_DIR)$(CROSS)gcc
LD := $(CROSS_DIR)$(CROSS)ld
AR := $(CROSS_DIR)$(CROSS)ar
NM := $(CROSS_DIR)$(CROSS)nm
OBJCOPY := $(CROSS_DIR)$(CROSS)objcopy
NASM := nasm
PYTHON := python3 -B
HOST_CC ?= gcc

CONFIG := $(B)/config
SYSROOT := $(B)/sysroot
GEN := $(B)/gen
OBJ := $(B)/obj
# Asked once, when first needed.
GCC_INCLUDE = $(eval GCC_INCLUDE := $(shell $(CC) -print-file-name=include))$(GCC_INCLUDE)

WARNINGS := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifeq ($(DEBUG),1)
OPTIMISE := -Og -g -DEXON_DEBUG=1
else
OPTIMISE := -O2 -g
endif

# Files of one kind below folders: $(call files,FOLDERS,EXTENSION), sorted so that builds repeat.
files = $(sort $(foreach d,$(1),$(wildcard $(d)/*.$(2))))
# The same, at any depth up to three.
files_below = $(sort $(foreach d,$(1),$(wildcard $(d)/*.$(2) $(d)/*/*.$(2) $(d)/*/*/*.$(2))))

.PHONY: all
all:

# In this order: a list of prerequisites sees what stands above it.
include exokernel/rules.mk
include drivers/rules.mk
include newlib-port/rules.mk
include libos/rules.mk
include newlib-port/heap/rules.mk
include apps/rules.mk
include boot/rules.mk
include docs/rules.mk
include tests/rules.mk

all: $(RUN_ALL) $(SYSROOT_ALL) ## the kernel, the programs and the tools (the default)

# Rebuild when the configuration changed, and only then. Whatever is compiled depends on this file.
.PHONY: force setup
force:
$(CONFIG): force | setup
	$(Q)sh newlib-port/configure-cross "$(CC)" "$(DEBUG)" $@

# Commands and packages that the build needs; says what is missing and installs it.
setup:
	$(Q)sh newlib-port/setup $(CROSS)

# Kept by `make clean`, and made again only when the recipe or the versions change.
$(TOOLCHAIN): newlib-port/build-toolchain $(B)/locks/binutils $(B)/locks/gcc-12
	$(Q)sh newlib-port/setup toolchain
	$(Q)sh newlib-port/build-toolchain $(TOOLCHAIN_DIR)

.PHONY: toolchain clean help
toolchain: $(TOOLCHAIN) ## a bare-metal x86_64-elf GCC, for CROSS=x86_64-elf- (ten minutes)
clean: ## removes what was built, but for the toolchain
	$(Q)for f in $(B)/* $(B)/.[!.]*; do case $$f in */toolchain|*/'*'|*/'.[!.]*') ;; *) rm -rf "$$f" ;; esac; done

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile */rules.mk */*/rules.mk | expand -t 27
	@echo '  variables: APP="hello you"  RUN_OPTIONS="--cpus 4"  TEST_OPTIONS="-k WORD"  ROWS="null_call fault"  DEBUG=1  V=1'
	@echo '             CROSS=x86_64-linux-gnu-|x86_64-elf-  TOOLCHAIN_DIR=DIR  B=DIR'

-include $(wildcard $(OBJ)/*.d $(OBJ)/*/*.d $(OBJ)/*/*/*.d $(OBJ)/*/*/*/*.d $(OBJ)/*/*/*/*/*.d)
