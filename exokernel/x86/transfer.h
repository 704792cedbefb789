/* SPDX-License-Identifier: MIT
 *
 * transfer.h: what pct.asm and yield.asm leave to C: the same calls, whole, in calls_pct.c and calls_env.c.
 */
#ifndef X86_TRANSFER_H
#define X86_TRANSFER_H

#include <stdint.h>

int64_t pct_call(uint32_t binding, uint64_t deadline_ns, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
int64_t pct_reply(uint64_t call, uint32_t flags, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
int64_t env_yield(uint64_t id, uint32_t act);

#endif
