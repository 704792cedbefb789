/* SPDX-License-Identifier: MIT
 *
 * sys/ucontext.h: the state that a signal interrupted, as a handler with SA_SIGINFO gets it. Changes to gregs and
 * uc_sigmask take effect when the handler returns. The order of gregs is the one that programs for x86-64 know.
 */
#ifndef _SYS_UCONTEXT_H
#define _SYS_UCONTEXT_H

#include <sys/signal.h>

#define __EXON_NGREG 23
#ifdef __GNU_VISIBLE
#define NGREG __EXON_NGREG
enum {
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RDI, REG_RSI, REG_RBP, REG_RBX, REG_RDX,
    REG_RAX, REG_RCX, REG_RSP, REG_RIP, REG_EFL, REG_CSGSFS, REG_ERR, REG_TRAPNO, REG_OLDMASK, REG_CR2
};
#endif

typedef long long greg_t;
typedef greg_t gregset_t[__EXON_NGREG];

typedef struct {
    gregset_t gregs;
    void *fpregs; /* FXSAVE layout (and XSAVE behind it), may be changed */
    unsigned long long __reserved[8];
} mcontext_t;

typedef struct __exon_ucontext {
    unsigned long uc_flags;
    struct __exon_ucontext *uc_link;
    stack_t uc_stack;
    mcontext_t uc_mcontext;
    sigset_t uc_sigmask;
} ucontext_t;

#endif
