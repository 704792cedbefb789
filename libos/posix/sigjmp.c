/* SPDX-License-Identifier: MIT
 *
 * sigjmp.c: sigsetjmp and siglongjmp: newlib's setjmp and the signal mask. Layer: libos/posix.
 */
#include <setjmp.h>
#include <signal.h>

void __sigsetjmp_mask(sigjmp_buf buffer, int save)
{
    buffer[0].__saved = save;
    if (save)
        sigprocmask(SIG_BLOCK, NULL, &buffer[0].__mask);
}

/* The mask first: a signal that it lets in runs on the stack that is being left. */
void siglongjmp(sigjmp_buf buffer, int value)
{
    if (buffer[0].__saved)
        sigprocmask(SIG_SETMASK, &buffer[0].__mask, NULL);
    longjmp(buffer[0].__registers, value);
}
