; SPDX-License-Identifier: MIT
;
; switch.asm: from ring 0 into an activation: resuming a context slot, entering an upcall. Nothing that ring 3 can write is
; believed: RIP and FS base are made canonical, RFLAGS are masked, selectors are fixed. Interrupts are off throughout.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"
%include "kernel_offsets.inc"
%include "x86/x86.inc"

CANONICAL_SHIFT equ 47          ; what is left of an address of the lower half is zero

extern context_unusable

section .text

; entry_resume: IN rdi struct exo_context, rsi GS base of ring 3. OUT ring 3.
global entry_resume
entry_resume:
    mov     rax, [rdi + CTX_RIP]
    mov     rdx, rax
    shr     rdx, CANONICAL_SHIFT
    jnz     .bad                    ; IRETQ must not see it
    mov     ecx, [rdi + CTX_RFLAGS]
    and     ecx, RFLAGS_USER
    or      ecx, RFLAGS_ALWAYS
    push    USER_SS
    push    qword [rdi + CTX_RSP]
    push    rcx
    push    USER_CS
    push    rax
    mov     rax, [rdi + CTX_FS_BASE]
    mov     rdx, rax
    shr     rdx, CANONICAL_SHIFT
    jnz     .no_fs_base
.fs_base:
    cmp     dword [gs:CPU_FSGSBASE], 0
    je      .by_msr
    wrfsbase rax
    swapgs
    wrgsbase rsi
.registers:
    mov     rax, [rdi + CTX_RAX]
    mov     rbx, [rdi + CTX_RBX]
    mov     rcx, [rdi + CTX_RCX]
    mov     rdx, [rdi + CTX_RDX]
    mov     rsi, [rdi + CTX_RSI]
    mov     rbp, [rdi + CTX_RBP]
    mov     r8, [rdi + CTX_R8]
    mov     r9, [rdi + CTX_R9]
    mov     r10, [rdi + CTX_R10]
    mov     r11, [rdi + CTX_R11]
    mov     r12, [rdi + CTX_R12]
    mov     r13, [rdi + CTX_R13]
    mov     r14, [rdi + CTX_R14]
    mov     r15, [rdi + CTX_R15]
    mov     rdi, [rdi + CTX_RDI]
    iretq
.no_fs_base:
    xor     eax, eax
    jmp     .fs_base
.by_msr:
    mov     rdx, rax
    shr     rdx, 32
    mov     ecx, MSR_FS_BASE
    wrmsr
    mov     rax, rsi
    mov     rdx, rsi
    shr     rdx, 32
    mov     ecx, MSR_KERNEL_GS_BASE
    wrmsr
    swapgs
    jmp     .registers
.bad:
    and     rsp, -16
    call    context_unusable

; entry_upcall: IN rdi GS base of ring 3, rsi, rdx what ring 3 finds there, rcx RIP (canonical), r8 RSP. OUT ring 3.
global entry_upcall
entry_upcall:
    push    USER_SS
    push    r8
    push    RFLAGS_ALWAYS
    push    USER_CS
    push    rcx
    cmp     dword [gs:CPU_FSGSBASE], 0
    je      .by_msr
    swapgs
    wrgsbase rdi
.registers:
    xor     eax, eax
    xor     ebx, ebx
    xor     ecx, ecx
    xor     ebp, ebp
    xor     r8d, r8d
    xor     r9d, r9d
    xor     r10d, r10d
    xor     r11d, r11d
    xor     r12d, r12d
    xor     r13d, r13d
    xor     r14d, r14d
    xor     r15d, r15d
    iretq
.by_msr:
    mov     r9, rdx
    mov     rax, rdi
    mov     rdx, rdi
    shr     rdx, 32
    mov     ecx, MSR_KERNEL_GS_BASE
    wrmsr
    mov     rdx, r9
    swapgs
    jmp     .registers
