; SPDX-License-Identifier: MIT
;
; smp.asm: the first instructions of every CPU but the first: from real mode, at the page SMP_TRAMPOLINE, to C.
;
; smp.c copies smp_trampoline there and fills the words at its end. The early page tables of boot/entry.asm map that page
; where it is and the kernel where it runs, so they serve for the jump between the two.

%include "x86.inc"

TRAMPOLINE equ 0x8000               ; smp.h

global smp_trampoline
global smp_trampoline_end
global smp_trampoline_words
extern smp_cpu_main

section .rodata

%define HERE(label) (TRAMPOLINE + (label - smp_trampoline))

; IN: real mode, CS = TRAMPOLINE >> 4, interrupts off.
align 16
smp_trampoline:
bits 16
    cli
    cld
    xor     ax, ax
    mov     ds, ax
    lgdt    [HERE(.gdtr)]
    mov     eax, cr0
    or      al, CR0_PE
    mov     cr0, eax
    jmp     dword 0x08:HERE(.protected)
bits 32
.protected:
    mov     ax, 0x10
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     eax, cr4
    or      eax, CR4_PAE
    mov     cr4, eax
    mov     eax, [HERE(words.early_cr3)]
    mov     cr3, eax
    mov     ecx, MSR_EFER
    rdmsr
    or      eax, [HERE(words.efer)]
    wrmsr
    mov     eax, cr0
    and     eax, ~CR0_EM
    or      eax, CR0_PG | CR0_WP | CR0_NE | CR0_MP
    mov     cr0, eax
    jmp     0x18:HERE(.long)
bits 64
.long:
    mov     rax, [abs HERE(words.entry)]
    mov     rbx, [abs HERE(words.kernel_cr3)]
    mov     rsp, [abs HERE(words.stack)]
    mov     rdi, [abs HERE(words.cpu)]
    jmp     rax
align 8
.gdt:
    dq      0
    dq      0x00cf9b000000ffff      ; 32-bit code
    dq      GDT_KERNEL_DATA
    dq      GDT_KERNEL_CODE
.gdtr:
    dw      $ - .gdt - 1
    dd      HERE(.gdt)
align 8
smp_trampoline_words:               ; struct smp_words (smp.c)
words:
.entry:         dq 0
.kernel_cr3:    dq 0
.stack:         dq 0
.cpu:           dq 0
.early_cr3:     dd 0
.efer:          dd 0
smp_trampoline_end:

section .text

; IN: rbx kernel CR3, rsp kernel stack (mapped by it), rdi struct cpu. Never returns.
global smp_entry
smp_entry:
    mov     cr3, rbx
    xor     ebp, ebp
    call    smp_cpu_main
