// SPDX-License-Identifier: MIT
/*
 * elf.c: the judge of program files and the finder of notes, see elf.h. Layer: libOS, pure data.
 *
 * Order of the checks: header, table of program headers, each segment by itself, segments among each other, entry, TLS.
 * Sums of two file values are compared by subtraction, so that nothing wraps.
 */
#include "proc/elf.h"

#include "exo/layout.h"
#include "abi/map.h"
#include "proc/elf_format.h"

#define PAGE_MASK ((uint64_t)EXO_PAGE_BYTES - 1)

static int check_header(const void *image, size_t bytes, struct elf_header *header)
{
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    if (bytes >= sizeof magic && memcmp(image, magic, sizeof magic) != 0)
        return -ELF_E_MAGIC;
    if (elf_copy(image, bytes, 0, header, sizeof *header))
        return -ELF_E_TRUNCATED;
    if (header->class != ELF_CLASS_64)
        return -ELF_E_CLASS;
    if (header->data != ELF_DATA_LITTLE)
        return -ELF_E_ENDIAN;
    if (header->machine != ELF_MACHINE_X86_64)
        return -ELF_E_MACHINE;
    if (header->ident_version != 1 || header->version != 1)
        return -ELF_E_VERSION;
    if (header->type == ELF_TYPE_REL)
        return -ELF_E_RELOCATABLE;
    if (header->type == ELF_TYPE_DYN)
        return -ELF_E_DYNAMIC;
    return header->type == ELF_TYPE_EXEC ? 0 : -ELF_E_TYPE;
}

static int check_table(const struct elf_header *header, size_t bytes)
{
    if (header->phentsize != sizeof(struct elf_program))
        return -ELF_E_PHENTSIZE;
    if (header->phnum == 0 || header->phnum > ELF_HEADERS_MAX)
        return -ELF_E_PHNUM;
    uint64_t table = (uint64_t)header->phnum * sizeof(struct elf_program);
    return header->phoff > bytes || table > bytes - header->phoff ? -ELF_E_PHOFF : 0;
}

/* A loadable segment by itself. */
static int check_segment(const struct elf_program *program, size_t bytes)
{
    if (program->filesz > program->memsz)
        return -ELF_E_SIZES;
    if (program->offset > bytes || program->filesz > bytes - program->offset)
        return -ELF_E_FILE_RANGE;
    if (program->vaddr >= EXO_USER_TOP || program->vaddr + program->memsz < program->vaddr)
        return -ELF_E_KERNEL;
    if (program->vaddr > EXO_IMAGE_END || program->memsz > EXO_IMAGE_END - program->vaddr)
        return -ELF_E_HUGE;
    if (program->vaddr < EXO_IMAGE_BASE)
        return -ELF_E_LOW;
    if ((program->vaddr ^ program->offset) & PAGE_MASK)
        return -ELF_E_ALIGN;
    if ((program->flags & ELF_WRITE) && (program->flags & ELF_EXEC))
        return -ELF_E_WX;
    return 0;
}

static uint64_t first_page(const struct elf_segment *segment) { return segment->vaddr & ~PAGE_MASK; }

static uint64_t end_page(const struct elf_segment *segment)
{
    return (segment->vaddr + segment->memsz + PAGE_MASK) & ~PAGE_MASK;
}

/* Enters a segment in its place by address. */
static int add_segment(struct elf_plan *plan, const struct elf_program *program)
{
    struct elf_segment new = {program->vaddr, program->offset, program->filesz, program->memsz, program->flags & 7};
    if (plan->segments == ELF_SEGMENTS_MAX)
        return -ELF_E_SEGMENTS;
    uint32_t place = plan->segments;
    while (place > 0 && plan->segment[place - 1].vaddr > new.vaddr) {
        plan->segment[place] = plan->segment[place - 1];
        place--;
    }
    plan->segment[place] = new;
    plan->segments++;
    if (place > 0 && end_page(&plan->segment[place - 1]) > first_page(&new))
        return -ELF_E_OVERLAP;
    if (place + 1 < plan->segments && end_page(&new) > first_page(&plan->segment[place + 1]))
        return -ELF_E_OVERLAP;
    return 0;
}

static int add_tls(struct elf_plan *plan, const struct elf_program *program)
{
    uint64_t align = program->align ? program->align : 1;
    if (plan->has_tls || program->filesz > program->memsz || (align & (align - 1)) || align > EXO_PAGE_BYTES ||
        program->memsz > EXO_IMAGE_END)
        return -ELF_E_TLS;
    plan->has_tls = 1;
    plan->tls.vaddr = program->vaddr;
    plan->tls.filesz = program->filesz;
    plan->tls.memsz = program->memsz;
    plan->tls.align = align;
    return 0;
}

static int add_program(struct elf_plan *plan, const struct elf_program *program, size_t bytes)
{
    int error;
    switch (program->type) {
    case ELF_PT_INTERP:
    case ELF_PT_DYNAMIC:
        return -ELF_E_DYNAMIC;
    case ELF_PT_TLS:
        return add_tls(plan, program);
    case ELF_PT_LOAD:
        if (program->memsz == 0 && program->filesz == 0)
            return 0;
        error = check_segment(program, bytes);
        return error ? error : add_segment(plan, program);
    default:
        return 0;
    }
}

/* The segment that holds n bytes at vaddr, of which those of the file alone if file. */
static const struct elf_segment *segment_of(const struct elf_plan *plan, uint64_t vaddr, uint64_t n, int file)
{
    for (uint32_t i = 0; i < plan->segments; i++) {
        const struct elf_segment *segment = &plan->segment[i];
        uint64_t size = file ? segment->filesz : segment->memsz;
        if (vaddr >= segment->vaddr && vaddr - segment->vaddr <= size && n <= size - (vaddr - segment->vaddr))
            return segment;
    }
    return NULL;
}

int elf_check(const void *image, size_t bytes, struct elf_plan *plan)
{
    struct elf_header header;
    struct elf_program program;
    memset(plan, 0, sizeof *plan);
    int error = check_header(image, bytes, &header);
    if (!error)
        error = check_table(&header, bytes);
    for (unsigned i = 0; !error && i < header.phnum; i++) {
        elf_copy(image, bytes, header.phoff + i * sizeof program, &program, sizeof program);
        error = add_program(plan, &program, bytes);
    }
    if (error)
        return error;
    if (plan->segments == 0)
        return -ELF_E_SEGMENTS;
    const struct elf_segment *code = segment_of(plan, header.entry, 1, 1);
    if (!code || !(code->prot & ELF_EXEC))
        return -ELF_E_ENTRY;
    if (plan->has_tls && plan->tls.filesz && !segment_of(plan, plan->tls.vaddr, plan->tls.filesz, 1))
        return -ELF_E_TLS;
    plan->entry = header.entry;
    plan->end = end_page(&plan->segment[plan->segments - 1]);
    return 0;
}

static uint64_t align4(uint64_t n) { return (n + 3) & ~3ull; }

/* Looks through one PT_NOTE segment. */
static const void *note_in(const void *image, size_t bytes, const struct elf_program *program, const char *owner,
                           uint32_t type, size_t *desc_bytes)
{
    struct elf_note_header note;
    size_t owner_bytes = strlen(owner) + 1;
    if (program->offset > bytes || program->filesz > bytes - program->offset)
        return NULL;
    uint64_t at = program->offset, end = program->offset + program->filesz;
    while (at < end && end - at >= sizeof note) {
        elf_copy(image, bytes, at, &note, sizeof note);
        uint64_t name = at + sizeof note, desc = name + align4(note.name_bytes);
        if (desc > end || note.desc_bytes > end - desc)
            return NULL;
        const uint8_t *base = image;
        if (note.type == type && note.name_bytes == owner_bytes && memcmp(base + name, owner, owner_bytes) == 0) {
            *desc_bytes = note.desc_bytes;
            return base + desc;
        }
        at = desc + align4(note.desc_bytes);
    }
    return NULL;
}

const void *elf_note(const void *image, size_t bytes, const char *owner, uint32_t type, size_t *desc_bytes)
{
    struct elf_header header;
    struct elf_program program;
    if (check_header(image, bytes, &header) || check_table(&header, bytes))
        return NULL;
    for (unsigned i = 0; i < header.phnum; i++) {
        elf_copy(image, bytes, header.phoff + i * sizeof program, &program, sizeof program);
        const void *found = program.type == ELF_PT_NOTE ? note_in(image, bytes, &program, owner, type, desc_bytes) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

const char *elf_strerror(int error)
{
    static const char *const text[ELF_ERRORS] = {
        [ELF_OK] = "the file is sound",
        [ELF_E_TRUNCATED] = "truncated: shorter than an ELF header",
        [ELF_E_MAGIC] = "not an ELF file",
        [ELF_E_CLASS] = "not a 64-bit program",
        [ELF_E_ENDIAN] = "not a little-endian program",
        [ELF_E_VERSION] = "an unknown version of ELF",
        [ELF_E_MACHINE] = "a program for another machine, not x86-64",
        [ELF_E_RELOCATABLE] = "an object file, not a linked program",
        [ELF_E_DYNAMIC] = "dynamically linked or position-independent; link it statically with exon-cc",
        [ELF_E_TYPE] = "not an executable file",
        [ELF_E_PHENTSIZE] = "program headers of the wrong size",
        [ELF_E_PHNUM] = "no program headers, or too many",
        [ELF_E_PHOFF] = "truncated: the program headers lie beyond the end of the file",
        [ELF_E_SEGMENTS] = "nothing to load, or too many segments",
        [ELF_E_FILE_RANGE] = "truncated: a segment lies beyond the end of the file",
        [ELF_E_SIZES] = "a segment has more bytes in the file than in memory",
        [ELF_E_ALIGN] = "a misaligned segment: address and file offset differ modulo the page size",
        [ELF_E_KERNEL] = "a segment at addresses of the kernel",
        [ELF_E_HUGE] = "a segment that is too large or too high: it ends beyond the image area (1 GiB)",
        [ELF_E_LOW] = "a segment below the image area (4 MiB)",
        [ELF_E_OVERLAP] = "overlapping segments: two of them share a page",
        [ELF_E_WX] = "a segment that is writable and executable",
        [ELF_E_ENTRY] = "an entry point outside of the executable segments",
        [ELF_E_TLS] = "a wrong TLS segment",
    };
    unsigned index = error < 0 ? 0u - (unsigned)error : (unsigned)error;
    return index < ELF_ERRORS ? text[index] : "unknown error";
}
