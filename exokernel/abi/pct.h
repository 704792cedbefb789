/* SPDX-License-Identifier: MIT
 *
 * pct.h: protected control transfer as an inline function: what the stubs of calls.tbl cannot say, because words come back
 * in registers. The protocol is in calls.tbl (pct_gate to pct_send) and activation.h (the pct upcall).
 */
#ifndef EXO_ABI_PCT_H
#define EXO_ABI_PCT_H

#include "exo_calls.h"
#include "types.h"

struct exo_words {
    uint64_t a, b, c, d;
};

/* pct_call: *words are the arguments, and after success the reply; all zero after an error. */
static inline int64_t exo_pct(uint32_t binding, uint64_t deadline_ns, struct exo_words *words)
{
    register uint64_t rdi __asm__("rdi") = binding;
    register uint64_t rsi __asm__("rsi") = deadline_ns;
    register uint64_t rdx __asm__("rdx") = words->a;
    register uint64_t r10 __asm__("r10") = words->b;
    register uint64_t r8 __asm__("r8") = words->c;
    register uint64_t r9 __asm__("r9") = words->d;
    register int64_t rax __asm__("rax") = EXO_CALL_PCT_CALL;
    __asm__ volatile("syscall"
                     : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                     :
                     : "rcx", "r11", "memory");
    *words = (struct exo_words){rdx, r10, r8, r9};
    return rax;
}

#endif
