/* SPDX-License-Identifier: MIT
 *
 * cap.c: capability names and checks (cap.h). The list of revoked prefixes is empty but while a revocation is being
 * cleaned up, so the common check costs one comparison of a counter.
 */
#include "cap.h"

#include "exo_calls.h"

unsigned cap_revocations;
uint64_t cap_epoch = 1;

static struct cap_name revoked[CAP_REVOKED_MAX];

bool cap_valid(const struct exo_cap *cap)
{
    uint64_t beyond = cap->len >= 64 ? 0 : ~0ull >> cap->len;
    uint8_t reserved = 0;
    for (unsigned i = 0; i < sizeof cap->reserved; i++)
        reserved |= cap->reserved[i];
    return cap->len <= 64 && !(cap->bits & beyond) && !(cap->rights & ~EXO_RIGHTS_ALL) && !reserved;
}

struct cap_name cap_parent(struct cap_name name)
{
    unsigned len = name.len - 1u;
    uint64_t mask = len ? ~0ull << (64 - len) : 0;
    return (struct cap_name){name.bits & mask, (uint8_t)len};
}

unsigned cap_find_revoked(struct cap_name name)
{
    unsigned from = CAP_LEN_NONE;
    for (unsigned i = 0; i < cap_revocations; i++)
        if (revoked[i].len < from && cap_covers(revoked[i], name))
            from = revoked[i].len;
    return from;
}

void cap_put(struct cap_slots *slots, uint32_t index, const struct exo_cap *cap)
{
    cap_epoch++;
    slots->slot[index] = cap ? *cap : (struct exo_cap){0};
    if (cap && index >= slots->used)
        slots->used = index + 1;
    while (slots->used && !slots->slot[slots->used - 1].rights)
        slots->used--;
}

int cap_use(const struct cap_slots *slots, uint32_t index, unsigned rights, struct exo_cap *out)
{
    if (index >= EXO_CAP_SLOTS)
        return -EXO_E_SLOT;
    index &= EXO_CAP_SLOTS - 1; /* also under wrong speculation */
    const struct exo_cap *cap = &slots->slot[index];
    if (!cap->rights)
        return -EXO_E_SLOT;
    if (cap_revoked(cap_name(cap)))
        return -EXO_E_REVOKED;
    if ((cap->rights & rights) != rights)
        return -EXO_E_RIGHTS;
    *out = *cap;
    return 0;
}

int cap_check(const struct cap_slots *slots, uint32_t index, unsigned rights, struct cap_name guard,
              struct exo_cap *out)
{
    int error = cap_use(slots, index, rights, out);
    if (error)
        return error;
    return cap_covers(cap_name(out), guard) ? 0 : -EXO_E_RIGHTS;
}

int cap_revocation_begin(struct cap_name prefix)
{
    for (unsigned i = 0; i < cap_revocations; i++)
        if (cap_same(revoked[i], prefix))
            return 0;
    if (cap_revocations == CAP_REVOKED_MAX)
        return -EXO_E_LIMIT;
    revoked[cap_revocations++] = prefix;
    cap_epoch++;
    return 0;
}

void cap_revocation_end(struct cap_name prefix)
{
    for (unsigned i = 0; i < cap_revocations; i++)
        if (cap_same(revoked[i], prefix)) {
            revoked[i] = revoked[--cap_revocations];
            return;
        }
}
