/* SPDX-License-Identifier: MIT
 *
 * note.h: what a program says about itself to whoever starts it. Layer: libOS, between start code and spawn.
 *
 * An ELF note (name "Exo", type LIBOS_NOTE_TYPE) in section .note.exo, found through PT_NOTE; this structure is the whole
 * note, header included. A program without it has another libOS: it may be started only by someone who knows how.
 *
 * A new environment needs no stack: give activation 0 entry[run] = entry[event] = start, entry[fault] = fault, resume
 * range as noted, `slots` context slots and user0 = address of the start block (0: none). The start code maps its upcall
 * stacks and sets the entries, stacks and FS base itself, as it does in the first environment, where the kernel knows
 * nothing but the ELF entry point (which is `start`).
 */
#ifndef LIBOS_NOTE_H
#define LIBOS_NOTE_H

#include <stdint.h>

#define LIBOS_NOTE_TYPE 1u
#define LIBOS_NOTE_NAME "Exo"
#define LIBOS_NOTE_MAGIC 0x45544f4e4f584545ull
#define LIBOS_NOTE_SLOTS 8u

/* A program with another libOS says so by this type of note, whose body is the kernel's interface version and a word of
 * zero. spawn hands it to PROC_FOREIGN (proc/proc.h). */
#define LIBOS_NOTE_FOREIGN 2u

/* Raised whenever an address of layout.h changes its meaning. */
#define LIBOS_LAYOUT_VERSION 1u

struct libos_note {
    uint32_t name_bytes; /* 4 */
    uint32_t body_bytes; /* from magic to the end */
    uint32_t type;       /* LIBOS_NOTE_TYPE */
    char name[4];        /* LIBOS_NOTE_NAME */
    uint64_t magic;
    uint32_t abi_version; /* EXO_ABI_VERSION of the program */
    uint32_t layout;      /* LIBOS_LAYOUT_VERSION of the program */
    uint64_t start;       /* first entry, run or event */
    uint64_t fault;
    uint64_t resume_lo, resume_hi;
    uint32_t slots; /* context slots wanted */
    uint32_t reserved;
};

_Static_assert(sizeof(struct libos_note) == 72, "libos_note is read by programs linked apart");

#endif
