; SPDX-License-Identifier: MIT
;
; crt0.asm: the ELF entry point of every program. Layer: libos/exo; linked first, as crt0.o.
;
; The kernel (first environment) and spawn (all others) enter here for the first `run` upcall: rdi = activation, disabled,
; no usable stack assumed. libos_start (start.c) registers the real upcalls. A fault before that arrives here too: it
; stops the activation by faulting again and again (depth EXO_FAULT_DEPTH), which tells the patron.
;
; The stack of the start is in .bss; later it serves the report of a death (fatal.c).

bits 64
default rel

global _start:function, start_stack, start_stack_top
extern libos_start
required sched_policy ; whoever defines it first wins: the program, a library -lsched-NAME, libexon

START_STACK_BYTES equ 16384

section .text
_start:
    mov ecx, 1
    xchg ecx, [start_taken]
    test ecx, ecx
    jnz .fault
    cld
    lea rsp, [start_stack_top]
    xor ebp, ebp
    call libos_start
.fault:
    ud2

section .bss align=64
start_stack:
    resb START_STACK_BYTES
start_stack_top:
start_taken:
    resd 1

section .note.GNU-stack noalloc noexec nowrite progbits
