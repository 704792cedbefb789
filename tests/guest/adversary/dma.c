/* SPDX-License-Identifier: MIT
 *
 * dma.c: attacks by the one device that an attacker can have write to memory, virtio-rng (random_fill). Where there is no
 * such device, those that need one say so, and the suite prints it.
 */
#include "attacks.h"

enum { STATUS = 4092 };

/* True if there is a device; waits until the trial is over. */
static bool have_device(void)
{
    frame_t frame = frame_own();
    int64_t result = exo_random_fill(0, frame, 0, 8, STATUS);
    uint64_t give_up = now_ns() + 5000 * MS;
    while (FRAMES[frame].pins && now_ns() < give_up)
        sleep_ns(MS / 4);
    EQ(FRAMES[frame].pins, 0);
    CHECK(result == 0 || result == E(NODEV));
    REPORT->skipped = result != 0;
    return result == 0;
}

static int64_t fill(frame_t frame, uint32_t offset, uint32_t bytes)
{
    int64_t result;
    uint64_t give_up = now_ns() + 5000 * MS;
    while (((result = exo_random_fill(0, frame, offset, bytes, STATUS)) == E(LIMIT) || result == E(QUOTA)) &&
           now_ns() < give_up)
        sleep_ns(MS / 4);
    return result;
}

static bool all_done(void)
{
    uint64_t give_up = now_ns() + 5000 * MS;
    while (OWN_QUOTA->used[EXO_QUOTA_TRANSFERS] && now_ns() < give_up)
        sleep_ns(MS / 4);
    return OWN_QUOTA->used[EXO_QUOTA_TRANSFERS] == 0;
}

/* Frames of others, of the kernel, page tables, pinned pages, freed ones, none. With or without a device. */
void attack_random_foreign(void)
{
    const uint32_t slots[] = {0, 1, 2, IMAGE_SLOT, EXO_CAP_SLOTS, ~0u};
    for (unsigned s = 0; s < 6; s++) {
        int64_t result = exo_random_fill(slots[s], REPORT->victim_frame, 0, 64, STATUS);
        CHECK(result == E(RIGHTS) || result == E(SLOT));
        result = exo_random_fill(slots[s], REPORT->readable, 0, 64, STATUS);
        CHECK(result == E(RIGHTS) || result == E(SLOT));
    }
    uint32_t freed = frame_own();
    EQ(exo_frame_free(0, &freed, 1), 1);
    frame_t page = (frame_t)((WORD(EXO_WINDOW_PT + (EXO_ACT_BASE >> 12) * 8) & EXO_PTE_ADDR) >> 12);
    frame_t text = (frame_t)((pte((uint64_t)attack_random_foreign & ~4095ull) & EXO_PTE_ADDR) >> 12);
    const uint32_t none[] = {0, 1, page, env_info(act_here()->env)->pml4_frame, INFO->frames, INFO->frames + 1, ~0u, 1u << 31};
    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++)
        EQ(exo_random_fill(0, none[i], 0, 64, STATUS), E(FRAME));
    int64_t gone = exo_random_fill(0, freed, 0, 64, STATUS);
    CHECK(gone == E(FRAME) || gone == E(RIGHTS)); /* a canary may have it by now */
    EQ(exo_random_fill(0, text, 0, 64, STATUS), E(RIGHTS));
    EQ(exo_random_fill(1, text, 0, 64, STATUS), E(RIGHTS)); /* may be read with slot 1 */
    struct exo_cap reader = ATTACKER_NAME;
    reader.rights = EXO_RIGHT_READ;
    EQ(exo_cap_derive(0, 5, &reader), 0);
    EQ(exo_random_fill(5, frame_own(), 0, 64, STATUS), E(RIGHTS));
    CHECK(FRAMES[REPORT->victim_frame].pins == 0 && FRAMES[REPORT->readable].pins == 0);
}

/* Ranges that wrap or leave the frame; and what lies next to those that do not stays as it was. */
void attack_random_ranges(void)
{
    const uint32_t edge[] = {0, 1, 4095, 4096, 4097, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff, 8192};
    uint32_t first = EXO_FRAME_ANY, list[3] = {EXO_FRAME_ANY};
    EQ(exo_frame_alloc(0, list, 3, EXO_FRAME_RUN | EXO_FRAME_ZERO), 0);
    first = list[0];
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first, 3, EXO_PROT_WRITE, 0), 1);
    for (unsigned o = 0; o < 10; o++)
        for (unsigned b = 0; b < 10; b++)
            for (unsigned s = 0; s < 10; s++) {
                uint64_t offset = edge[o], bytes = edge[b], status = edge[s];
                bool good = bytes && offset + bytes <= 4096 && status % 4 == 0 && status < 4096 &&
                            (status + 4 <= offset || status >= offset + bytes);
                if (!good)
                    EQ(exo_random_fill(0, first + 1, edge[o], edge[b], edge[s]), E(ARG));
            }
    if (!have_device())
        return;
    for (unsigned round = 0; round < 8; round++) {
        EQ(fill(first + 1, 0, STATUS), 0);
        EQ(fill(first + 1, 4000, 92), 0);
    }
    CHECK(all_done());
    for (unsigned i = 0; i < 512; i++) {
        EQ(WORD(PAGE(0) + i * 8), 0);
        EQ(WORD(PAGE(2) + i * 8), 0);
    }
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 3, 0, 0), 1);
}

/* Unmapped and freed while the device has it: what gets the number next is not written to. */
void attack_random_freed(void)
{
    if (!have_device())
        return;
    for (unsigned round = 0; round < 40; round++) {
        uint32_t frame = frame_own(), again;
        EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
        EQ(fill(frame, 0, STATUS), 0);
        EQ(unmap(PAGE(0)), 1);
        EQ(exo_frame_free(0, &frame, 1), 1);
        again = frame;
        int64_t result = exo_frame_alloc(0, &again, 1, EXO_FRAME_ZERO);
        CHECK(result == 0 || result == E(BUSY));
        if (result)
            continue;
        EQ(FRAMES[frame].pins, 0);
        EQ(map(PAGE(1), frame, EXO_PROT_WRITE), 1);
        sleep_ns(MS / 8);
        uint64_t bits = 0;
        for (unsigned i = 0; i < 512; i++)
            bits |= WORD(PAGE(1) + i * 8);
        EQ(bits, 0);
        EQ(unmap(PAGE(1)), 1);
        EQ(exo_frame_free(0, &frame, 1), 1);
    }
    CHECK(all_done());
}

/* Guards, shares and names change while the device has the frame. */
void attack_random_passed_on(void)
{
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 3);
    if (!have_device())
        return;
    for (unsigned round = 0; round < 10; round++) {
        EQ(exo_cap_derive(0, 5, &below), 0);
        frame_t frame = frame_new_under(5, EXO_FRAME_ZERO);
        EQ(fill(frame, 0, STATUS), 0);
        int64_t result = exo_frame_guard(0, 0, frame, 1);
        CHECK(result == 0 || result == E(BUSY));
        CHECK(revoke(below));
        uint32_t list = frame;
        EQ(exo_frame_free(0, &list, 1), 1);
    }
    CHECK(all_done());
}

/* More transfers than the quota allows, from two activations. */
static void fill_on(void *unused)
{
    (void)unused;
    frame_t frame = frame_own();
    while (!REPORT->word[31]) {
        int64_t result = exo_random_fill(0, frame, 0, 4000, STATUS);
        REPORT->word[5] += result != 0 && result != E(QUOTA) && result != E(LIMIT);
        REPORT->word[6]++;
    }
    REPORT->word[30] = 1;
    park();
}

void attack_random_flood(void)
{
    if (!have_device())
        return;
    frame_t frame = frame_own();
    uint64_t refused = 0, begun = 0;
    accomplice(fill_on, 0);
    FLOOD(int64_t result = exo_random_fill(0, frame, 0, 4000, STATUS);
          CHECK(result == 0 || result == E(QUOTA) || result == E(LIMIT)); refused += result != 0; begun += result == 0;
          CHECK(OWN_QUOTA->used[EXO_QUOTA_TRANSFERS] <= QUOTA_FEW));
    REPORT->word[31] = 1;
    CHECK(meet(&REPORT->word[30], 1));
    CHECK(begun > 0);
    EQ(REPORT->word[5], 0);
    CHECK(all_done());
    EQ(FRAMES[frame].pins, 0);
}

/* Taken by force while the device has it: it is free when that is done, not before. */
void attack_random_taken(void)
{
    if (!have_device())
        return;
    for (unsigned round = 0; round < 10; round++) {
        frame_t frame = frame_own();
        uint64_t name = frame, give_up = now_ns() + 5000 * MS;
        EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
        EQ(exo_revoke_ask(0, 0, EXO_REVOKE_FRAMES, 1, 0), 0);
        EQ(fill(frame, 0, STATUS), 0);
        int64_t result;
        while ((result = exo_revoke_take(0, 0, EXO_REVOKE_FRAMES, &name, 1)) == E(AGAIN) && now_ns() < give_up)
            sleep_ns(MS / 4);
        EQ(result, 1);
        int64_t after = exo_random_fill(0, frame, 0, 8, STATUS);
        CHECK(after == E(FRAME) || after == E(RIGHTS));
        while ((FRAMES[frame].type == EXO_FRAME_DYING || FRAMES[frame].pins) && now_ns() < give_up)
            sleep_ns(MS / 4);
        CHECK(FRAMES[frame].type != EXO_FRAME_DYING && FRAMES[frame].pins == 0);
        CHECK(!(pte(PAGE(0)) & EXO_PTE_P));
    }
    CHECK(all_done());
}

/* Somebody waits for the result, and the word goes before it comes. */
void attack_random_status_gone(void)
{
    if (!have_device())
        return;
    for (unsigned round = 0; round < 20; round++) {
        uint32_t frame = frame_own();
        EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
        EQ(exo_watch(0, (void *)(PAGE(0) + STATUS)), 0);
        EQ(fill(frame, 0, STATUS), 0);
        EQ(exo_frame_free(0, &frame, 1), 1);
        EQ(unmap(PAGE(0)), 1);
        events_take();
    }
    CHECK(all_done());
    EQ(exo_watch(0, NULL), 0);
}

/* The owner ends with as many transfers under way as it may have, into frames that free themselves. */
void attack_random_owner_dies(void)
{
    if (have_device())
        for (unsigned i = 0; i < 4 * QUOTA_FEW; i++) {
            frame_t frame = frame_new_under(0, EXO_FRAME_AUTO);
            EQ(map(PAGE(i), frame, EXO_PROT_WRITE), 1);
            int64_t result = exo_random_fill(0, frame, 0, 4000, STATUS);
            CHECK(result == 0 || result == E(QUOTA) || result == E(LIMIT));
        }
    exo_env_destroy(0, 0);
}
