/* SPDX-License-Identifier: MIT
 *
 * device_memory.c: frames that are device memory: which there are (ranges that the platform registers at boot), who may map
 * them, and with which memory type. kernel_lock held after boot.
 *
 * A range belongs to the empty prefix; the access list of a range is as long as a frame's. Its memory type is the
 * kernel's choice alone (Intel SDM vol 3 §11.12): a wrong one could hang the machine.
 */
#include "device_memory.h"

#include "frame.h"
#include "kernel.h"

static struct device_range {
    frame_t first;
    uint32_t n;
    uint64_t cache_bits;
    struct exo_cap acl[EXO_ACL_ENTRIES];
} ranges[DEVICE_RANGES_MAX];
static unsigned range_count;

bool device_range_add(frame_t first, uint32_t n, uint64_t cache_bits)
{
    if (range_count == DEVICE_RANGES_MAX || n == 0)
        return false;
    ranges[range_count++] = (struct device_range){.first = first, .n = n, .cache_bits = cache_bits};
    return true;
}

static struct device_range *find(frame_t first, uint32_t n)
{
    for (unsigned i = 0; i < range_count; i++)
        if (first >= ranges[i].first && first - ranges[i].first < ranges[i].n &&
            n <= ranges[i].n - (first - ranges[i].first))
            return &ranges[i];
    return NULL;
}

bool device_frames(frame_t first, uint32_t n)
{
    return find(first, n) != NULL;
}

int device_may_map(const struct cap_slots *slots, frame_t first, uint32_t n, uint64_t *cache_bits)
{
    const unsigned rights = EXO_RIGHT_READ | EXO_RIGHT_WRITE;
    struct device_range *range = find(first, n);
    if (!range)
        return -EXO_E_FRAME;
    *cache_bits = range->cache_bits;
    if (cap_any(slots, rights, (struct cap_name){0, 0}))
        return 0;
    for (unsigned i = 0; i < EXO_ACL_ENTRIES; i++)
        if ((range->acl[i].rights & rights) == rights && cap_any(slots, EXO_RIGHT_READ, cap_name(&range->acl[i])))
            return 0;
    return -EXO_E_RIGHTS;
}

void device_revoke(struct cap_name prefix)
{
    for (unsigned i = 0; i < range_count; i++)
        for (unsigned k = 0; k < EXO_ACL_ENTRIES; k++)
            if (ranges[i].acl[k].rights && cap_covers(prefix, cap_name(&ranges[i].acl[k])))
                ranges[i].acl[k].rights = 0;
}

int device_share(frame_t first, uint32_t n, const struct exo_cap *who)
{
    struct device_range *range = find(first, n);
    struct exo_cap *unused = NULL;
    if (!range)
        return -EXO_E_FRAME;
    for (unsigned i = 0; i < EXO_ACL_ENTRIES; i++) {
        struct exo_cap *entry = &range->acl[i];
        if (entry->rights && cap_same(cap_name(entry), cap_name(who))) {
            *entry = *who;
            return 0;
        }
        if (!entry->rights)
            unused = entry;
    }
    if (!who->rights)
        return 0;
    if (!unused)
        return -EXO_E_LIMIT;
    *unused = *who;
    return 0;
}
