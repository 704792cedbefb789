; SPDX-License-Identifier: MIT
;
; pct_serve.asm: where the kernel enters ring 3 for a call of another environment. Layer: libos/exo; the C half is
; pct_serve.c.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"

global pct_entry:function
extern pct_enter

PCT_STACK equ ACT_USER + 127 * 8 ; exo.h

section .text

; IN   rdi = activation, rsi = number of the call (0: sent), rdx r10 r8 r9 = the words, rax = caller's environment; disabled;
;      FS base = the activation's own thread; FPU state initial; rsp = act.stack, where a run upcall during the call begins
;      too, so the thread's own stack is taken.
; Never returns: pct_enter ends by replying, which keeps nothing of this.
;
;   rsp -> a, b, c, d (struct exo_words)   top
pct_entry:
    mov rsp, [rdi + PCT_STACK]
    push r9
    push r8
    push r10
    push rdx
    mov rdx, rax
    mov rcx, rsp
    call pct_enter
    ud2

section .note.GNU-stack noalloc noexec nowrite progbits
