; SPDX-License-Identifier: MIT
;
; slice_end.asm: where the kernel enters ring 3 at the end of a slice. Layer: libos/exo; the C half is slice_end.c.

bits 64
default rel

global upcall_slice_end:function
extern slice_end_enter

section .text

; IN   rdi = activation, rsi = slot with the state of what ran, rdx = pending events; disabled; rsp = act.stack
; Never returns: slice_end_enter gives up the CPU, and goes on as upcall_run does.
upcall_slice_end:
    xor ebp, ebp
    call slice_end_enter
    ud2

section .note.GNU-stack noalloc noexec nowrite progbits
