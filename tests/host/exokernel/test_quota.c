// link: exokernel/quota.c exokernel/cap.c
/* SPDX-License-Identifier: MIT
 *
 * test_quota.c: quotas by prefix: where a charge goes, that limits hold, and that nothing of the whole is ever lost or
 * made: after every step, limits add up to what the root began with.
 */
#include "../harness.h"

#include "exo_calls.h"
#include "quota.h"

static struct exo_quota table[QUOTAS_MAX];
enum { FRAMES = 1000, ENVS = 50, SLICES = 200 };

static struct cap_name name(uint64_t top_bits, unsigned len)
{
    return (struct cap_name){len ? top_bits << (64 - len) : 0, (uint8_t)len};
}

static void set_up(void)
{
    memset(table, 0, sizeof table);
    quota_init(table, (const uint64_t[EXO_QUOTA_KINDS]){FRAMES, ENVS, SLICES, [EXO_QUOTA_QUOTAS] = QUOTAS_MAX - 1});
}

static uint64_t sum(unsigned kind)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < QUOTAS_MAX; i++)
        all += table[i].used_entry ? table[i].limit[kind] : 0;
    return all;
}

/* What always holds. */
static void check_table(void)
{
    CHECK_EQ(sum(EXO_QUOTA_FRAMES), FRAMES);
    CHECK_EQ(sum(EXO_QUOTA_ENVS), ENVS);
    CHECK_EQ(sum(EXO_QUOTA_SLICES), SLICES);
    CHECK_EQ(sum(EXO_QUOTA_QUOTAS), QUOTAS_MAX - 1);
    uint64_t entries = 0, charged = 0;
    for (unsigned i = 0; i < QUOTAS_MAX; i++) {
        entries += i && table[i].used_entry;
        charged += table[i].used_entry ? table[i].used[EXO_QUOTA_QUOTAS] : 0;
    }
    CHECK_EQ(charged, entries);
    for (unsigned i = 0; i < QUOTAS_MAX; i++) {
        if (!table[i].used_entry)
            continue;
        for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
            CHECK(table[i].used[kind] <= table[i].limit[kind]);
        const struct exo_quota *parent = &table[table[i].parent];
        CHECK(parent->used_entry);
        CHECK(i == 0 || parent->len < table[i].len);
        CHECK(exo_cap_dominates(parent->bits, parent->len, table[i].bits, table[i].len));
    }
}

TEST(charges_stop_at_the_limit)
{
    set_up();
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, FRAMES + 1), -EXO_E_QUOTA);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, FRAMES), 0);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, 1), -EXO_E_QUOTA);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, 0), 0);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, ~0ull), -EXO_E_QUOTA);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_ENVS, 1), 0); /* kinds are apart */
    quota_uncharge(0, EXO_QUOTA_FRAMES, 1);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, 1), 0);
    check_table();
}

TEST(the_longest_prefix_is_charged)
{
    set_up();
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_FRAMES, 100), 0);
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_QUOTAS, 2), 0);
    CHECK_EQ(quota_set(name(5, 3), EXO_QUOTA_FRAMES, 30), 0);
    CHECK_EQ(quota_set(name(2, 2), EXO_QUOTA_FRAMES, 20), 0);
    uint16_t one = quota_find(name(1, 1)), mid = quota_find(name(2, 2)), deep = quota_find(name(5, 3));
    CHECK(one && mid && deep && one != mid && mid != deep && one != deep);
    CHECK_EQ(quota_find(name(0, 0)), 0);
    CHECK_EQ(quota_find(name(0, 1)), 0);
    CHECK_EQ(quota_find(name(3, 2)), one);
    CHECK_EQ(quota_find(name(4, 3)), mid);
    CHECK_EQ(quota_find(name(11, 4)), deep);
    /* 5/3 was carved out of 1/1 before 2/2 came between; 2/2 out of what was left there. */
    CHECK_EQ(table[one].limit[EXO_QUOTA_FRAMES], 50);
    CHECK_EQ(table[mid].limit[EXO_QUOTA_FRAMES], 20);
    CHECK_EQ(table[deep].limit[EXO_QUOTA_FRAMES], 30);
    check_table();
}

TEST(an_answer_is_not_kept_past_a_change)
{
    set_up();
    struct cap_name deep = name(5, 3);
    CHECK_EQ(quota_find(deep), 0);
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_FRAMES, 100), 0);
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_QUOTAS, 1), 0);
    uint16_t one = quota_find(deep);
    CHECK(one != 0);
    CHECK_EQ(quota_set(deep, EXO_QUOTA_FRAMES, 30), 0);
    CHECK(quota_find(deep) != one && quota_find(deep) != 0);
    CHECK_EQ(quota_set(deep, EXO_QUOTA_FRAMES, 0), 0);
    CHECK_EQ(quota_find(deep), one);
    CHECK_EQ(quota_forget(name(1, 1)), 0);
    CHECK_EQ(quota_find(deep), 0);
    check_table();
}

TEST(set_carves_out_and_gives_back)
{
    set_up();
    struct cap_name n = name(1, 1);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, FRAMES + 1), -EXO_E_QUOTA);
    CHECK_EQ(quota_find(n), 0); /* a failure leaves no entry */
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, FRAMES), 0);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, 1), -EXO_E_QUOTA);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, 10), 0);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, FRAMES - 10), 0);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, 11), -EXO_E_QUOTA); /* in use above */
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, ~0ull), -EXO_E_QUOTA);
    CHECK_EQ(quota_charge(quota_find(n), EXO_QUOTA_FRAMES, 4), 0);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, 3), -EXO_E_BUSY);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, 4), 0);
    CHECK_EQ(quota_charge(quota_find(n), EXO_QUOTA_FRAMES, 1), -EXO_E_QUOTA);
    check_table();
}

TEST(an_entry_without_limits_goes)
{
    set_up();
    struct cap_name n = name(1, 1), child = name(2, 2);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, 10), 0);
    CHECK_EQ(quota_set(n, EXO_QUOTA_ENVS, 5), 0);
    CHECK_EQ(quota_set(child, EXO_QUOTA_FRAMES, 4), -EXO_E_QUOTA); /* it may carve nothing out */
    CHECK_EQ(quota_set(n, EXO_QUOTA_QUOTAS, 1), 0);
    CHECK_EQ(quota_set(child, EXO_QUOTA_FRAMES, 4), 0);
    CHECK_EQ(table[quota_find(n)].used[EXO_QUOTA_QUOTAS], 1);
    CHECK_EQ(quota_set(name(5, 3), EXO_QUOTA_FRAMES, 1), -EXO_E_QUOTA);
    CHECK_EQ(quota_set(name(6, 3), EXO_QUOTA_FRAMES, 1), -EXO_E_QUOTA);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, 0), 0);
    CHECK_EQ(quota_set(n, EXO_QUOTA_ENVS, 0), 0);
    CHECK_EQ(quota_set(n, EXO_QUOTA_QUOTAS, 0), -EXO_E_BUSY);
    CHECK(quota_find(n) != 0); /* it has a child */
    CHECK_EQ(quota_set(name(7, 9), EXO_QUOTA_FRAMES, 0), 0); /* nothing to forget */
    check_table();
    CHECK_EQ(quota_set(child, EXO_QUOTA_FRAMES, 0), 0);
    CHECK_EQ(quota_set(n, EXO_QUOTA_FRAMES, 0), 0); /* what the child had */
    CHECK_EQ(quota_set(n, EXO_QUOTA_QUOTAS, 0), 0);
    CHECK_EQ(quota_find(n), 0);
    CHECK_EQ(table[0].limit[EXO_QUOTA_FRAMES], FRAMES);
    CHECK_EQ(table[0].used[EXO_QUOTA_QUOTAS], 0);
}

TEST(the_root_cannot_be_set)
{
    set_up();
    CHECK_EQ(quota_set(name(0, 0), EXO_QUOTA_FRAMES, 1), -EXO_E_BUSY);
    check_table();
}

TEST(the_table_is_bounded)
{
    set_up();
    for (unsigned i = 1; i < QUOTAS_MAX; i++)
        CHECK_EQ(quota_set(name(i, 16), EXO_QUOTA_FRAMES, 1), 0);
    CHECK_EQ(quota_set(name(QUOTAS_MAX, 16), EXO_QUOTA_FRAMES, 1), -EXO_E_QUOTA);
    check_table();
    CHECK_EQ(quota_set(name(77, 16), EXO_QUOTA_FRAMES, 0), 0);
    CHECK_EQ(quota_set(name(QUOTAS_MAX, 16), EXO_QUOTA_FRAMES, 1), 0);
    check_table();
}

TEST(a_charge_moves_with_its_room)
{
    set_up();
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_FRAMES, 10), 0);
    uint16_t from = quota_find(name(1, 1));
    CHECK_EQ(quota_charge(from, EXO_QUOTA_FRAMES, 10), 0);
    CHECK_EQ(quota_charge(0, EXO_QUOTA_FRAMES, FRAMES - 10), 0); /* no room at the heir */
    for (unsigned i = 0; i < 10; i++)
        quota_move(from, 0, EXO_QUOTA_FRAMES, 1);
    CHECK_EQ(table[0].used[EXO_QUOTA_FRAMES], FRAMES);
    CHECK_EQ(table[from].used[EXO_QUOTA_FRAMES], 0);
    CHECK_EQ(table[from].limit[EXO_QUOTA_FRAMES], 0);
    quota_move(0, 0, EXO_QUOTA_FRAMES, 1);
    check_table();
}

TEST(forget_wants_everything_unused)
{
    set_up();
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_FRAMES, 100), 0);
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_QUOTAS, 3), 0);
    CHECK_EQ(quota_set(name(2, 2), EXO_QUOTA_FRAMES, 50), 0);
    CHECK_EQ(quota_set(name(2, 2), EXO_QUOTA_QUOTAS, 1), 0);
    CHECK_EQ(quota_set(name(5, 3), EXO_QUOTA_SLICES, 20), -EXO_E_QUOTA); /* 2/2 has no slices */
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_SLICES, 30), 0);
    CHECK_EQ(quota_set(name(2, 2), EXO_QUOTA_SLICES, 25), 0);
    CHECK_EQ(quota_set(name(5, 3), EXO_QUOTA_SLICES, 20), 0);
    CHECK_EQ(quota_set(name(0, 1), EXO_QUOTA_FRAMES, 7), 0);
    uint16_t deep = quota_find(name(5, 3));
    CHECK_EQ(quota_charge(deep, EXO_QUOTA_SLICES, 1), 0);
    CHECK_EQ(quota_forget(name(1, 1)), -EXO_E_BUSY);
    CHECK(quota_find(name(2, 2)) != 0); /* untouched */
    check_table();
    quota_uncharge(deep, EXO_QUOTA_SLICES, 1);
    CHECK_EQ(quota_forget(name(1, 1)), 0);
    CHECK_EQ(quota_find(name(5, 3)), 0);
    CHECK(quota_find(name(0, 1)) != 0);
    CHECK_EQ(table[0].limit[EXO_QUOTA_FRAMES], FRAMES - 7);
    CHECK_EQ(table[0].limit[EXO_QUOTA_SLICES], SLICES);
    CHECK_EQ(table[0].limit[EXO_QUOTA_QUOTAS], QUOTAS_MAX - 1);
    CHECK_EQ(table[0].used[EXO_QUOTA_QUOTAS], 1);
    check_table();
}

/* Many entries go some at a time; nothing is lost on the way. */
TEST(forget_goes_in_steps)
{
    set_up();
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_FRAMES, 200), 0);
    CHECK_EQ(quota_set(name(1, 1), EXO_QUOTA_QUOTAS, 100), 0);
    for (unsigned i = 0; i < 100; i++)
        CHECK_EQ(quota_set(name(0x8000 | i, 16), EXO_QUOTA_FRAMES, 1), 0);
    unsigned steps = 1;
    for (; quota_forget(name(1, 1)); steps++)
        check_table();
    CHECK(steps > 5 && steps < 10);
    CHECK_EQ(table[0].limit[EXO_QUOTA_FRAMES], FRAMES);
    CHECK_EQ(table[0].used[EXO_QUOTA_QUOTAS], 0);
    check_table();
}

/* Many random steps over a small tree of names. */
TEST(nothing_is_lost_or_made)
{
    set_up();
    uint32_t x = 1, held[QUOTAS_MAX] = {0}, charged = 0, refused = 0;
    for (unsigned i = 0; i < 20000; i++) {
        x = x * 1664525 + 1013904223;
        unsigned len = 1 + (x >> 8) % 5;
        struct cap_name n = name((x >> 12) & ((1u << len) - 1), len);
        uint16_t entry = quota_find(n);
        uint32_t amount = x >> 20 & 63;
        switch (x >> 28 & 3) {
        case 0:
            refused += quota_set(n, i & 1 ? EXO_QUOTA_FRAMES : EXO_QUOTA_QUOTAS, amount) != 0;
            break;
        case 1:
            if (quota_charge(entry, EXO_QUOTA_FRAMES, amount) == 0) {
                held[entry] += amount;
                charged++;
            }
            break;
        case 2:
            quota_uncharge(entry, EXO_QUOTA_FRAMES, held[entry]);
            held[entry] = 0;
            break;
        default:
            quota_forget(n);
        }
        for (unsigned k = 0; k < QUOTAS_MAX; k++)
            CHECK(!held[k] || (table[k].used_entry && table[k].used[EXO_QUOTA_FRAMES] == held[k]));
        if (i % 64 == 0)
            check_table();
    }
    CHECK(charged > 100 && refused > 10);
}
