/* SPDX-License-Identifier: MIT
 *
 * quota.c: quotas by prefix (quota.h). The entries are a published table; entries in use stand in no order, and
 * quota_find looks at each (a handful, as a rule one a session) when it is not asked for the same name again.
 */
#include "quota.h"

#include <stddef.h>

#include "exo_calls.h"

enum { FORGET_A_STEP = 16 };

static struct exo_quota *quotas;
static unsigned entries; /* 0 .. entries - 1 may be in use */

/* What quota_find answered last. Forgotten when an entry comes or goes: then it is that the empty prefix has entry 0. */
static struct cap_name last_name;
static uint16_t last_entry;

static void forget_last(void)
{
    last_name = (struct cap_name){0, 0};
    last_entry = 0;
}

void quota_init(struct exo_quota *table, const uint64_t limit[EXO_QUOTA_KINDS])
{
    quotas = table;
    entries = 1;
    forget_last();
    quotas[0] = (struct exo_quota){.used_entry = 1};
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
        quotas[0].limit[kind] = limit[kind];
}

static struct cap_name name_of(const struct exo_quota *quota)
{
    return (struct cap_name){quota->bits, quota->len};
}

/* The longest entry that covers name and is shorter than below. */
static uint16_t find_shorter(struct cap_name name, unsigned below)
{
    unsigned best = 0;
    for (unsigned i = 1; i < entries; i++)
        if (quotas[i].used_entry && quotas[i].len < below && quotas[i].len >= quotas[best].len &&
            cap_covers(name_of(&quotas[i]), name))
            best = i;
    return (uint16_t)best;
}

__attribute__((noinline)) static uint16_t find_longest(struct cap_name name)
{
    last_name = name;
    return last_entry = find_shorter(name, 65);
}

uint16_t quota_find(struct cap_name name)
{
    return cap_same(name, last_name) ? last_entry : find_longest(name);
}

int quota_charge(uint16_t entry, unsigned kind, uint64_t n)
{
    struct exo_quota *quota = &quotas[entry];
    if (quota->limit[kind] - quota->used[kind] < n)
        return -EXO_E_QUOTA;
    quota->used[kind] += n;
    return 0;
}

void quota_uncharge(uint16_t entry, unsigned kind, uint64_t n)
{
    quotas[entry].used[kind] -= n;
}

void quota_move(uint16_t from, uint16_t to, unsigned kind, uint64_t n)
{
    quotas[from].used[kind] -= n;
    quotas[from].limit[kind] -= n;
    quotas[to].limit[kind] += n;
    quotas[to].used[kind] += n;
}

static struct exo_quota *find_exact(struct cap_name prefix)
{
    for (unsigned i = 0; i < entries; i++)
        if (quotas[i].used_entry && cap_same(name_of(&quotas[i]), prefix))
            return &quotas[i];
    return NULL;
}

static struct exo_quota *make_entry(struct cap_name prefix, int *error)
{
    unsigned i = 1;
    while (i < entries && quotas[i].used_entry)
        i++;
    uint16_t parent = find_shorter(prefix, prefix.len); /* the root's limit is the size of the table: i is in it */
    *error = quota_charge(parent, EXO_QUOTA_QUOTAS, 1);
    if (*error)
        return NULL;
    if (i == entries)
        entries++;
    forget_last();
    quotas[i] = (struct exo_quota){.bits = prefix.bits, .len = prefix.len, .used_entry = 1, .parent = parent};
    /* Longer prefixes keep the parent that they were carved out of: limits were moved at that time. */
    return &quotas[i];
}

/* An entry from which others are carved out is charged for them, so its limits are not all 0. */
static void drop_if_empty(struct exo_quota *quota)
{
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
        if (quota->limit[kind])
            return;
    quota_uncharge(quota->parent, EXO_QUOTA_QUOTAS, 1);
    quota->used_entry = 0;
    forget_last();
}

int quota_set(struct cap_name prefix, unsigned kind, uint64_t amount)
{
    if (prefix.len == 0)
        return -EXO_E_BUSY;
    struct exo_quota *quota = find_exact(prefix);
    if (!quota && amount == 0)
        return 0;
    int error = 0;
    if (!quota && !(quota = make_entry(prefix, &error)))
        return error;
    struct exo_quota *parent = &quotas[quota->parent];
    if (amount < quota->used[kind])
        error = -EXO_E_BUSY;
    else if (amount > quota->limit[kind] &&
             amount - quota->limit[kind] > parent->limit[kind] - parent->used[kind])
        error = -EXO_E_QUOTA;
    if (!error) {
        parent->limit[kind] -= amount - quota->limit[kind];
        quota->limit[kind] = amount;
    }
    drop_if_empty(quota);
    return error;
}

/* Gives all limits of an entry back to its parent, together with the charges for the entries carved out of it. */
static void dissolve(struct exo_quota *quota)
{
    struct exo_quota *parent = &quotas[quota->parent];
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++) {
        parent->limit[kind] += quota->limit[kind];
        parent->used[kind] += quota->used[kind];
        quota->limit[kind] = quota->used[kind] = 0;
    }
    for (unsigned i = 1; i < entries; i++)
        if (quotas[i].used_entry && quotas[i].parent == quota - quotas)
            quotas[i].parent = quota->parent;
    drop_if_empty(quota);
}

int quota_forget(struct cap_name prefix)
{
    for (unsigned i = 1; i < entries; i++) {
        const struct exo_quota *quota = &quotas[i];
        if (!quota->used_entry || !cap_covers(prefix, name_of(quota)))
            continue;
        for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
            if (quota->used[kind] && kind != EXO_QUOTA_QUOTAS)
                return -EXO_E_BUSY;
    }
    unsigned dissolved = 0;
    for (unsigned i = 1; i < entries && dissolved < FORGET_A_STEP; i++)
        if (quotas[i].used_entry && cap_covers(prefix, name_of(&quotas[i]))) {
            dissolve(&quotas[i]);
            dissolved++;
        }
    return dissolved < FORGET_A_STEP ? 0 : -EXO_E_BUSY;
}
