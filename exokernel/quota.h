/* SPDX-License-Identifier: MIT
 *
 * quota.h: how much of each kind of resource everything below a capability prefix may use. Pure logic (host-tested);
 * kernel_lock held throughout.
 *
 * A quota is carved out of the nearest shorter prefix that has one, so used plus carved-out never exceeds the limit
 * there, and a charge touches one entry only. Entry 0 is the empty prefix and always exists.
 */
#ifndef EXOKERNEL_QUOTA_H
#define EXOKERNEL_QUOTA_H

#include "cap.h"
#include "info.h"

enum { QUOTAS_MAX = 512 };

/* Takes the published table over, empty but for entry 0, whose limits are given. */
void quota_init(struct exo_quota *table, const uint64_t limit[EXO_QUOTA_KINDS]);

/* The entry that is charged for a name: that of its longest prefix. Bounded by the number of entries in use. */
uint16_t quota_find(struct cap_name name);

/* Charges n units; -EXO_E_QUOTA if that would exceed the limit. Uncharges them. */
int quota_charge(uint16_t entry, unsigned kind, uint64_t n);
void quota_uncharge(uint16_t entry, unsigned kind, uint64_t n);

/* Moves a charge together with the room for it: the new entry's limit grows by n, the old one's shrinks, so that a
 * resource which passes on never exceeds a quota. */
void quota_move(uint16_t from, uint16_t to, unsigned kind, uint64_t n);

/* Sets the limit of prefix to amount, taking from or giving back to the next shorter one.
 * Returns 0, -EXO_E_QUOTA (the parent has too little left), -EXO_E_BUSY (amount is below what is in use, or the entry is
 * the root's). A new entry is charged to its parent (EXO_QUOTA_QUOTAS). */
int quota_set(struct cap_name prefix, unsigned kind, uint64_t amount);

/* Moves the remains of all entries below prefix to the entry that then serves them, some at each call; they must be unused.
 * Returns 0, or -EXO_E_BUSY while something is still charged to one of them or some are left. */
int quota_forget(struct cap_name prefix);

#endif
