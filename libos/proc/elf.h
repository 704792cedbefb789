/* SPDX-License-Identifier: MIT
 *
 * elf.h: judges the ELF file of a program and says what to map where; looks up symbols for stack traces.
 *
 * Layer: libOS, pure data, no allocation. The file is a byte range of which nothing is believed: whatever the bytes are,
 * nothing outside of the range is read, and a plan that elf_check accepts can be carried out without further checks.
 * Accepted are static ELF64 executables for x86-64 that lie in the image area (exo/layout.h), each page in one segment
 * and never both writable and executable. TLS is described, not laid out. Sources: System V gABI chapters 4 and 5, x86-64
 * psABI §3.3. Left out: relocation, interpreters, compressed sections.
 */
#ifndef LIBOS_ELF_H
#define LIBOS_ELF_H

#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 16
#define ELF_HEADERS_MAX 64

enum elf_error {
    ELF_OK,
    ELF_E_TRUNCATED,  /* shorter than an ELF header */
    ELF_E_MAGIC,      /* not ELF */
    ELF_E_CLASS,      /* not 64-bit */
    ELF_E_ENDIAN,     /* not little-endian */
    ELF_E_VERSION,    /* unknown version of the format */
    ELF_E_MACHINE,    /* not x86-64 */
    ELF_E_RELOCATABLE, /* an object file, not linked */
    ELF_E_DYNAMIC,    /* position-independent or dynamically linked */
    ELF_E_TYPE,       /* another type: a core file, or unknown */
    ELF_E_PHENTSIZE,  /* program headers of another size */
    ELF_E_PHNUM,      /* no program headers, or too many */
    ELF_E_PHOFF,      /* the program headers do not lie in the file */
    ELF_E_SEGMENTS,   /* nothing to load, or too many segments */
    ELF_E_FILE_RANGE, /* a segment's bytes do not lie in the file: it is cut short */
    ELF_E_SIZES,      /* more bytes in the file than in memory */
    ELF_E_ALIGN,      /* address and file offset differ modulo the page size */
    ELF_E_KERNEL,     /* a segment in the kernel's addresses, or one that wraps */
    ELF_E_HUGE,       /* a segment that reaches beyond the image area */
    ELF_E_LOW,        /* a segment below the image area */
    ELF_E_OVERLAP,    /* two segments share a page */
    ELF_E_WX,         /* a segment both writable and executable */
    ELF_E_ENTRY,      /* the entry point is not in an executable segment */
    ELF_E_TLS,        /* the TLS template is wrong, or there are several */
    ELF_ERRORS
};

enum { ELF_READ = 4, ELF_WRITE = 2, ELF_EXEC = 1 }; /* elf_segment.prot: as p_flags */

struct elf_segment {
    uint64_t vaddr;  /* first byte; the page offset of both is the same */
    uint64_t offset; /* in the file */
    uint64_t filesz; /* bytes from the file; */
    uint64_t memsz;  /* zeroes up to this many */
    uint32_t prot;
};

struct elf_plan {
    uint64_t entry;
    uint32_t segments;
    uint32_t has_tls;
    struct elf_segment segment[ELF_SEGMENTS_MAX]; /* by ascending address */
    struct {
        uint64_t vaddr, filesz, memsz, align; /* align is a power of two; the template lies in a segment */
    } tls;
    uint64_t end; /* first page address above the image */
};

/* Judges bytes at image (any alignment). Returns 0 with *plan filled, or the negative of an elf_error. */
int elf_check(const void *image, size_t bytes, struct elf_plan *plan);

/* What an error, positive or negative, means, to be printed after the file's name; never NULL. */
const char *elf_strerror(int error);

/* Finds the note with that owner name and type in the PT_NOTE segments of an image that elf_check accepted. Returns the
 * address of its descriptor in the image and its size, or NULL. */
const void *elf_note(const void *image, size_t bytes, const char *owner, uint32_t type, size_t *desc_bytes);

/* Finds the function that contains addr, or else ends less than a page before it and is nearest, in .symtab of any file.
 * Returns 0 and the name (in the image) and addr's distance from its start, or -1 if there is none. */
int elf_symbol(const void *image, size_t bytes, uint64_t addr, const char **name, uint64_t *offset);

#endif
