/* SPDX-License-Identifier: MIT
 *
 * quota.c: quotas by prefix (quota.h). The entries are a published table; entries in use stand in no order, and
 * quota_find looks at each: a handful, as a rule one a session.
 */
#include "quota.h"

#include <stddef.h>

#include "exo_calls.h"

static struct exo_quota *quotas;
static unsigned entries; /* 0 .. entries - 1 may be in use */

void quota_init(struct exo_quota *table, const uint64_t limit[EXO_QUOTA_KINDS])
{
    quotas = table;
    entries = 1;
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

uint16_t quota_find(struct cap_name name)
{
    return find_shorter(name, 65);
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

static struct exo_quota *make_entry(struct cap_name prefix)
{
    unsigned i = 1;
    while (i < entries && quotas[i].used_entry)
        i++;
    if (i == QUOTAS_MAX)
        return NULL;
    if (i == entries)
        entries++;
    quotas[i] = (struct exo_quota){
        .bits = prefix.bits, .len = prefix.len, .used_entry = 1, .parent = find_shorter(prefix, prefix.len)};
    /* Longer prefixes keep the parent that they were carved out of: limits were moved at that time. */
    return &quotas[i];
}

static void drop_if_empty(struct exo_quota *quota)
{
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
        if (quota->limit[kind])
            return;
    for (unsigned i = 1; i < entries; i++)
        if (quotas[i].used_entry && quotas[i].parent == quota - quotas)
            quotas[i].parent = quota->parent;
    quota->used_entry = 0;
}

int quota_set(struct cap_name prefix, unsigned kind, uint64_t amount)
{
    if (prefix.len == 0)
        return -EXO_E_BUSY;
    struct exo_quota *quota = find_exact(prefix);
    if (!quota && amount == 0)
        return 0;
    bool made = !quota;
    if (made && !(quota = make_entry(prefix)))
        return -EXO_E_LIMIT;
    struct exo_quota *parent = &quotas[quota->parent];
    int error = 0;
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

int quota_forget(struct cap_name prefix)
{
    for (unsigned i = 1; i < entries; i++) {
        struct exo_quota *quota = &quotas[i];
        if (!quota->used_entry || !cap_covers(prefix, name_of(quota)))
            continue;
        for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
            if (quota->used[kind])
                return -EXO_E_BUSY;
    }
    for (unsigned i = 1; i < entries; i++) {
        struct exo_quota *quota = &quotas[i];
        if (!quota->used_entry || !cap_covers(prefix, name_of(quota)))
            continue;
        for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++) {
            quotas[quota->parent].limit[kind] += quota->limit[kind];
            quota->limit[kind] = 0;
        }
        drop_if_empty(quota);
    }
    return 0;
}
