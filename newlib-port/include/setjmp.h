/* SPDX-License-Identifier: MIT
 *
 * setjmp.h: newlib's, and sigsetjmp and siglongjmp, which newlib has only for systems that it knows.
 */
#ifndef _EXON_SETJMP_H
#define _EXON_SETJMP_H

#include_next <setjmp.h>

#ifndef sigsetjmp
#include <sys/signal.h>

typedef struct {
    jmp_buf __registers;
    int __saved;
    sigset_t __mask;
} sigjmp_buf[1];

_BEGIN_STD_C
void __sigsetjmp_mask(sigjmp_buf, int);
void siglongjmp(sigjmp_buf, int) __attribute__((__noreturn__));
_END_STD_C

#define sigsetjmp(buffer, save) (__sigsetjmp_mask(buffer, save), setjmp((buffer)[0].__registers))
#endif

#ifndef _setjmp
#define _setjmp(buffer) setjmp(buffer)
#define _longjmp(buffer, value) longjmp(buffer, value)
#endif

#endif
