/* SPDX-License-Identifier: MIT
 *
 * pages.c: tests of pt_update and of the window.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE };
#define LARGE_BYTES 0x200000ull

void test_pt_map(void)
{
    frame_t first = frame_new(), second = frame_new();
    EQ(map(PAGE(0), first, EXO_PROT_WRITE), 1);
    WORD(PAGE(0)) = 11;
    EQ(map(PAGE(1), first, 0), 1);
    EQ(WORD(PAGE(1)), 11);
    PAGE_FAULTS(WORD(PAGE(1)) = 1, PAGE(1), PF_PRESENT | PF_WRITE);
    EQ(FRAMES[first].maps, 2);
    EQ(FRAMES[first].writes, 1);
    EQ(map(PAGE(1), second, EXO_PROT_WRITE), 1); /* replaces */
    EQ(WORD(PAGE(1)), 0);
    EQ(FRAMES[first].maps, 1);
    EQ(unmap(PAGE(0)), 1);
    PAGE_FAULTS((void)WORD(PAGE(0)), PAGE(0), 0);
    PAGE_FAULTS(WORD(PAGE(2)) = 1, PAGE(2), PF_WRITE);
    EQ(unmap(PAGE(0)), 1); /* what is not there can be unmapped */
    EQ(unmap(PAGE(1)), 1);
    EQ(FRAMES[first].maps, 0);
    frame_put(first);
    frame_put(second);
}

void test_pt_protect(void)
{
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    WORD(PAGE(0)) = 5;
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, 0, 0), 1);
    EQ(FRAMES[frame].writes, 0);
    PAGE_FAULTS(WORD(PAGE(0)) = 6, PAGE(0), PF_PRESENT | PF_WRITE);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_NONE, 0), 1);
    PAGE_FAULTS((void)WORD(PAGE(0)), PAGE(0), PF_PRESENT);
    EQ(pte(PAGE(0)) & (EXO_PTE_P | EXO_PTE_U), EXO_PTE_P);
    EQ(FRAMES[frame].maps, 1);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
    EQ(WORD(PAGE(0)), 5);
    WORD(PAGE(0)) = 7;
    EQ(FRAMES[frame].writes, 1);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 4, 0, 0), 1); /* three of them are not there: left alone */
    EQ(pte(PAGE(1)), 0);
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
}

static int64_t call_at(uint64_t va)
{
    return ((int64_t (*)(void))va)();
}

void test_pt_execute(void)
{
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    *(volatile uint8_t *)PAGE(0) = 0xc3; /* ret */
    EQ(pt_one(0, EXO_PT_MAP, PAGE(1), frame, 1, EXO_PROT_WRITE | EXO_PROT_EXEC, 0), E(ARG));
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE | EXO_PROT_EXEC, 0), E(ARG));
    if (INFO->cpu_features & EXO_CPU_NX) {
        EQ(TRY(call_at(PAGE(0))), false);
        EQ(vcpu()->last.vector, VECTOR_PF);
        EQ(vcpu()->last.error & (PF_PRESENT | PF_FETCH), PF_PRESENT | PF_FETCH);
        EQ(vcpu()->last.rip, PAGE(0));
    }
    EQ(map(PAGE(1), frame, EXO_PROT_EXEC), 1);
    CHECK(TRY(call_at(PAGE(1))));
    PAGE_FAULTS(WORD(PAGE(1)) = 0, PAGE(1), PF_PRESENT | PF_WRITE);
    EQ(map(PAGE(1), frame, EXO_PROT_WRITE | EXO_PROT_EXEC | EXO_PROT_WX), 1);
    *(volatile uint8_t *)PAGE(1) = 0xc3;
    CHECK(TRY(call_at(PAGE(1))));
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 2, 0, 0), 1);
    frame_put(frame);
}

void test_pt_window(void)
{
    frame_t frame = frame_new();
    EQ(pt_one(0, EXO_PT_MAP, PAGE(3), frame, 1, EXO_PROT_WRITE, 0), 1);
    uint64_t entry = pte(PAGE(3));
    EQ(entry & EXO_PTE_ADDR, (uint64_t)frame << EXO_PAGE_BITS);
    EQ(entry & (EXO_PTE_P | EXO_PTE_W | EXO_PTE_U), EXO_PTE_P | EXO_PTE_W | EXO_PTE_U);
    EQ(entry & (EXO_PTE_A | EXO_PTE_D), 0);
    (void)WORD(PAGE(3));
    EQ(pte(PAGE(3)) & (EXO_PTE_A | EXO_PTE_D), EXO_PTE_A);
    WORD(PAGE(3)) = 1;
    EQ(pte(PAGE(3)) & (EXO_PTE_A | EXO_PTE_D), EXO_PTE_A | EXO_PTE_D);
    EQ(pte(PAGE(4)), 0);
    EQ(WORD(EXO_WINDOW_PML4 + 254 * 8) >> 12 & 0xffffffff, env_info(act_here()->env)->pml4_frame);
    /* no level of it can be written */
    const uint64_t entries[] = {EXO_WINDOW_PT + (PAGE(3) >> 12) * 8, EXO_WINDOW_PD + (PAGE(3) >> 21) * 8,
                                EXO_WINDOW_PDPT + (PAGE(3) >> 30) * 8, EXO_WINDOW_PML4 + (PAGE(3) >> 39) * 8,
                                EXO_WINDOW_PML4 + 254 * 8};
    for (unsigned i = 0; i < 5; i++) {
        PAGE_FAULTS(WORD(entries[i]) = 0, entries[i], PF_PRESENT | PF_WRITE);
        CHECK(!TRY(__atomic_fetch_or((uint64_t *)entries[i], EXO_PTE_W, __ATOMIC_SEQ_CST)));
        CHECK(exo_frame_alloc(0, (uint32_t *)entries[i], 1, 0) < 0);
    }
    EQ(pt_one(0, EXO_PT_MAP, EXO_WINDOW_PT, frame, 1, EXO_PROT_WRITE, 0), E(RANGE));
    EQ(pt_one(0, EXO_PT_PROTECT, EXO_WINDOW_PML4 & ~4095ull, 0, 1, EXO_PROT_WRITE, 0), E(RANGE));
    /* the kernel's half of the tables shows no way in */
    CHECK(!TRY((void)WORD(EXO_WINDOW_PT + (0xffff880000000000ull << 16 >> 28) * 8)));
    EQ(unmap(PAGE(3)), 1);
    frame_put(frame);
}

static int64_t clear_bits(uint32_t count, unsigned which)
{
    return exo_pt_one(PAGE(0), 0, count, EXO_PT_WHAT(EXO_PT_CLEAR, 0, which, 0));
}

void test_pt_clear(void)
{
    const uint64_t both = EXO_PTE_A | EXO_PTE_D;
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    EQ(map(PAGE(2), frame, 0), 1);
    WORD(PAGE(0)) = 1;
    EQ(pte(PAGE(0)) & both, both);
    EQ(clear_bits(4, EXO_CLEAR_DIRTY), 1); /* two of them are not there */
    EQ(pte(PAGE(0)) & both, EXO_PTE_A);
    EQ(pte(PAGE(1)), 0);
    WORD(PAGE(0)) = 2; /* sets it again: no TLB remembers */
    EQ(pte(PAGE(0)) & both, both);
    EQ(clear_bits(4, EXO_CLEAR_ACCESSED | EXO_CLEAR_DIRTY), 1);
    EQ(pte(PAGE(0)) & both, 0);
    (void)WORD(PAGE(0));
    (void)WORD(PAGE(2));
    EQ(pte(PAGE(0)) & both, EXO_PTE_A);
    EQ(pte(PAGE(2)) & both, EXO_PTE_A);
    PAGE_FAULTS(WORD(PAGE(2)) = 1, PAGE(2), PF_PRESENT | PF_WRITE);
    EQ(FRAMES[frame].maps, 2);
    EQ(FRAMES[frame].writes, 1);
    EQ(clear_bits(1, 0), E(ARG));
    EQ(clear_bits(1, 4), E(ARG));
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 3, 0, 0), 1);
    frame_put(frame);
}

void test_pt_soft_bits(void)
{
    frame_t frame = frame_new();
    struct exo_pt_op op = {
        .va = PAGE(0), .frame = frame, .count = 1, .op = EXO_PT_MAP, .prot = EXO_PROT_WRITE, .soft = 5};
    EQ(exo_pt_update(0, 0, &op, 1), 1);
    EQ((pte(PAGE(0)) & EXO_PTE_SOFT) >> EXO_PTE_SOFT_SHIFT, 5);
    op = (struct exo_pt_op){.va = PAGE(0), .count = 2, .op = EXO_PT_UNMAP, .soft = 3};
    EQ(exo_pt_update(0, 0, &op, 1), 1);
    EQ(pte(PAGE(0)), 3ull << EXO_PTE_SOFT_SHIFT);
    EQ(pte(PAGE(1)), 3ull << EXO_PTE_SOFT_SHIFT);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 2, 0, 0), 1);
    EQ(pte(PAGE(0)), 3ull << EXO_PTE_SOFT_SHIFT); /* in use */
    EQ(map(PAGE(1), frame, 0), 1);
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 2, 0, 0), 1);
    EQ(pte(PAGE(0)), 0);
    op.soft = 8;
    EQ(exo_pt_update(0, 0, &op, 1), E(ARG));
    frame_put(frame);
}

void test_pt_prune(void)
{
    uint32_t before = INFO->free_frames, tables = env_info(act_here()->env)->table_pages;
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, 0), 1);
    EQ(env_info(act_here()->env)->table_pages, tables + 3);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 512, 0, 0), 1);
    EQ(env_info(act_here()->env)->table_pages, tables + 3); /* in use */
    EQ(unmap(PAGE(0)), 1);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 1, 0, 0), 1);
    EQ(env_info(act_here()->env)->table_pages, tables);
    frame_put(frame);
    EQ(INFO->free_frames, before);
}

void test_pt_bad(void)
{
    frame_t frame = frame_new();
    struct exo_pt_op good = {.va = PAGE(0), .frame = frame, .count = 1, .op = EXO_PT_MAP}, op;
#define BAD(change, error)                                                                                             \
    do {                                                                                                               \
        op = good;                                                                                                     \
        op.change;                                                                                                     \
        EQ(exo_pt_update(0, 0, &op, 1), E(error));                                                                     \
    } while (0)
    BAD(va = PAGE(0) + 1, RANGE);
    BAD(va = PAGE(0) + 0x800, RANGE);
    BAD(va = EXO_USER_TOP, RANGE);
    BAD(va = EXO_ACT_BASE, RANGE);
    BAD(va = 0x00007ffffffff000, RANGE);
    BAD(va = 0x0000800000000000, RANGE);
    BAD(va = EXO_PUB_INFO, RANGE);
    BAD(va = 0xffff880000000000, RANGE);
    BAD(va = 0xfffffffffffff000, RANGE);
    BAD(count = 0, ARG);
    BAD(count = EXO_PT_PAGES_MAX + 1, ARG);
    BAD(count = 0xffffffff, ARG);
    BAD(op = EXO_PT_PRUNE + 1, ARG);
    BAD(op = 0xff, ARG);
    BAD(prot = 32, ARG);
    BAD(prot = 0xff, ARG);
    BAD(reserved = 1, ARG);
    BAD(frame = INFO->frames, FRAME);
    BAD(frame = 0xffffffff, FRAME);
    BAD(cap = 9, SLOT);
    BAD(cap = EXO_CAP_SLOTS, SLOT);
    BAD(cap = 0xfe, SLOT);
    op = good;
    op.va = EXO_USER_TOP - EXO_PAGE_BYTES;
    op.count = 2;
    EQ(exo_pt_update(0, 0, &op, 1), E(RANGE));
    op.op = EXO_PT_UNMAP;
    EQ(exo_pt_update(0, 0, &op, 1), E(RANGE));
    op.count = 1;
    EQ(exo_pt_update(0, 0, &op, 1), 1);
    EQ(exo_pt_update(0, 0, &good, 0), E(ARG));
    EQ(exo_pt_update(0, 0, &good, EXO_PT_OPS_MAX + 1), E(ARG));
    EQ(exo_pt_update(0, 0, &good, 0xffffffff), E(ARG));
    EQ(exo_pt_update(0x123456789, 0, &good, 1), E(ENV));
    EQ(exo_pt_update(EXO_ENV_NONE, 0, &good, 1), E(ENV));
    EQ(pte(PAGE(0)), 0);
    frame_put(frame);
}

/* Frames that nobody may map, or that this capability does not open. */
void test_pt_foreign(void)
{
    uint32_t a = hold(name(0x5a, ALL)), b = hold(name(0x5b, ALL)), reads = hold(name(0x5a, EXO_RIGHT_READ));
    uint32_t writes = hold(name(0x5a, EXO_RIGHT_WRITE));
    frame_t frame = frame_new_under(a, EXO_FRAME_ZERO), root_s = frame_new();
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, 0, b), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), root_s, 1, 0, a), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, EXO_PROT_WRITE, reads), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, 0, writes), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, 0, reads), 1);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(1), frame, 1, 0, EXO_PT_ACL), 1); /* any slot: the root's */
    for (uint32_t i = 0; i < INFO->frames; i++) {
        unsigned type = FRAMES[i].type;
        if (type == EXO_FRAME_USER || (type == EXO_FRAME_FREE && i % 1024))
            continue;
        bool device = i >= INFO->text_frame && i < INFO->text_frame + 8;
        if (!device && !EQ(map(PAGE(2), i, EXO_PROT_WRITE), E(FRAME)))
            break;
    }
    EQ(map(PAGE(2), 0xfee00, EXO_PROT_WRITE), E(FRAME)); /* local APIC */
    EQ(map(PAGE(2), 0xfec00, EXO_PROT_WRITE), E(FRAME)); /* I/O APIC */
    EQ(pte(PAGE(2)), 0);
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 2, 0, 0), 1);
    frame_put(frame);
    frame_put(root_s);
}

/* One of many frames is not ours: nothing is mapped. */
void test_pt_whole_or_not(void)
{
    uint32_t a = hold(name(0x5a, ALL)), list[8] = {EXO_FRAME_ANY};
    EQ(exo_frame_alloc(a, list, 8, EXO_FRAME_RUN), 0);
    EQ(exo_frame_guard(0, 0, list[7], 1), 0);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), list[0], 8, 0, a), E(RIGHTS));
    for (unsigned i = 0; i < 8; i++) {
        EQ(pte(PAGE(i)), 0);
        EQ(FRAMES[list[i]].maps, 0);
    }
    EQ(pt_one(0, EXO_PT_MAP, PAGE(508), list[0], 8, EXO_PROT_WRITE, 0), 1); /* across two tables */
    WORD(PAGE(515)) = 3;
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(508), 0, 8, 0, 0), 1);
    for (unsigned i = 0; i < 8; i++)
        EQ(FRAMES[list[i]].maps, 0);
    EQ(exo_frame_free(0, list, 8), 8);
}

void test_pt_batch(void)
{
    frame_t frame = frame_new();
    struct exo_pt_op ops[EXO_PT_OPS_MAX];
    for (unsigned i = 0; i < EXO_PT_OPS_MAX; i++)
        ops[i] = (struct exo_pt_op){.va = PAGE(i), .frame = frame, .count = 1, .op = EXO_PT_MAP};
    EQ(exo_pt_update(0, 0, ops, EXO_PT_OPS_MAX), EXO_PT_OPS_MAX);
    EQ(FRAMES[frame].maps, EXO_PT_OPS_MAX);
    ops[5].va |= 1;
    for (unsigned i = 0; i < EXO_PT_OPS_MAX; i++)
        ops[i].op = EXO_PT_UNMAP;
    EQ(exo_pt_update(0, 0, ops, EXO_PT_OPS_MAX), 5); /* stops at the bad one */
    EQ(FRAMES[frame].maps, EXO_PT_OPS_MAX - 5);
    ops[5].va = PAGE(5);
    /* the work bound: 512 pages a call */
    struct exo_pt_op two[3] = {
        {.va = PAGE(0), .count = 512, .op = EXO_PT_UNMAP},
        {.va = PAGE(512), .count = 1, .op = EXO_PT_UNMAP},
    };
    EQ(exo_pt_update(0, 0, two, 2), 1);
    EQ(FRAMES[frame].maps, 0);
    two[0].count = 300;
    two[1].count = 300;
    EQ(exo_pt_update(0, 0, two, 2), 1);
    frame_put(frame);
}

/* pt_one: the same operations and checks, with the operation in registers. */
void test_pt_one_register(void)
{
    frame_t frame = frame_new();
    EQ(exo_pt_one(PAGE(0), frame, 1, EXO_PT_WHAT(EXO_PT_MAP, EXO_PROT_WRITE, 5, 0)), 1);
    WORD(PAGE(0)) = 9;
    EQ((pte(PAGE(0)) & EXO_PTE_SOFT) >> EXO_PTE_SOFT_SHIFT, 5);
    EQ(exo_pt_one(PAGE(0), 0, 1, EXO_PT_WHAT(EXO_PT_PROTECT, 0, 0, 0)), 1);
    PAGE_FAULTS(WORD(PAGE(0)) = 1, PAGE(0), PF_PRESENT | PF_WRITE);
    EQ(FRAMES[frame].writes, 0);
    EQ(exo_pt_one(PAGE(0), 0, 1, EXO_PT_WHAT(EXO_PT_PROTECT, EXO_PROT_WRITE, 0, 0)), 1);
    EQ(WORD(PAGE(0)), 9);
    const uint32_t bad[] = {EXO_PT_WHAT(EXO_PT_CLEAR + 1, 0, 0, 0), EXO_PT_WHAT(7, 0, 0, 0), EXO_PT_WHAT(8, 0, 0, 0),
                            EXO_PT_WHAT(0xff, 0, 0, 0), EXO_PT_WHAT(EXO_PT_PROTECT, 32, 0, 0),
                            EXO_PT_WHAT(EXO_PT_PROTECT, 0x80, 0, 0), EXO_PT_WHAT(EXO_PT_UNMAP, 0, 8, 0),
                            EXO_PT_WHAT(EXO_PT_PROTECT, EXO_PROT_WRITE | EXO_PROT_EXEC, 0, 0), ~0u};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EQ(exo_pt_one(PAGE(0), 0, 1, bad[i]), E(ARG));
    const uint32_t unmap_it = EXO_PT_WHAT(EXO_PT_UNMAP, 0, 0, 0);
    EQ(exo_pt_one(PAGE(0), 0, 0, unmap_it), E(ARG));
    EQ(exo_pt_one(PAGE(0), 0, EXO_PT_PAGES_MAX + 1, unmap_it), E(ARG));
    EQ(exo_pt_one(PAGE(0), 0, 0xffffffff, unmap_it), E(ARG));
    EQ(exo_pt_one(EXO_ACT_BASE, 0, 1, unmap_it), E(RANGE));
    EQ(exo_pt_one(EXO_USER_TOP - EXO_PAGE_BYTES, 0, 2, unmap_it), E(RANGE));
    EQ(exo_pt_one(0xfffffffffffff000, 0, 1, unmap_it), E(RANGE));
    EQ(exo_pt_one(0xfffffffffffff000, 0, 512, unmap_it), E(RANGE));
    EQ(exo_pt_one(PAGE(0) + 8, 0, 1, unmap_it), E(RANGE));
    EQ(exo_pt_one(PAGE(1), env_info(act_here()->env)->pml4_frame, 1, EXO_PT_WHAT(EXO_PT_MAP, EXO_PROT_WRITE, 0, 0)), E(FRAME));
    EQ(exo_pt_one(PAGE(1), frame, 1, EXO_PT_WHAT(EXO_PT_MAP, 0, 0, 9)), E(SLOT));
    EQ(exo_pt_one(PAGE(0), 0, 1, unmap_it), 1);
    EQ(exo_pt_one(PAGE(0), 0, 2, EXO_PT_WHAT(EXO_PT_FRESH, EXO_PROT_WRITE, 0, 0)), 1);
    WORD(PAGE(1)) = 1;
    EQ(exo_pt_one(PAGE(0), 0, 2, unmap_it), 1);
    EQ(exo_pt_one(PAGE(0), 0, 512, EXO_PT_WHAT(EXO_PT_PRUNE, 0, 0, 0)), 1);
    frame_put(frame);
}

/* The kernel remembers the page table that was used last. A frame that was one is somebody's data: no operation reaches it. */
void test_pt_table_forgotten(void)
{
    EQ(exo_pt_one(PAGE(0), 0, 1, EXO_PT_WHAT(EXO_PT_FRESH, EXO_PROT_WRITE, 0, 0)), 1);
    uint32_t table = (uint32_t)((WORD(EXO_WINDOW_PD + (PAGE(0) >> 21) * 8) & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    EQ(FRAMES[table].type, EXO_FRAME_TABLE);
    EQ(exo_pt_one(PAGE(0), 0, 1, EXO_PT_WHAT(EXO_PT_PROTECT, 0, 0, 0)), 1);
    EQ(unmap(PAGE(0)), 1);
    EQ(exo_pt_one(PAGE(0), 0, 512, EXO_PT_WHAT(EXO_PT_PRUNE, 0, 0, 0)), 1);
    EQ(exo_frame_alloc(0, &table, 1, EXO_FRAME_ZERO), 0);
    EQ(exo_pt_one(PAGE(3), 0, 8, EXO_PT_WHAT(EXO_PT_UNMAP, 0, 5, 0)), 1); /* soft bits, in no table */
    EQ(exo_pt_one(PAGE(0), 0, 512, EXO_PT_WHAT(EXO_PT_PROTECT, EXO_PROT_WRITE, 0, 0)), 1);
    EQ(FRAMES[table].maps, 0);
    EQ(map(PAGE(600), table, 0), 1);
    for (unsigned i = 0; i < 512; i++)
        EQ(WORD(PAGE(600) + i * 8), 0);
    EQ(unmap(PAGE(600)), 1);
    EQ(exo_pt_one(PAGE(512), 0, 512, EXO_PT_WHAT(EXO_PT_PRUNE, 0, 0, 0)), 1);
    frame_put(table);
}

/* A range of which one page, whichever, may be read alone does not become writable, in any part: across tables too. */
void test_pt_widen(void)
{
    enum { N = 6, FROM = 509 }; /* three pages in each of two tables */
    struct exo_cap reads = name(0x5b, EXO_RIGHT_READ), writes = name(0x5b, RW);
    uint32_t a = hold(name(0x5a, ALL)), b = hold(name(0x5b, ALL)), list[N] = {EXO_FRAME_ANY};
    EQ(exo_frame_alloc(a, list, N, EXO_FRAME_RUN | EXO_FRAME_ZERO), 0);
    for (unsigned foreign = 0; foreign < N; foreign++) {
        int64_t env = child_make(0, "widens");
        EQ(exo_cap_give(0, (env_id_t)env, a, 0), 0);
        EQ(exo_cap_give(0, (env_id_t)env, b, 1), 0);
        struct exo_pt_op op = {.va = PAGE(FROM), .frame = list[0], .count = N, .op = EXO_PT_MAP, .cap = EXO_PT_ACL};
        EQ(exo_frame_guard(0, 0, list[foreign], 1), 0); /* the root's, and of the child's alone for reading */
        EQ(exo_frame_share(0, list[foreign], 1, &reads), 0);
        EQ(exo_pt_update((env_id_t)env, 0, &op, 1), 1);
        op.op = EXO_PT_PROTECT;
        op.prot = EXO_PROT_WRITE;
        EQ(exo_pt_update((env_id_t)env, 0, &op, 1), E(RIGHTS));
        for (unsigned i = 0; i < N; i++)
            EQ(FRAMES[list[i]].writes, 0);
        EQ(exo_frame_share(0, list[foreign], 1, &writes), 0); /* the access list can allow it */
        EQ(exo_pt_update((env_id_t)env, 0, &op, 1), 1);
        for (unsigned i = 0; i < N; i++)
            EQ(FRAMES[list[i]].writes, 1);
        children_end();
        EQ(FRAMES[list[foreign]].maps, 0);
        EQ(exo_frame_guard(0, a, list[foreign], 1), 0);
    }
    EQ(exo_frame_free(a, list, N), N);
}

static frame_t large_new(uint32_t slot)
{
    for (frame_t first = 512; first < INFO->frames; first += 512) {
        uint32_t list[EXO_FRAMES_MAX];
        unsigned got = 0;
        for (; got < 512; got += EXO_FRAMES_MAX) {
            list[0] = first + got;
            if (exo_frame_alloc(slot, list, EXO_FRAMES_MAX, EXO_FRAME_RUN | EXO_FRAME_ZERO))
                break;
        }
        if (got == 512)
            return first;
        for (unsigned i = 0; i < got; i++)
            frame_put(first + i);
    }
    CHECK(!"512 aligned frames");
    return EXO_FRAME_ANY;
}

static void large_put(frame_t first)
{
    for (unsigned i = 0; i < 512; i++)
        frame_put(first + i);
}

void test_pt_large(void)
{
    frame_t first = large_new(0);
    if (first == EXO_FRAME_ANY)
        return;
    enum { L = EXO_PROT_LARGE };
    EQ(pt_one(0, EXO_PT_MAP, PAGE(1), first, 1, L, 0), E(RANGE));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first + 1, 1, L, 0), E(FRAME));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first, 2, L, 0), E(ARG));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first, 1, L | EXO_PROT_WRITE, 0), 1);
    EQ(FRAMES[first].maps, 1);
    EQ(FRAMES[first + 511].writes, 1);
    WORD(PAGE(0)) = 1;
    WORD(PAGE(511) + 4088) = 2;
    CHECK(pte(PAGE(0)) & EXO_PTE_PS);
    EQ(map(PAGE(3), first + 3, 0), E(BUSY)); /* a large page is in the way */
    EQ(unmap(PAGE(3)), E(BUSY));
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, L, 0), 1);
    EQ(FRAMES[first + 511].writes, 0);
    PAGE_FAULTS(WORD(PAGE(9)) = 1, PAGE(9), PF_PRESENT | PF_WRITE);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, L | EXO_PROT_WRITE, 0), 1);
    WORD(PAGE(9)) = 1;
    frame_put(first); /* dying */
    EQ(pt_one(0, EXO_PT_MAP, PAGE(512), first, 1, L, 0), E(FRAME));
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 1, L, 0), 1);
    EQ(FRAMES[first].type, EXO_FRAME_FREE);
    EQ(FRAMES[first + 511].maps, 0);
    PAGE_FAULTS((void)WORD(PAGE(9)), PAGE(9), 0);
    EQ(map(PAGE(3), first + 3, 0), 1); /* now a table stands there */
    uint32_t again = first;
    EQ(exo_frame_alloc(0, &again, 1, 0), 0);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first, 1, L, 0), E(BUSY));
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 1, L, 0), E(BUSY));
    EQ(unmap(PAGE(3)), 1);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 1, L, 0), 1);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first, 1, L, 0), 1);
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 1, L, 0), 1);
    large_put(first);
}

/* While a large page is mapped, its first frame shows in the window where a table would; not afterwards. */
void test_pt_large_window(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    frame_t first = large_new(0), keep = frame_new();
    if (first == EXO_FRAME_ANY)
        return;
    uint64_t shown = EXO_WINDOW_PT + (PAGE(0) >> 12) * 8;
    EQ(map(PAGE(512), keep, 0), 1);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first, 1, EXO_PROT_LARGE | EXO_PROT_WRITE, 0), 1);
    WORD(PAGE(0)) = 0x1234;
    EQ(WORD(shown), 0x1234);
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 1, EXO_PROT_LARGE, 0), 1);
    CHECK(!TRY((void)WORD(shown)));
    EQ(exo_frame_guard(0, s, first, 1), 0);
    EQ(unmap(PAGE(512)), 1);
    frame_put(keep);
    large_put(first);
}

/* An entry of the level above that holds soft bits alone gives way to a table, and all can be pruned. */
void test_pt_large_soft(void)
{
    uint32_t tables = env_info(act_here()->env)->table_pages;
    frame_t keep = frame_new();
    struct exo_pt_op op = {.va = PAGE(0), .count = 1, .op = EXO_PT_UNMAP, .prot = EXO_PROT_LARGE, .soft = 1};
    EQ(map(PAGE(512), keep, 0), 1);
    EQ(exo_pt_update(0, 0, &op, 1), 1);
    EQ(map(PAGE(1), keep, 0), 1);
    EQ(unmap(PAGE(1)), 1);
    EQ(unmap(PAGE(512)), 1);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 512, 0, 0), 1);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(512), 0, 512, 0, 0), 1);
    EQ(env_info(act_here()->env)->table_pages, tables);
    frame_put(keep);
}

void test_pt_other_env(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold(name(0x5a, RW));
    int64_t env = child_make(a, "mapped");
    frame_t frame = frame_new_under(a, 0);
    struct exo_pt_op op = {.va = PAGE(0), .frame = frame, .count = 1, .op = EXO_PT_MAP, .cap = 2};
    EQ(exo_pt_update((env_id_t)env, 0, &op, 1), E(SLOT)); /* a slot of the target authorises it */
    EQ(exo_cap_give(0, (env_id_t)env, a, 2), 0);
    EQ(exo_pt_update((env_id_t)env, weak, &op, 1), E(RIGHTS));
    EQ(exo_pt_update((env_id_t)env, 9, &op, 1), E(SLOT));
    uint32_t mapped = env_info((env_id_t)env)->mapped;
    EQ(exo_pt_update((env_id_t)env, a, &op, 1), 1);
    EQ(env_info((env_id_t)env)->mapped, mapped + 1);
    op.cap = CHILD_SLOT;
    EQ(exo_pt_update((env_id_t)env, a, &op, 1), E(RIGHTS));
    EQ(FRAMES[frame].maps, 1);
    children_end();
    EQ(FRAMES[frame].maps, 0);
    EQ(exo_pt_update((env_id_t)env, a, &op, 1), E(ENV));
    frame_put(frame);
}

/* The access list, and PROTECT that wants more than the list gives. */
void test_pt_acl(void)
{
    uint32_t a = hold(name(0x5a, ALL));
    struct exo_cap reads = name(0x5a, EXO_RIGHT_READ);
    frame_t frame = frame_new();
    EQ(exo_frame_share(0, frame, 1, &reads), 0);
    int64_t env = child_make(0, "listed");
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, 0, EXO_PT_ACL), E(RIGHTS));
    EQ(exo_cap_give(0, (env_id_t)env, a, 7), 0);
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, EXO_PROT_WRITE, EXO_PT_ACL), E(RIGHTS));
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, 0, EXO_PT_ACL), 1);
    EQ(pt_one((env_id_t)env, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), E(RIGHTS));
    EQ(FRAMES[frame].writes, 0);
    children_end();
    frame_put(frame);
}

void test_pt_device(void)
{
    frame_t screen = INFO->text_frame;
    uint32_t a = hold(name(0x5a, ALL));
    if (!screen)
        return;
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), screen, 8, EXO_PROT_WRITE, 0), 1);
    CHECK(pte(PAGE(0)) & 0x18); /* its memory type is the kernel's choice */
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 8, 0, 0), 1);
    CHECK(pte(PAGE(0)) & 0x18);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 8, EXO_PROT_WRITE, 0), 1);
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 8, 0, 0), 1);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), screen, 9, EXO_PROT_WRITE, 0), E(FRAME));
    struct exo_cap who = name(0x5a, RW), none = name(0x5a, 0);
    int64_t env = child_make(0, "screen");
    EQ(exo_cap_give(0, (env_id_t)env, a, 2), 0);
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), screen, 1, EXO_PROT_WRITE, 2), E(RIGHTS));
    EQ(exo_frame_share(a, screen, 1, &who), E(RIGHTS));
    EQ(exo_frame_share(0, screen, 1, &who), 0);
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), screen, 1, EXO_PROT_WRITE, 2), 1);
    int64_t taken;
    while ((taken = exo_frame_share(0, screen, 1, &none)) == E(AGAIN)) {} /* some environments a call are looked at */
    EQ(taken, 0);
    EQ(exo_frame_alloc(0, &screen, 1, 0), E(FRAME));
    EQ(exo_frame_free(0, &screen, 1), E(FRAME));
}

/* What is unmapped on one CPU is gone on all of them, before the call returns. */

static volatile uint32_t toucher_state;

static bool toucher_hook(struct exo_fault *fault)
{
    toucher_state = 2;
    (void)fault;
    return false;
}

static void toucher(void *arg)
{
    vcpu()->hook = toucher_hook;
    TRY(for (;;) {
        (void)WORD(arg);
        toucher_state = 1;
    });
    park();
}

void test_pt_shootdown(void)
{
    if (INFO->cpus < 2)
        return;
    for (unsigned round = 0; round < 8; round++) {
        uint32_t a = hold(name(0x5a, ALL));
        frame_t frame = frame_new_under(a, EXO_FRAME_ZERO);
        int64_t env = child_make(0, "toucher");
        EQ(exo_cap_give(0, (env_id_t)env, a, 2), 0);
        EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, 0, 2), 1);
        toucher_state = 0;
        EQ(child_act((env_id_t)env, toucher, (void *)PAGE(0)), 0);
        CHECK(child_slice((env_id_t)env, 0, 1 + round % (INFO->cpus - 1)) >= 0);
        CHECK(await(&toucher_state, 1));
        EQ(pt_one((env_id_t)env, EXO_PT_UNMAP, PAGE(0), 0, 1, 0, 0), 1);
        EQ(FRAMES[frame].maps, 0);
        CHECK(await(&toucher_state, 2));
        children_end();
        frame_put(frame);
        EQ(exo_cap_drop(a), 0);
    }
}
