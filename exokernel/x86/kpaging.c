/* SPDX-License-Identifier: MIT
 *
 * kpaging.c: the kernel's page tables (kpaging.h). Intel SDM vol 3 §4.5.
 */
#include "x86/kpaging.h"

#include "assert.h"
#include "x86/instr.h"
#include "x86/layout.h"

#define PTE_PWT 0x8ull
#define PTE_PCD 0x10ull
#define PTE_G 0x100ull
#define FLAGS_TEXT (EXO_PTE_P | PTE_G)
#define FLAGS_RODATA (EXO_PTE_P | PTE_G | pte_nx())
#define FLAGS_DATA (EXO_PTE_P | EXO_PTE_W | PTE_G | pte_nx())
#define FLAGS_DEVICE (FLAGS_DATA | PTE_PWT | PTE_PCD)
#define FLAGS_PUBLISHED (EXO_PTE_P | EXO_PTE_U | PTE_G | pte_nx())

enum { LEVEL_PAGE, LEVEL_2M, LEVEL_1G, LEVEL_PML4, ENTRIES = 512 };

static uint64_t *pml4;
static const struct boot_info *boot_memory;
static vaddr_t mmio_next = MMIO_BASE;

static uint64_t level_bytes(unsigned level)
{
    return 1ull << (EXO_PAGE_BITS + 9 * level);
}

/* The entry for va at a level; tables above it are made. */
static uint64_t *entry_for(vaddr_t va, unsigned level)
{
    uint64_t *table = pml4;
    for (unsigned at = LEVEL_PML4; at > level; at--) {
        uint64_t *entry = &table[va / level_bytes(at) % ENTRIES];
        assert(!(*entry & EXO_PTE_PS));
        if (!*entry) {
            uint64_t user = va < DIRECT_BASE ? EXO_PTE_U : 0;
            *entry = phys_early_alloc(1) | EXO_PTE_P | EXO_PTE_W | EXO_PTE_A | user;
        }
        table = (uint64_t *)((*entry & EXO_PTE_ADDR) + phys_window);
    }
    return &table[va / level_bytes(level) % ENTRIES];
}

static unsigned largest_level(vaddr_t va, paddr_t pa, uint64_t bytes)
{
    unsigned level = features.pages_1g ? LEVEL_1G : LEVEL_2M;
    while (level > LEVEL_PAGE && (((va | pa) & (level_bytes(level) - 1)) || bytes < level_bytes(level)))
        level--;
    return level;
}

/* Maps page-aligned bytes with the largest pages that fit. */
static void map(vaddr_t va, paddr_t pa, uint64_t bytes, uint64_t flags)
{
    while (bytes) {
        unsigned level = largest_level(va, pa, bytes);
        uint64_t *entry = entry_for(va, level);
        assert(!*entry);
        *entry = pa | flags | (level > LEVEL_PAGE ? EXO_PTE_PS : 0) | EXO_PTE_A | (flags & EXO_PTE_W ? EXO_PTE_D : 0);
        va += level_bytes(level);
        pa += level_bytes(level);
        bytes -= level_bytes(level);
    }
}

static void map_image(const char *start, const char *end, uint64_t flags)
{
    map((vaddr_t)start, virt_to_phys(start), (uint64_t)(end - start), flags);
}

/* Text and read-only data are written nowhere, so neither are they here. */
static void map_direct(paddr_t base, paddr_t end)
{
    const paddr_t cuts[] = {virt_to_phys(text_start), virt_to_phys(rodata_end), virt_to_phys(ksyms_start),
                            virt_to_phys(ksyms_end)};
    bool writable = true;
    for (unsigned i = 0; i < sizeof cuts / sizeof cuts[0] && base < end; i++, writable = !writable) {
        paddr_t cut = cuts[i] < end ? cuts[i] : end;
        if (cut <= base)
            continue;
        map(DIRECT_BASE + base, base, cut - base, writable ? FLAGS_DATA : FLAGS_RODATA);
        base = cut;
    }
    if (base < end)
        map(DIRECT_BASE + base, base, end - base, FLAGS_DATA);
}

void kpaging_map_stacks(uint32_t cpu)
{
    vaddr_t bottom = kernel_stack_top(cpu) - KERNEL_STACK_BYTES;
    map(bottom, phys_early_alloc(KERNEL_STACK_BYTES / EXO_PAGE_BYTES), KERNEL_STACK_BYTES, FLAGS_DATA);
    for (uint32_t i = 1; i <= IST_COUNT; i++) {
        bottom = ist_stack_top(cpu, i) - IST_STACK_BYTES;
        map(bottom, phys_early_alloc(IST_STACK_BYTES / EXO_PAGE_BYTES), IST_STACK_BYTES, FLAGS_DATA);
    }
}

uint64_t pte_bits;

void kpaging_init(const struct boot_info *boot)
{
    boot_memory = boot;
    pte_bits = ~EXO_PTE_NX | pte_nx();
    pml4 = (uint64_t *)(phys_early_alloc(1) + phys_window);
    entry_for(EXO_PUB_INFO, LEVEL_1G);
    entry_for(MMIO_BASE, LEVEL_1G);
    map_image(text_start, text_end, FLAGS_TEXT);
    map_image(rodata_start, rodata_end, FLAGS_RODATA);
    map_image(data_start, data_end, FLAGS_DATA);
    map_image(ksyms_start, ksyms_end, FLAGS_RODATA);
    for (unsigned i = 0; i < boot->memory_count; i++)
        if (boot->memory[i].usable)
            map_direct(boot->memory[i].base, boot->memory[i].base + boot->memory[i].bytes);
    kpaging_map_stacks(0);
}

_Noreturn void kpaging_enter(void (*entry)(void))
{
    paddr_t root = (paddr_t)pml4 - phys_window;
    pml4 = phys_to_virt(root);
    phys_window = DIRECT_BASE;
    __asm__ volatile("mov %0, %%cr3\n\t"
                     "mov %1, %%rsp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call *%2\n\t"
                     "ud2"
                     :
                     : "r"(root), "r"(kernel_stack_top(0)), "r"(entry)
                     : "memory");
    __builtin_unreachable();
}

void *publish_area(vaddr_t address, size_t bytes)
{
    size_t pages = (bytes + EXO_PAGE_BYTES - 1) / EXO_PAGE_BYTES;
    paddr_t frames = phys_early_alloc_aligned(pages, pages >= ENTRIES ? ENTRIES : 1);
    map(address, frames, pages * EXO_PAGE_BYTES, FLAGS_PUBLISHED);
    return phys_to_virt(frames);
}

void *mmio_map(paddr_t address, size_t bytes)
{
    paddr_t first = address & ~(EXO_PAGE_BYTES - 1ull);
    uint64_t length = (address + bytes - first + EXO_PAGE_BYTES - 1) & ~(EXO_PAGE_BYTES - 1ull);
    if (length > MMIO_END - mmio_next - level_bytes(LEVEL_2M))
        panic("device registers at %lx do not fit into the kernel's window", address);
    vaddr_t at = mmio_next;
    if (length >= level_bytes(LEVEL_2M)) /* so that large pages fit */
        at += (first - at) & (level_bytes(LEVEL_2M) - 1);
    map(at, first, length, FLAGS_DEVICE);
    mmio_next = at + length;
    return (void *)(at + (address - first));
}

const void *firmware_map(paddr_t address, size_t bytes)
{
    for (unsigned i = 0; i < boot_memory->memory_count; i++) {
        const struct boot_memory *m = &boot_memory->memory[i];
        if (m->usable && address >= m->base && address - m->base < m->bytes && bytes <= m->bytes - (address - m->base))
            return phys_to_virt(address);
    }
    return mmio_map(address, bytes);
}

const uint64_t *kernel_pml4(void)
{
    return pml4;
}

paddr_t kernel_pml4_paddr(void)
{
    return virt_to_phys(pml4);
}
