/* SPDX-License-Identifier: MIT
 *
 * cap.h: capabilities: names, slots and revoked prefixes. Pure logic (host-tested); kernel_lock held throughout.
 *
 * A check is: the slot is not empty, its name lies below no revoked prefix, it dominates the guard, and it has the
 * rights. Nothing else in the kernel decides about authority. (Mazieres and Kaashoek, HotOS 1997.)
 */
#ifndef EXOKERNEL_CAP_H
#define EXOKERNEL_CAP_H

#include <stdbool.h>
#include <stddef.h>

#include "types.h"

enum { CAP_REVOKED_MAX = 32 }; /* revocations of prefixes under way at once */

/* The name alone: what a guard is. */
struct cap_name {
    uint64_t bits;
    uint8_t len;
};

/* Changes whenever somebody may have lost a capability: what was found good under another epoch is looked at again. */
extern uint64_t cap_epoch;

/* Slots of one environment. */
struct cap_slots {
    struct exo_cap slot[EXO_CAP_SLOTS]; /* rights 0: empty */
    uint32_t used;                      /* no slot from here on is in use, so that searches are short */
};

static inline struct cap_name cap_name(const struct exo_cap *cap)
{
    return (struct cap_name){cap->bits, cap->len};
}

static inline bool cap_covers(struct cap_name a, struct cap_name b)
{
    return exo_cap_dominates(a.bits, a.len, b.bits, b.len);
}

static inline bool cap_same(struct cap_name a, struct cap_name b)
{
    return a.bits == b.bits && a.len == b.len;
}

/* Is it a well-formed name with rights within EXO_RIGHTS_ALL: len at most 64, no bit beyond len, reserved zero? */
bool cap_valid(const struct exo_cap *cap);

/* The name one bit shorter. name.len must not be 0. */
struct cap_name cap_parent(struct cap_name name);

/* The length of the shortest prefix whose revocation is unfinished and that covers the name; CAP_LEN_NONE: there is none.
 * Of the names that dominate this one, those are void that are as long, or longer. */
enum { CAP_LEN_NONE = 65 };
__attribute__((cold)) unsigned cap_find_revoked(struct cap_name name);
extern unsigned cap_revocations; /* under way */
static inline unsigned cap_revoked_from(struct cap_name name)
{
    return cap_revocations ? cap_find_revoked(name) : CAP_LEN_NONE;
}
static inline bool cap_revoked(struct cap_name name)
{
    return cap_revocations && cap_find_revoked(name) != CAP_LEN_NONE;
}

/* Fills a slot, or empties it (cap NULL). index < EXO_CAP_SLOTS. */
void cap_put(struct cap_slots *slots, uint32_t index, const struct exo_cap *cap);

/* Finds out whether `index` is a usable slot with all of `rights`. *out gets a copy of the capability.
 * Returns 0, -EXO_E_SLOT, -EXO_E_REVOKED or -EXO_E_RIGHTS. */
int cap_use(const struct cap_slots *slots, uint32_t index, unsigned rights, struct exo_cap *out);

/* As cap_use, for a resource with this guard. */
int cap_check(const struct cap_slots *slots, uint32_t index, unsigned rights, struct cap_name guard,
              struct exo_cap *out);

/* Does a capability in a slot (or an empty slot) give all of `rights`, not being revoked? */
static inline bool cap_gives(const struct exo_cap *cap, unsigned rights)
{
    return (cap->rights & rights) == rights && !cap_revoked(cap_name(cap));
}

/* A capability in any slot that gives all of `rights` (not 0) over this guard, or NULL. */
static inline const struct exo_cap *cap_any(const struct cap_slots *slots, unsigned rights, struct cap_name guard)
{
    const unsigned from = cap_revoked_from(guard);
    for (const struct exo_cap *cap = slots->slot; cap < slots->slot + slots->used; cap++)
        if (cap_covers(cap_name(cap), guard) && (cap->rights & rights) == rights && cap->len < from)
            return cap;
    return NULL;
}

/* The revocation list. begin returns -EXO_E_LIMIT when it is full; entering a prefix twice is no error. */
int cap_revocation_begin(struct cap_name prefix);
void cap_revocation_end(struct cap_name prefix);

#endif
