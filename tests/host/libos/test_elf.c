// link: libos/proc/elf.c libos/proc/elf_symbol.c
// SPDX-License-Identifier: MIT
/* test_elf.c: the judge of program files on crafted, damaged and real files. */
#include "../harness.h"
#include "exo/layout.h"
#include "abi/map.h"
#include "proc/elf.h"
#include "proc/elf_format.h"

#include <stdlib.h>

enum { NOTE_AT = 0x400, TEXT_AT = 0x1000, DATA_AT = 0x2000, SYMBOLS_AT = 0x2800, STRINGS_AT = 0x2a00, SECTIONS_AT = 0x2b00,
       FILE_BYTES = 0x3000 };

static struct {
    struct elf_header header;
    struct elf_program program[8];
    uint8_t rest[FILE_BYTES - sizeof(struct elf_header) - 8 * sizeof(struct elf_program)];
} file;
_Static_assert(sizeof file == FILE_BYTES, "file");

static uint8_t *at(size_t offset) { return (uint8_t *)&file + offset; }

static void put_symbol(int index, uint32_t name, uint8_t type, uint64_t value, uint64_t size)
{
    struct elf_symbol_entry entry = {name, type, 0, 1, value, size};
    memcpy(at(SYMBOLS_AT + (size_t)index * sizeof entry), &entry, sizeof entry);
}

/* Text, data with bss, TLS, a note and symbols: everything that the judge looks at. */
static void sample(void)
{
    memset(&file, 0, sizeof file);
    file.header = (struct elf_header){.magic = {0x7f, 'E', 'L', 'F'}, .class = 2, .data = 1, .ident_version = 1, .type = 2,
        .machine = 62, .version = 1, .entry = 0x401010, .phoff = 64, .shoff = SECTIONS_AT, .ehsize = 64, .phentsize = 56,
        .phnum = 4, .shentsize = 64, .shnum = 3};
    file.program[0] = (struct elf_program){ELF_PT_LOAD, 5, TEXT_AT, 0x401000, 0, 0x100, 0x100, 0x1000};
    file.program[1] = (struct elf_program){ELF_PT_LOAD, 6, DATA_AT, 0x402000, 0, 0x80, 0x5000, 0x1000};
    file.program[2] = (struct elf_program){ELF_PT_TLS, 4, DATA_AT + 0x40, 0x402040, 0, 0x10, 0x30, 16};
    file.program[3] = (struct elf_program){ELF_PT_NOTE, 4, NOTE_AT, 0, 0, 40, 40, 4};
    struct elf_note_header note = {5, 8, 3};
    memcpy(at(NOTE_AT), &note, sizeof note);
    memcpy(at(NOTE_AT + 12), "Exon", 5);
    memcpy(at(NOTE_AT + 20), "payload", 8);
    struct elf_section symbols = {.type = 2, .offset = SYMBOLS_AT, .size = 4 * 24, .link = 2, .entsize = 24};
    struct elf_section strings = {.type = 3, .offset = STRINGS_AT, .size = 0x40};
    memcpy(at(SECTIONS_AT + 64), &symbols, sizeof symbols);
    memcpy(at(SECTIONS_AT + 128), &strings, sizeof strings);
    memcpy(at(STRINGS_AT), "\0main\0helper\0object", 19);
    put_symbol(1, 1, 2, 0x401010, 0x20);
    put_symbol(2, 6, 2, 0x401040, 0x10);
    put_symbol(3, 13, 1, 0x401048, 0x10);
}

/* elf_check on an exact copy of the first n bytes. */
static int check_bytes(size_t n, struct elf_plan *plan)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, &file, n);
    struct elf_plan own;
    int result = elf_check(copy, n, plan ? plan : &own);
    const char *name;
    uint64_t offset;
    size_t bytes;
    if (elf_symbol(copy, n, 0x401020, &name, &offset) == 0)
        harness_check(strlen(name) < n, __FILE__, __LINE__, "symbol name ends");
    elf_note(copy, n, "Exon", 3, &bytes);
    free(copy);
    return result;
}

static int check(void) { return check_bytes(sizeof file, NULL); }

#define REFUSES(change, error) \
    do {                       \
        sample();              \
        change;                \
        CHECK_EQ(check(), -(error)); \
    } while (0)

TEST(accepts_a_sound_file)
{
    struct elf_plan plan;
    sample();
    CHECK_EQ(check_bytes(sizeof file, &plan), 0);
    CHECK_EQ(plan.entry, 0x401010);
    CHECK_EQ(plan.segments, 2);
    CHECK_EQ(plan.segment[0].vaddr, 0x401000);
    CHECK_EQ(plan.segment[0].prot, ELF_READ | ELF_EXEC);
    CHECK_EQ(plan.segment[1].offset, DATA_AT);
    CHECK_EQ(plan.segment[1].filesz, 0x80);
    CHECK_EQ(plan.segment[1].memsz, 0x5000);
    CHECK_EQ(plan.end, 0x407000);
    CHECK(plan.has_tls);
    CHECK_EQ(plan.tls.memsz, 0x30);
    CHECK_EQ(plan.tls.align, 16);
}

TEST(sorts_segments)
{
    struct elf_plan plan;
    sample();
    struct elf_program first = file.program[0];
    file.program[0] = file.program[1];
    file.program[1] = first;
    CHECK_EQ(check_bytes(sizeof file, &plan), 0);
    CHECK_EQ(plan.segment[0].vaddr, 0x401000);
    CHECK_EQ(plan.segment[1].vaddr, 0x402000);
}

TEST(refuses_bad_headers)
{
    REFUSES(file.header.magic[1] = 'e', ELF_E_MAGIC);
    REFUSES(file.header.class = 1, ELF_E_CLASS);
    REFUSES(file.header.data = 2, ELF_E_ENDIAN);
    REFUSES(file.header.version = 2, ELF_E_VERSION);
    REFUSES(file.header.machine = 183, ELF_E_MACHINE);
    REFUSES(file.header.type = 1, ELF_E_RELOCATABLE);
    REFUSES(file.header.type = 3, ELF_E_DYNAMIC);
    REFUSES(file.header.type = 4, ELF_E_TYPE);
    REFUSES(file.header.phentsize = 32, ELF_E_PHENTSIZE);
    REFUSES(file.header.phnum = 0, ELF_E_PHNUM);
    REFUSES(file.header.phnum = 0xffff, ELF_E_PHNUM);
    REFUSES(file.header.phoff = FILE_BYTES - 8, ELF_E_PHOFF);
    REFUSES(file.header.phoff = ~0ull - 8, ELF_E_PHOFF);
    REFUSES(file.program[3].type = ELF_PT_INTERP, ELF_E_DYNAMIC);
    REFUSES(file.program[3].type = ELF_PT_DYNAMIC, ELF_E_DYNAMIC);
}

TEST(refuses_bad_segments)
{
    REFUSES((file.program[0].type = 0, file.program[1].type = 0), ELF_E_SEGMENTS);
    REFUSES((file.program[1].offset = FILE_BYTES - 0x1000, file.program[1].filesz = 0x1001), ELF_E_FILE_RANGE);
    REFUSES(file.program[1].offset = ~0xfffull, ELF_E_FILE_RANGE);
    REFUSES(file.program[1].memsz = 0x7f, ELF_E_SIZES);
    REFUSES(file.program[1].vaddr += 8, ELF_E_ALIGN);
    REFUSES(file.program[1].vaddr = 0xffffffff80000000, ELF_E_KERNEL);
    REFUSES(file.program[1].vaddr = EXO_USER_TOP, ELF_E_KERNEL);
    REFUSES(file.program[1].memsz = ~0ull - 0x402000, ELF_E_HUGE);
    REFUSES(file.program[1].memsz = ~0ull - 0x1000, ELF_E_KERNEL);
    REFUSES(file.program[1].vaddr = EXO_IMAGE_END + 0x1000, ELF_E_HUGE);
    REFUSES(file.program[1].memsz = EXO_IMAGE_END - 0x402000 + 1, ELF_E_HUGE);
    REFUSES(file.program[1].vaddr = 0x1000, ELF_E_LOW);
    REFUSES(file.program[1].flags = 7, ELF_E_WX);
    REFUSES(file.program[1].vaddr = 0x401000, ELF_E_OVERLAP);
    REFUSES(file.program[0].memsz = 0x1001, ELF_E_OVERLAP);
    REFUSES(file.program[1].vaddr = 0x400000, ELF_E_OVERLAP);
    REFUSES(file.header.entry = 0x402000, ELF_E_ENTRY);
    REFUSES(file.header.entry = 0x401100, ELF_E_ENTRY);
    REFUSES(file.header.entry = 0, ELF_E_ENTRY);
    sample();
    file.program[1].memsz = EXO_IMAGE_END - 0x402000;
    CHECK_EQ(check(), 0);
}

TEST(refuses_bad_tls)
{
    REFUSES(file.program[2].filesz = 0x31, ELF_E_TLS);
    REFUSES(file.program[2].align = 24, ELF_E_TLS);
    REFUSES(file.program[2].align = 1ull << 40, ELF_E_TLS);
    REFUSES(file.program[2].vaddr = 0x500000, ELF_E_TLS);
    REFUSES(file.program[2].vaddr = 0x402078, ELF_E_TLS);
    REFUSES(file.program[3] = file.program[2], ELF_E_TLS);
}

TEST(counts_segments)
{
    struct elf_header header;
    uint8_t *image = calloc(1, 0x4000);
    sample();
    header = file.header;
    header.phnum = 17;
    memcpy(image, &header, sizeof header);
    for (unsigned i = 0; i < 17; i++) {
        struct elf_program program = {ELF_PT_LOAD, 5, 0x1000, 0x401000 + i * 0x1000, 0, 0x20, 0x20, 0x1000};
        memcpy(image + 64 + i * sizeof program, &program, sizeof program);
    }
    struct elf_plan plan;
    CHECK_EQ(elf_check(image, 0x4000, &plan), -ELF_E_SEGMENTS);
    image[56] = 16;
    CHECK_EQ(elf_check(image, 0x4000, &plan), 0);
    CHECK_EQ(plan.segments, 16);
    free(image);
}

TEST(refuses_truncation_at_every_byte)
{
    sample();
    for (size_t n = 0; n < DATA_AT + 0x80; n++)
        CHECK(check_bytes(n, NULL) < 0);
    CHECK_EQ(check_bytes(0, NULL), -ELF_E_TRUNCATED);
    CHECK_EQ(check_bytes(63, NULL), -ELF_E_TRUNCATED);
    CHECK_EQ(check_bytes(100, NULL), -ELF_E_PHOFF);
    CHECK_EQ(check_bytes(DATA_AT, NULL), -ELF_E_FILE_RANGE);
    CHECK_EQ(check_bytes(DATA_AT + 0x80, NULL), 0);
}

/* Whatever is accepted must be safe to carry out. */
static void plan_is_safe(const struct elf_plan *plan)
{
    uint64_t end = EXO_IMAGE_BASE;
    int entry = 0;
    CHECK(plan->segments >= 1 && plan->segments <= ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < plan->segments; i++) {
        const struct elf_segment *s = &plan->segment[i];
        CHECK((s->vaddr & ~0xfffull) >= end);
        CHECK(s->offset + s->filesz <= FILE_BYTES && s->filesz <= s->memsz);
        CHECK((s->prot & 3) != 3);
        entry |= (s->prot & ELF_EXEC) && plan->entry >= s->vaddr && plan->entry < s->vaddr + s->filesz;
        end = (s->vaddr + s->memsz + 0xfff) & ~0xfffull;
    }
    CHECK(entry);
    CHECK(end <= EXO_IMAGE_END && plan->end == end);
}

TEST(survives_mutation)
{
    unsigned accepted = 0;
    srand(2);
    for (int round = 0; round < 30000; round++) {
        struct elf_plan plan;
        sample();
        for (int n = rand() % 6 + 1; n; n--) {
            size_t limit = rand() % 4 ? NOTE_AT + 48 : FILE_BYTES;
            static const uint8_t values[] = {0, 1, 0x10, 0x7f, 0x80, 0xff};
            *at((size_t)rand() % limit) = rand() % 2 ? values[rand() % 6] : (uint8_t)rand();
        }
        if (check_bytes(sizeof file, &plan) == 0) {
            accepted++;
            plan_is_safe(&plan);
        }
    }
    CHECK(accepted > 0 && accepted < 30000);
}

TEST(finds_notes)
{
    size_t bytes = 0;
    sample();
    const char *found = elf_note(&file, sizeof file, "Exon", 3, &bytes);
    CHECK_STR(found, "payload");
    CHECK_EQ(bytes, 8);
    CHECK(!elf_note(&file, sizeof file, "Exon", 4, &bytes));
    CHECK(!elf_note(&file, sizeof file, "GNU", 3, &bytes));
    memset(at(NOTE_AT), 0xff, 8);
    CHECK(!elf_note(&file, sizeof file, "Exon", 3, &bytes));
}

TEST(finds_symbols)
{
    const char *name = NULL;
    uint64_t offset = 0;
    sample();
    CHECK_EQ(elf_symbol(&file, sizeof file, 0x401018, &name, &offset), 0);
    CHECK_STR(name, "main");
    CHECK_EQ(offset, 8);
    CHECK_EQ(elf_symbol(&file, sizeof file, 0x401038, &name, &offset), 0);
    CHECK_STR(name, "main");
    CHECK_EQ(elf_symbol(&file, sizeof file, 0x40104f, &name, &offset), 0);
    CHECK_STR(name, "helper");
    CHECK_EQ(offset, 15);
    CHECK_EQ(elf_symbol(&file, sizeof file, 0x401000, &name, &offset), -1);
    CHECK_EQ(elf_symbol(&file, sizeof file, 0x123456789000, &name, &offset), -1);
    put_symbol(1, 0x1000, 2, 0x401010, 0x20);
    CHECK_EQ(elf_symbol(&file, sizeof file, 0x401018, &name, &offset), -1);
}

__attribute__((noinline, used)) int a_function_with_a_name(int x) { return x * 3 + 1; }

TEST(reads_a_real_file)
{
    FILE *self = fopen("/proc/self/exe", "rb");
    if (!CHECK(self != NULL))
        return;
    fseek(self, 0, SEEK_END);
    size_t bytes = (size_t)ftell(self);
    rewind(self);
    uint8_t *image = malloc(bytes);
    CHECK_EQ(fread(image, 1, bytes, self), bytes);
    fclose(self);
    struct elf_plan plan;
    CHECK_EQ(elf_check(image, bytes, &plan), -ELF_E_DYNAMIC);
    struct elf_section symbols;
    const struct elf_header *header = (const void *)image;
    for (unsigned i = 0; i < header->shnum; i++) {
        memcpy(&symbols, image + header->shoff + i * sizeof symbols, sizeof symbols);
        for (uint64_t n = 0; symbols.type == ELF_SHT_SYMTAB && n < symbols.size; n += sizeof(struct elf_symbol_entry)) {
            struct elf_symbol_entry entry;
            const char *name;
            uint64_t offset;
            memcpy(&entry, image + symbols.offset + n, sizeof entry);
            if ((entry.info & 15) != ELF_STT_FUNC || entry.section == 0 || entry.size < 4)
                continue;
            if (elf_symbol(image, bytes, entry.value + 2, &name, &offset) != 0)
                CHECK(!"symbol of the file itself");
            else if (strcmp(name, "a_function_with_a_name") == 0)
                CHECK_EQ(offset, 2);
        }
    }
    free(image);
}

TEST(names_every_error)
{
    for (int i = 0; i < ELF_ERRORS; i++)
        for (int j = 0; j < i; j++)
            CHECK(strcmp(elf_strerror(i), elf_strerror(-j)) != 0);
    CHECK_STR(elf_strerror(99), "unknown error");
}
