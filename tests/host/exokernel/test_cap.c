// link: exokernel/cap.c
/* SPDX-License-Identifier: MIT
 *
 * test_cap.c: names, slots and revoked prefixes of capabilities: what every check of the kernel rests on. Domination is
 * compared with a bit-by-bit model.
 */
#include "../harness.h"

#include "cap.h"
#include "exo_calls.h"

static struct cap_name name(uint64_t top_bits, unsigned len)
{
    return (struct cap_name){len ? top_bits << (64 - len) : 0, (uint8_t)len};
}

static struct exo_cap cap(uint64_t top_bits, unsigned len, unsigned rights)
{
    struct cap_name n = name(top_bits, len);
    return (struct exo_cap){.bits = n.bits, .len = n.len, .rights = (uint8_t)rights};
}

static bool model_covers(struct cap_name a, struct cap_name b)
{
    for (unsigned i = 0; i < a.len; i++)
        if (i >= b.len || (a.bits >> (63 - i) & 1) != (b.bits >> (63 - i) & 1))
            return false;
    return true;
}

TEST(domination_is_being_a_prefix)
{
    for (unsigned la = 0; la <= 4; la++)
        for (unsigned lb = 0; lb <= 4; lb++)
            for (uint64_t a = 0; a < 1u << la; a++)
                for (uint64_t b = 0; b < 1u << lb; b++)
                    CHECK_EQ(cap_covers(name(a, la), name(b, lb)), model_covers(name(a, la), name(b, lb)));
}

TEST(domination_at_full_length)
{
    struct cap_name all = {~0ull, 64}, other = {~1ull, 64}, most = {~0ull << 1, 63};
    CHECK(cap_covers(all, all));
    CHECK(!cap_covers(all, other));
    CHECK(cap_covers(most, all) && cap_covers(most, other));
    CHECK(!cap_covers(all, most));
    CHECK(cap_covers((struct cap_name){0, 0}, all));
}

TEST(nobodys_guard_equals_no_name)
{
    /* A free frame that nobody's data is in has length 255. */
    struct cap_name nobody = {0, 0xff};
    for (unsigned len = 0; len <= 64; len++)
        CHECK(!cap_same(name(0, len), nobody));
}

TEST(form)
{
    struct exo_cap good = cap(5, 3, EXO_RIGHTS_ALL), c = good;
    CHECK(cap_valid(&good));
    CHECK(cap_valid(&(struct exo_cap){.bits = ~0ull, .len = 64}));
    CHECK(cap_valid(&(struct exo_cap){0}));
    c.bits |= 1ull << 60; /* the fourth bit */
    CHECK(!cap_valid(&c));
    c = good;
    c.bits |= 1;
    CHECK(!cap_valid(&c));
    CHECK(!cap_valid(&(struct exo_cap){.bits = 1}));
    CHECK(!cap_valid(&(struct exo_cap){.bits = 0, .len = 65}));
    c = good;
    c.rights = 16;
    CHECK(!cap_valid(&c));
    for (unsigned i = 0; i < sizeof c.reserved; i++) {
        c = good;
        c.reserved[i] = 1;
        CHECK(!cap_valid(&c));
    }
}

TEST(parent_is_one_bit_shorter)
{
    CHECK(cap_same(cap_parent(name(5, 3)), name(2, 2)));
    CHECK(cap_same(cap_parent(name(1, 1)), name(0, 0)));
    CHECK(cap_same(cap_parent((struct cap_name){~0ull, 64}), (struct cap_name){~1ull, 63}));
    for (unsigned len = 1; len <= 64; len++) {
        struct cap_name child = {len == 64 ? ~0ull : ~(~0ull >> len), (uint8_t)len};
        CHECK(cap_covers(cap_parent(child), child));
        CHECK(!cap_covers(child, cap_parent(child)));
    }
}

TEST(slots_and_rights)
{
    struct cap_slots slots = {0};
    struct exo_cap c = cap(5, 3, EXO_RIGHT_READ | EXO_RIGHT_GRANT), out;
    CHECK_EQ(cap_use(&slots, 0, 0, &out), -EXO_E_SLOT);
    CHECK_EQ(cap_use(&slots, EXO_CAP_SLOTS, 0, &out), -EXO_E_SLOT);
    CHECK_EQ(cap_use(&slots, ~0u, 0, &out), -EXO_E_SLOT);
    cap_put(&slots, 3, &c);
    CHECK_EQ(cap_use(&slots, 3, 0, &out), 0);
    CHECK(out.bits == c.bits && out.len == c.len && out.rights == c.rights);
    CHECK_EQ(cap_use(&slots, 3, EXO_RIGHT_READ | EXO_RIGHT_GRANT, &out), 0);
    CHECK_EQ(cap_use(&slots, 3, EXO_RIGHT_WRITE, &out), -EXO_E_RIGHTS);
    CHECK_EQ(cap_use(&slots, 3, EXO_RIGHT_READ | EXO_RIGHT_CONTROL, &out), -EXO_E_RIGHTS);
    CHECK_EQ(cap_check(&slots, 3, EXO_RIGHT_READ, name(5, 3), &out), 0);
    CHECK_EQ(cap_check(&slots, 3, EXO_RIGHT_READ, name(11, 4), &out), 0);
    CHECK_EQ(cap_check(&slots, 3, EXO_RIGHT_READ, name(2, 2), &out), -EXO_E_RIGHTS);
    CHECK_EQ(cap_check(&slots, 3, EXO_RIGHT_READ, name(4, 3), &out), -EXO_E_RIGHTS);
}

TEST(used_bounds_the_filled_slots)
{
    struct cap_slots slots = {0};
    struct exo_cap c = cap(1, 1, EXO_RIGHT_READ);
    uint32_t filled = 0, x = 12345;
    for (unsigned i = 0; i < 2000; i++) {
        x = x * 1664525 + 1013904223;
        uint32_t index = x >> 16 & (EXO_CAP_SLOTS - 1);
        bool fill = x >> 24 & 1;
        cap_put(&slots, index, fill ? &c : NULL);
        filled = fill ? filled | 1u << index : filled & ~(1u << index);
        CHECK_EQ(slots.used, filled ? 32 - (unsigned)__builtin_clz(filled) : 0);
        for (uint32_t k = 0; k < EXO_CAP_SLOTS; k++)
            CHECK_EQ(slots.slot[k].rights != 0, filled >> k & 1);
    }
}

TEST(revoked_names_are_refused_until_the_end)
{
    struct cap_slots slots = {0};
    struct exo_cap below = cap(5, 3, EXO_RIGHTS_ALL), above = cap(1, 1, EXO_RIGHTS_ALL), beside = cap(3, 2, EXO_RIGHTS_ALL), out;
    cap_put(&slots, 0, &below);
    cap_put(&slots, 1, &above);
    cap_put(&slots, 2, &beside);
    CHECK_EQ(cap_revocation_begin(name(2, 2)), 0);
    CHECK_EQ(cap_revocation_begin(name(2, 2)), 0); /* no second entry */
    CHECK(cap_revoked(name(2, 2)) && cap_revoked(name(5, 3)) && cap_revoked(name(4, 3)));
    CHECK(!cap_revoked(name(1, 1)) && !cap_revoked(name(3, 2)) && !cap_revoked(name(0, 0)));
    CHECK_EQ(cap_use(&slots, 0, EXO_RIGHT_READ, &out), -EXO_E_REVOKED);
    CHECK_EQ(cap_use(&slots, 1, EXO_RIGHT_READ, &out), 0);
    CHECK_EQ(cap_use(&slots, 2, EXO_RIGHT_READ, &out), 0);
    cap_revocation_end(name(3, 2)); /* was never begun */
    CHECK(cap_revoked(name(5, 3)));
    cap_revocation_end(name(2, 2));
    CHECK(!cap_revoked(name(5, 3)));
    CHECK_EQ(cap_use(&slots, 0, EXO_RIGHT_READ, &out), 0);
}

TEST(the_list_of_revocations_is_bounded)
{
    for (unsigned i = 0; i < CAP_REVOKED_MAX; i++)
        CHECK_EQ(cap_revocation_begin(name(i, 8)), 0);
    CHECK_EQ(cap_revocation_begin(name(200, 8)), -EXO_E_LIMIT);
    CHECK(!cap_revoked(name(200, 8)));
    CHECK_EQ(cap_revocation_begin(name(7, 8)), 0); /* it is there */
    cap_revocation_end(name(7, 8));
    CHECK(!cap_revoked(name(7, 8)));
    for (unsigned i = 0; i < CAP_REVOKED_MAX; i++)
        CHECK_EQ(cap_revoked(name(i, 8)), i != 7);
    CHECK_EQ(cap_revocation_begin(name(200, 8)), 0);
    cap_revocation_end(name(200, 8));
    for (unsigned i = 0; i < CAP_REVOKED_MAX; i++)
        cap_revocation_end(name(i, 8));
    CHECK(!cap_revoked(name(0, 8)));
}

TEST(any_slot)
{
    struct cap_slots slots = {0};
    struct exo_cap reads = cap(5, 3, EXO_RIGHT_READ), below = cap(11, 4, EXO_RIGHT_READ | EXO_RIGHT_WRITE);
    cap_put(&slots, 2, &reads);
    cap_put(&slots, 4, &below);
    CHECK(cap_any(&slots, EXO_RIGHT_READ, name(5, 3)) == &slots.slot[2]);
    CHECK(cap_any(&slots, EXO_RIGHT_WRITE, name(5, 3)) == NULL);
    CHECK(cap_any(&slots, EXO_RIGHT_WRITE, name(11, 4)) == &slots.slot[4]);
    CHECK(cap_any(&slots, EXO_RIGHT_READ, name(4, 3)) == NULL);
    CHECK(cap_any(&slots, EXO_RIGHT_READ, (struct cap_name){0, 0}) == NULL);
    CHECK_EQ(cap_revocation_begin(name(11, 4)), 0);
    CHECK(cap_any(&slots, EXO_RIGHT_WRITE, name(11, 4)) == NULL);
    CHECK(cap_any(&slots, EXO_RIGHT_READ, name(11, 4)) == &slots.slot[2]);
    cap_revocation_end(name(11, 4));
    cap_put(&slots, 4, NULL);
    CHECK(cap_any(&slots, EXO_RIGHT_WRITE, name(11, 4)) == NULL);
}
