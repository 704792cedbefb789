/* SPDX-License-Identifier: MIT
 *
 * revoke.h: revocation of everything below a capability prefix. kernel_lock held.
 *
 * Authority ends when the prefix enters the list that every check consults (cap.h). Each further step looks at a bounded
 * piece of one table; the place reached is kept here, so the calls that drive it may come from anybody entitled.
 */
#ifndef EXOKERNEL_REVOKE_H
#define EXOKERNEL_REVOKE_H

#include "cap.h"

/* Begins the revocation, charged to the revoker's quota, or takes it one step on. 0 when nothing below the prefix is left,
 * -EXO_E_AGAIN when there is more to do, -EXO_E_QUOTA or -EXO_E_LIMIT when too many are under way. */
int revoke_step(struct cap_name prefix, struct cap_name revoker);

#endif
