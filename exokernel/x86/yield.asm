; SPDX-License-Identifier: MIT
;
; yield.asm: sys_yield: directed yield in the common case, which is: nothing is traced, the CPU has XSAVE and WRFSBASE, nobody
; holds the lock, nobody has ports; who yields is disabled, serves no call, and counts as ready on this CPU or has no slices;
; the heir was disabled when it left the CPU; and the slice is not over. Everything else, and every error, is done by
; env_yield (calls_env.c), which needs none of this file. Until .go nothing is changed that it would miss.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"
%include "kernel_offsets.inc"
%include "x86/x86.inc"
%include "x86/transfer.inc"

extern env_yield, entry_resume
extern envs

section .text

; IN  rdi environment, esi activation
; OUT ring 3, exactly where the heir was
global sys_yield
sys_yield:
    LOCK_OR env_yield
    mov     r11, [gs:CPU_ACT]
    LEAVES_OR r11, r10d, .slow
    mov     rax, [r11 + ACTV_PAGE]
    cmp     dword [rax + ACT_DISABLED], 0
    je      .slow
    cmp     esi, ACTS_MAX
    jae     .slow
    and     esi, ACTS_MAX - 1       ; also under wrong speculation
    mov     ecx, edi
    and     ecx, ENVS_MAX - 1
    mov     rcx, [envs + rcx * 8]
    test    rcx, rcx
    jz      .slow
    cmp     rdi, [rcx + ENV_ID]
    jne     .slow
    cmp     byte [rcx + ENV_STATE], STATE_LIVE
    jne     .slow
    NO_PORTS_OR rcx, .slow
    mov     r8, [rcx + ENV_ACT + rsi * 8]
    test    r8, r8
    jz      .slow
    cmp     byte [r8 + ACTV_STATE], STATE_READY
    jne     .slow
    cmp     byte [r8 + ACTV_RESUME], RESUMES_DISABLED
    jne     .slow
    NOW     r9
    cmp     rax, [gs:CPU_SLICE_END]
    jae     .slow
.go:                                ; r11 who yields, r10d its home, r8 the heir, rcx its environment, rax the time
    ACCOUNT r11, STATE_READY, r8, r9
    mov     [r9 + PUB_CPU], r10b
    mov     byte [r11 + ACTV_RESUME], RESUMES_DISABLED
    mov     byte [r8 + ACTV_RESUME], RESUMES_UPCALL
    mov     r9, [r11 + ACTV_SLOT]
    xor     eax, eax
    mov     [r9 + CTX_RAX], rax
    mov     [r9 + CTX_RCX], rax
    mov     [r9 + CTX_RDX], rax
    mov     [r9 + CTX_RSI], rax
    mov     [r9 + CTX_RDI], rax
    mov     [r9 + CTX_R8], rax
    mov     [r9 + CTX_R9], rax
    mov     [r9 + CTX_R10], rax
    mov     [r9 + CTX_R11], rax
    mov     [r9 + CTX_RBX], rbx
    mov     [r9 + CTX_RBP], rbp
    mov     [r9 + CTX_R12], r12
    mov     [r9 + CTX_R13], r13
    mov     [r9 + CTX_R14], r14
    mov     [r9 + CTX_R15], r15
    mov     qword [r9 + CTX_CS], USER_CS
    mov     qword [r9 + CTX_SS], USER_SS
    SAVE_CALL r9
    SWITCH_TO r8, rcx, r9
    UNLOCK_AND_RESUME r8
.slow:
    UNLOCK
    jmp     env_yield
