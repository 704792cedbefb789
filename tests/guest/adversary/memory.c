/* SPDX-License-Identifier: MIT
 *
 * memory.c: attacks on frames, page tables and what others left in memory.
 */
#include "attacks.h"
#include "canary.h"

void attack_double_free(void)
{
    uint32_t list[] = {frame_own(), 0, 0}, used = quota_info(&(struct exo_cap)ATTACKER_NAME)->used[0];
    list[1] = list[2] = list[0];
    EQ(exo_frame_free(0, list, 3), 1);
    EQ(exo_frame_free(0, list, 1), E(FRAME));
    list[0] = frame_own();
    EQ(map(PAGE(0), list[0], EXO_PROT_WRITE), 1);
    EQ(exo_frame_free(0, list, 1), 1);
    EQ(exo_frame_free(0, list, 1), E(FRAME)); /* dying */
    EQ(unmap(PAGE(0)), 1);
    EQ(exo_frame_free(0, list, 1), E(FRAME));
    CHECK(quota_info(&(struct exo_cap)ATTACKER_NAME)->used[0] <= used + 3);
}

void attack_map_freed(void)
{
    frame_t frame = frame_own();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    EQ(exo_frame_free(0, &frame, 1), 1);
    struct exo_cap me = ATTACKER_NAME;
    me.rights = 3;
    EQ(map(PAGE(1), frame, 0), E(FRAME));
    EQ(exo_frame_share(0, frame, 1, &me), E(FRAME));
    EQ(exo_frame_guard(0, 0, frame, 1), E(FRAME));
    EQ(exo_doorbell((void *)PAGE(0)), E(FAULT)); /* nobody can begin to wait on what is dying */
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, 0, 0), 1);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), E(RIGHTS));
    uint32_t wanted = frame;
    EQ(exo_frame_alloc(0, &wanted, 1, 0), E(BUSY));
    EQ(unmap(PAGE(0)), 1);
    EQ(map(PAGE(1), frame, 0), E(FRAME));
}

/* Looks for secrets in whatever frames it can get, those just freed by canaries first, by name. */
static bool secret_in(frame_t frame)
{
    uint64_t found = 0;
    if (map(PAGE(8), frame, 0) != 1)
        return false;
    for (unsigned i = 0; i < 512; i++)
        found |= WORD(PAGE(8) + i * 8);
    EQ(unmap(PAGE(8)), 1);
    EQ(exo_frame_free(0, &frame, 1), 1);
    return found != 0;
}

void attack_secrets(void)
{
    uint64_t end = now_ns() + 30 * MS, named = 0;
    while (now_ns() < end || (!named && now_ns() < end + 2000 * MS))
        for (uint32_t frame = 0; frame < INFO->frames; frame++) {
            const volatile struct exo_frame *f = &FRAMES[frame];
            uint32_t wanted = frame;
            if (f->type != EXO_FRAME_FREE || f->guard_bits >> 59 != 0xc8 >> 3 || f->guard_len != 8)
                continue;
            if (exo_frame_alloc(0, &wanted, 1, 0))
                continue;
            named++;
            CHECK(!secret_in(frame));
        }
    CHECK(named > 0);
    for (unsigned i = 0; i < 200; i++) {
        uint32_t any = EXO_FRAME_ANY;
        EQ(exo_frame_alloc(0, &any, 1, EXO_FRAME_AUTO | EXO_FRAME_ZERO), 0);
        EQ(map(PAGE(8), any, 0), 1);
        for (unsigned k = 0; k < 512; k += 8)
            EQ(WORD(PAGE(8) + k * 8), 0);
        EQ(unmap(PAGE(8)), 1);
    }
}

/* The other CPU tries to map a frame by its number while it is taken and zeroed. */
static void zeroing_reader(void *unused)
{
    (void)unused;
    while (!REPORT->word[1]) {
        frame_t frame = (frame_t)REPORT->word[0];
        if (frame && map(PAGE(9), frame, 0) == 1) {
            REPORT->word[2]++;
            for (unsigned i = 0; i < 512; i += 16)
                if (WORD(PAGE(9) + i * 8) == CANARY_SECRET)
                    REPORT->word[3]++;
            unmap(PAGE(9));
        }
    }
    REPORT->word[4] = 1;
    park();
}

void attack_frame_being_zeroed(void)
{
    accomplice(zeroing_reader, 0);
    uint64_t end = now_ns() + 40 * MS;
    while (now_ns() < end)
        for (uint32_t frame = 0; frame < INFO->frames; frame++) {
            uint32_t wanted = frame;
            if (FRAMES[frame].type != EXO_FRAME_FREE || FRAMES[frame].guard_bits >> 59 != 0xc8 >> 3)
                continue;
            REPORT->word[0] = frame;
            if (exo_frame_alloc(0, &wanted, 1, EXO_FRAME_ZERO) == 0)
                exo_frame_free(0, &wanted, 1);
        }
    REPORT->word[1] = 1;
    CHECK(meet(&REPORT->word[4], 1));
    EQ(REPORT->word[3], 0);
}

void attack_wrapping_ranges(void)
{
    frame_t frame = frame_own();
    const uint64_t addresses[] = {EXO_USER_TOP, EXO_USER_TOP - 4096 * 511, EXO_ACT_BASE, EXO_WINDOW_PT, EXO_WINDOW_PML4,
                                  0x00007ffffffff000, 0x0000800000000000, EXO_PUB_INFO, 0xffff880000000000,
                                  0xfffffffffffff000, 0xffffffffffe00000, ~0ull << 47, 1ull << 63};
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        for (unsigned op = EXO_PT_MAP; op <= EXO_PT_FRESH; op++) {
            uint32_t count = op == EXO_PT_FRESH ? 64 : 512;
            if (i == 1 && op == EXO_PT_FRESH)
                continue;
            EQ(pt_one(0, op, addresses[i], op == EXO_PT_MAP ? frame : 0, count, 0, 0), E(RANGE));
        }
    const uint32_t counts[] = {0, 513, 0x10000, 0x7fffffff, 0xffffffff};
    for (unsigned i = 0; i < 5; i++)
        for (unsigned op = EXO_PT_MAP; op <= EXO_PT_FRESH; op++)
            EQ(pt_one(0, op, PAGE(0), 0, counts[i], 0, 0), E(ARG));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), 0xffffffff, 2, 0, 0), E(FRAME));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), 0xfffffe01, 512, 0, 0), E(FRAME));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), INFO->frames - 1, 2, 0, 0) < 0, true);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 512, 0, 0) < 0, true); /* some of the 512 are not its own */
    EQ(pte(PAGE(0)) & EXO_PTE_P, 0);
}

void attack_misaligned(void)
{
    frame_t frame = frame_own();
    for (unsigned bit = 0; bit < 12; bit++)
        EQ(pt_one(0, EXO_PT_MAP, PAGE(0) | 1ull << bit, frame, 1, 0, 0), E(RANGE));
    for (unsigned bit = 12; bit < 21; bit++)
        EQ(pt_one(0, EXO_PT_MAP, PAGE(0) | 1ull << bit, 0, 1, EXO_PROT_LARGE, 0), E(RANGE));
    for (unsigned bit = 0; bit < 9; bit++)
        EQ(pt_one(0, EXO_PT_MAP, PAGE(0), 1u << bit, 1, EXO_PROT_LARGE, 0), E(FRAME));
    struct exo_pt_op op = {.va = PAGE(0), .frame = frame, .count = 1};
    for (unsigned i = EXO_PT_FRESH + 1; i < 256; i++) {
        op.op = (uint8_t)i;
        EQ(exo_pt_update(0, 0, &op, 1), E(ARG));
    }
    op.op = EXO_PT_MAP;
    op.soft = 8;
    EQ(exo_pt_update(0, 0, &op, 1), E(ARG));
    op.soft = 0;
    op.reserved = 1;
    EQ(exo_pt_update(0, 0, &op, 1), E(ARG));
    op.reserved = 0;
    op.prot = 32;
    EQ(exo_pt_update(0, 0, &op, 1), E(ARG));
    EQ(exo_pt_update(0, 0, &op, 0), E(ARG));
    EQ(exo_pt_update(0, 0, &op, EXO_PT_OPS_MAX + 1), E(ARG));
    EQ(exo_pt_update(0, 0, &op, 0xffffffff), E(ARG));
}

/* A large page covers 512 frames: every one of them must be the attacker's. */
void attack_large_page(void)
{
    for (frame_t first = 0; first + 512 <= INFO->frames; first += 512) {
        int64_t result = pt_one(0, EXO_PT_MAP, PAGE(0), first, 1, EXO_PROT_LARGE | EXO_PROT_WRITE, 0);
        CHECK(result == E(FRAME) || result == E(RIGHTS));
        result = pt_one(0, EXO_PT_MAP, PAGE(0), first, 1, EXO_PROT_LARGE, EXO_PT_ACL);
        CHECK(result == E(FRAME) || result == E(RIGHTS));
    }
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_LARGE, 0), E(ARG));
    EQ(map(PAGE(0), frame_own(), 0), 1);
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 1, EXO_PROT_LARGE, 0), E(BUSY));
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_LARGE, 0), E(BUSY));
}

void attack_window_write(void)
{
    EQ(map(PAGE(0), frame_own(), 0), 1);
    const uint64_t entries[] = {EXO_WINDOW_PT + (PAGE(0) >> 12) * 8, EXO_WINDOW_PD + (PAGE(0) >> 21) * 8,
                                EXO_WINDOW_PDPT + (PAGE(0) >> 30) * 8, EXO_WINDOW_PML4, EXO_WINDOW_PML4 + 8 * 300};
    for (unsigned i = 0; i < 5; i++) {
        PAGE_FAULTS(WORD(entries[i]) = ~0ull, entries[i], PF_PRESENT | PF_WRITE);
        FAULTS(__asm__ volatile("lock btsq $1, (%0)" : : "r"(entries[i]) : "memory"), VECTOR_PF);
        EQ(pt_one(0, EXO_PT_PROTECT, entries[i] & ~4095ull, 0, 1, EXO_PROT_WRITE, 0), E(RANGE));
        EQ(pt_one(0, EXO_PT_UNMAP, entries[i] & ~4095ull, 0, 1, 0, 0), E(RANGE));
        EQ(exo_frame_alloc(0, (uint32_t *)entries[i], 1, 0) < 0, true);
    }
    FAULTS(((void (*)(void))EXO_WINDOW_PT)(), VECTOR_PF);
}

void attack_published_write(void)
{
    const uint64_t pages[] = {EXO_PUB_INFO, EXO_PUB_CLOCK, EXO_PUB_CMDLINE, EXO_PUB_ENVS, EXO_PUB_SLICES, EXO_PUB_DEVICES,
                              EXO_PUB_LOG, EXO_PUB_TRACE, EXO_PUB_QUOTAS, EXO_PUB_FREE, EXO_PUB_FRAMES};
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        PAGE_FAULTS(WORD(pages[i]) = 0, pages[i], PF_PRESENT | PF_WRITE);
        EQ(pt_one(0, EXO_PT_PROTECT, pages[i], 0, 1, EXO_PROT_WRITE, 0), E(RANGE));
        FAULTS(((void (*)(void))pages[i])(), VECTOR_PF);
    }
}

void attack_kernel_read(void)
{
    const uint64_t pages[] = {0xffff880000000000, 0xffff880000100000, 0xfffffe0000001000, 0xfffffe8000000000,
                              0xffffffff80000000, 0xffffffff80100000, 0xfffffffffffff000, 0xffff900000000000};
    uint64_t pml4 = 0xffff880000000000 + ((uint64_t)env_info(act_here()->env)->pml4_frame << 12);
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        FAULTS((void)WORD(pages[i]), VECTOR_PF);
        FAULTS(WORD(pages[i]) = 0, VECTOR_PF);
        FAULTS(((void (*)(void))pages[i])(), VECTOR_PF);
        FAULTS(__asm__ volatile("prefetchw (%0)\n\tclflush (%0)\n\tmov (%0), %%rax" : : "r"(pages[i]) : "rax"), VECTOR_PF);
    }
    FAULTS((void)WORD(pml4), VECTOR_PF);
    FAULTS((void)WORD(0x0000800000000000), VECTOR_GP);
}

/* Its own pinned pages are not its to unmap, narrow or replace. */
void attack_pinned_pages(void)
{
    frame_t frame = frame_own();
    for (uint64_t va = EXO_ACT_BASE; va < EXO_ACT_BASE + 6 * EXO_PAGE_BYTES; va += EXO_PAGE_BYTES) {
        EQ(pt_one(0, EXO_PT_UNMAP, va, 0, 1, 0, 0), E(RANGE));
        EQ(pt_one(0, EXO_PT_PROTECT, va, 0, 1, EXO_PROT_NONE, 0), E(RANGE));
        EQ(pt_one(0, EXO_PT_MAP, va, frame, 1, EXO_PROT_WRITE, 0), E(RANGE));
        EQ(pt_one(0, EXO_PT_PRUNE, va, 0, 1, 0, 0), E(RANGE));
        EQ(pt_one(0, EXO_PT_FRESH, va, 0, 1, 0, 0), E(RANGE));
    }
    uint32_t pinned = (uint32_t)((pte(EXO_ACT_BASE) & EXO_PTE_ADDR) >> 12);
    struct exo_cap me = ATTACKER_NAME;
    me.rights = 3;
    EQ(exo_frame_free(0, &pinned, 1), E(FRAME));
    EQ(exo_frame_share(0, pinned, 1, &me), E(FRAME));
    EQ(exo_frame_guard(0, 0, pinned, 1), E(FRAME));
    FAULTS(((void (*)(void))EXO_ACT_BASE)(), VECTOR_PF);
}

void attack_write_execute(void)
{
    frame_t frame = frame_own();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE | EXO_PROT_EXEC), E(ARG));
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    WORD(PAGE(0)) = 0xc3; /* ret */
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE | EXO_PROT_EXEC, 0), E(ARG));
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(1), 0, 1, EXO_PROT_WRITE | EXO_PROT_EXEC, 0), E(ARG));
    if (INFO->cpu_features & EXO_CPU_NX)
        FAULTS(((void (*)(void))PAGE(0))(), VECTOR_PF);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_EXEC, 0), 1);
    CHECK(TRY(((void (*)(void))PAGE(0))()));
    PAGE_FAULTS(WORD(PAGE(0)) = 0, PAGE(0), PF_PRESENT | PF_WRITE);
}

/* An entry that is not present must hold no frame number: its owner would choose what is read ahead of the check (L1TF). */
void attack_not_present(void)
{
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 8, EXO_PROT_WRITE, 0), 1);
    for (unsigned soft = 0; soft < 8; soft++) {
        struct exo_pt_op op = {.va = PAGE(soft), .count = 1, .op = EXO_PT_UNMAP, .soft = (uint8_t)soft};
        EQ(exo_pt_update(0, 0, &op, 1), 1);
        EQ(WORD(EXO_WINDOW_PT + (PAGE(soft) >> 12) * 8), soft << EXO_PTE_SOFT_SHIFT);
    }
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_NONE, 0), 1); /* without access: present, for the supervisor alone */
    uint64_t entry = WORD(EXO_WINDOW_PT + (PAGE(0) >> 12) * 8);
    EQ(entry & (EXO_PTE_P | EXO_PTE_U), EXO_PTE_P);
    uint32_t list[] = {EXO_FRAME_ANY};
    EQ(exo_frame_alloc(0, (uint32_t *)PAGE(0), 1, 0), E(FAULT));
    EQ(exo_frame_alloc(0, list, 1, EXO_FRAME_AUTO), 0);
}

void attack_prune_in_use(void)
{
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
    WORD(PAGE(0)) = 77;
    uint32_t tables = env_info(act_here()->env)->table_pages;
    for (unsigned i = 0; i < 8; i++)
        EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 512, 0, 0), 1);
    EQ(WORD(PAGE(0)), 77);
    EQ(env_info(act_here()->env)->table_pages, tables);
    EQ(unmap(PAGE(0)), 1);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 1, 0, 0), 1);
    EQ(env_info(act_here()->env)->table_pages < tables, true);
}

void attack_auto_frames(void)
{
    uint32_t frame = EXO_FRAME_ANY, free_frames;
    EQ(exo_frame_alloc(0, &frame, 1, EXO_FRAME_AUTO), 0);
    EQ(map(PAGE(0), frame, 0), 1);
    EQ(map(PAGE(1), frame, 0), 1);
    EQ(exo_frame_free(0, &frame, 1), 1);
    EQ(map(PAGE(2), frame, 0), E(FRAME));
    free_frames = FRAMES[frame].type;
    EQ(free_frames, EXO_FRAME_DYING);
    EQ(map(PAGE(0), frame_own(), 0), 1); /* over one of its mappings */
    EQ(FRAMES[frame].maps, 1);
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 2, 0, 0), 1);
    EQ(exo_frame_free(0, &frame, 1), E(FRAME));
}

/* Device memory, and the memory of the boot image, belong to others. */
void attack_device_memory(void)
{
    for (uint32_t i = 0; i < INFO->devices; i++)
        for (unsigned k = 0; k < 6; k++)
            if (DEVICES[i].range[k].kind == EXO_RANGE_MMIO || DEVICES[i].range[k].kind == EXO_RANGE_FRAMEBUFFER) {
                uint64_t base = DEVICES[i].range[k].base;
                int64_t result = pt_one(0, EXO_PT_MAP, PAGE(0), (frame_t)(base >> 12), 1, EXO_PROT_WRITE, 0);
                CHECK(result == E(RIGHTS) || result == E(FRAME));
            }
    const uint64_t known[] = {0xb8000, 0xfee00000, 0xfec00000, 0xfed00000, 0xe0000000, 0xb0000000, 0xf0000, 0};
    struct exo_cap me = ATTACKER_NAME;
    me.rights = 3;
    for (unsigned i = 0; i < 8; i++) {
        int64_t result = pt_one(0, EXO_PT_MAP, PAGE(0), (frame_t)(known[i] >> 12), 1, EXO_PROT_WRITE, 0);
        CHECK(result == E(RIGHTS) || result == E(FRAME));
        result = exo_frame_share(0, (frame_t)(known[i] >> 12), 1, &me);
        CHECK(result == E(RIGHTS) || result == E(FRAME));
    }
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), INFO->module_frame, 1, 0, 0), E(RIGHTS));
}
