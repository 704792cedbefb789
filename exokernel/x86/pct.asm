; SPDX-License-Identifier: MIT
;
; pct.asm: sys_pct_call and sys_pct_reply: protected control transfer in the common case, which is: nothing is traced, the
; CPU has XSAVE and WRFSBASE, nobody holds the lock, nobody has ports, the binding is known to be good, the callee has an
; idle activation, the deadline lies beyond this slice; and for the reply: no event waits on either side, and the callee did
; not leave the CPU. Everything else, and every error, is done by pct_call and pct_reply (calls_pct.c), which need none of
; this file. Until .go nothing is changed that they would miss.
;
; Both are handlers of the dispatch table: rdi rsi rdx rcx r8 r9 are the arguments, rbx rbp r12 to r15 still ring 3's, and
; struct call_frame lies at rsp + 8. kernel_lock is held from LOCK_OR to UNLOCK. Interrupts are off throughout.
; In ring 3's hands are the pages of activations alone: each word is read once, and checked.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"
%include "kernel_offsets.inc"
%include "x86/x86.inc"

CANONICAL_SHIFT equ 47
FRAME equ 8                     ; struct call_frame, from rsp

extern pct_call, pct_reply, context_unusable
extern kernel_lock, trace_mask, cap_epoch, clock_published, context_xsave_mask, context_initial

; Takes kernel_lock, or goes to %1 if the fast path is not for now. CLOBBERS eax
%macro LOCK_OR 1
    cmp     dword [trace_mask], 0
    jne     %1
    cmp     dword [gs:CPU_FAST], 0
    je      %1
    mov     eax, 1
    xchg    eax, [kernel_lock]
    test    eax, eax
    jnz     %1
%endmacro

%macro UNLOCK 0
    mov     dword [kernel_lock], 0
%endmacro

; rax = clock_now_ns(). CLOBBERS rdx, %1
%macro NOW 1
    mov     %1, [clock_published]
    rdtsc
    shl     rdx, 32
    or      rax, rdx
    sub     rax, [%1 + CLOCK_BASE_TSC]
    mul     qword [%1 + CLOCK_MULT]
    shrd    rax, rdx, 32
    add     rax, [%1 + CLOCK_BASE_NS]
%endmacro

; Activation %1 leaves the CPU at rax nanoseconds and is in state %2; activation %3 begins. CLOBBERS rax, %4
%macro ACCOUNT 4
    mov     [%3 + ACTV_STARTED], rax
    sub     rax, [%1 + ACTV_STARTED]
    mov     %4, [%1 + ACTV_PUB]
    add     [%4 + PUB_RUN_NS], rax
    mov     byte [%1 + ACTV_STATE], %2
    mov     byte [%4 + PUB_STATE], %2
%endmacro

; Activation %1 of environment %2 runs here. OUT rdi GS base of ring 3, %3 its page. CLOBBERS rax, rdx
%macro SWITCH_TO 3
    movzx   eax, word [gs:CPU_RUNNING]
    mov     [%1 + ACTV_STATE], ax
    mov     rdx, [%1 + ACTV_PUB]
    mov     [rdx + PUB_STATE], ax
    movzx   eax, byte [gs:CPU_BIT]
    mov     rdx, [gs:CPU_ENV]
    xor     [rdx + ENV_CPU_MASK], al
    or      [%2 + ENV_CPU_MASK], al
    mov     rdx, [%2 + ENV_CR3]
    mov     cr3, rdx
    mov     [gs:CPU_ENV], %2
    mov     [gs:CPU_ACT], %1
    mov     rdi, [%1 + ACTV_PAGE_USER]
    mov     [gs:CPU_PAGE_USER], rdi
    mov     %3, [%1 + ACTV_PAGE]
    mov     [gs:CPU_PAGE], %3
    mov     eax, [gs:CPU_INDEX]
    mov     [%3 + ACT_CPU], eax
%endmacro

; FS base = the word at %1, or 0 if that lies outside of the lower half. CLOBBERS rax, rdx
%macro LOAD_FS_BASE 1
    mov     rax, %1
    mov     rdx, rax
    shr     rdx, CANONICAL_SHIFT
    jz      %%good
    xor     eax, eax
%%good:
    wrfsbase rax
%endmacro

section .text

; IN  edi binding, rsi deadline, rdx rcx r8 r9 words
; OUT ring 3, at the callee's pct entry (activation.h)
global sys_pct_call
sys_pct_call:
    LOCK_OR pct_call
    mov     r10, rcx
    mov     r11, [gs:CPU_ACT]
    cmp     byte [r11 + ACTV_STATE], STATE_RUNNING
    jne     .slow
    cmp     edi, PCT_BINDINGS
    jae     .slow
    mov     ecx, edi
    and     ecx, PCT_BINDINGS - 1   ; also under wrong speculation
    shl     ecx, PCT_BINDING_SHIFT
    add     rcx, [r11 + ACTV_ENV]
    mov     rax, [cap_epoch]
    cmp     rax, [rcx + ENV_BINDING_EPOCH]
    jne     .slow
    cmp     rsi, [gs:CPU_SLICE_END]
    jb      .slow
    cmp     byte [r11 + ACTV_DEPTH], PCT_DEPTH
    jae     .slow
    cmp     qword [gs:CPU_PORTS_ENV], 0
    jne     .slow
    mov     rcx, [rcx + ENV_BINDING_TO]
    cmp     dword [rcx + ENV_PORT_RANGES], 0
    jne     .slow
    movzx   eax, byte [rcx + ENV_IDLE]
    bsf     eax, eax
    jz      .slow
    mov     rbx, [rcx + ENV_ACT + rax * 8]
    mov     rbp, [rbx + ACTV_PAGE]
    mov     rax, [rbp + ACT_ENTRY_PCT]
    mov     rbp, rax
    shr     rbp, CANONICAL_SHIFT
    jnz     .slow_restore
.go:                                ; r11 caller, rbx callee, rcx its environment, rax its entry
    mov     [r11 + ACTV_BINDING], dil
    mov     rdi, [r11 + ACTV_SLOT]
    mov     [rdi + CTX_R12], r12
    mov     [rdi + CTX_R13], r13
    mov     [rdi + CTX_R14], r14
    mov     [rdi + CTX_R15], r15
    mov     r12, rax
    mov     r13, rdx
    mov     rax, [rsp + FRAME + CALL_RBX]
    mov     [rdi + CTX_RBX], rax
    mov     rax, [rsp + FRAME + CALL_RBP]
    mov     [rdi + CTX_RBP], rax
    mov     rax, [rsp + FRAME + CALL_RIP]
    mov     [rdi + CTX_RIP], rax
    mov     rax, [rsp + FRAME + CALL_RFLAGS]
    mov     [rdi + CTX_RFLAGS], rax
    mov     rax, [rsp + FRAME + CALL_RSP]
    mov     [rdi + CTX_RSP], rax
    rdfsbase rax
    mov     [rdi + CTX_FS_BASE], rax
    mov     eax, [context_xsave_mask]
    mov     edx, [context_xsave_mask + 4]
    xsave64 [rdi + CTX_XSAVE]
    NOW     rdi
    ACCOUNT r11, STATE_CALLING, rbx, rdi
    mov     [r11 + ACTV_CALL_DEADLINE], rsi
    mov     [r11 + ACTV_CALLEE], rbx
    mov     [rbx + ACTV_CALLER], r11
    mov     rsi, [rbx + ACTV_CALL]
    inc     rsi
    mov     [rbx + ACTV_CALL], rsi
    movzx   eax, byte [r11 + ACTV_DEPTH]
    inc     eax
    mov     [rbx + ACTV_DEPTH], al
    movzx   eax, byte [rbx + ACTV_BIT]
    xor     [rcx + ENV_IDLE], al
    SWITCH_TO rbx, rcx, rbp
    mov     dword [rbp + ACT_DISABLED], 1
    inc     qword [rbp + ACT_UPCALLS]
    LOAD_FS_BASE [rbp + ACT_FS_BASE]
    mov     eax, [context_xsave_mask]
    mov     edx, [context_xsave_mask + 4]
    xrstor64 [context_initial]
    mov     rax, [r11 + ACTV_ENV]
    mov     rax, [rax + ENV_ID]
    UNLOCK
    mov     rcx, r12
    mov     rdx, r13
    mov     r11d, RFLAGS_ALWAYS
    mov     rsp, [rbp + ACT_STACK]
    xor     ebx, ebx
    xor     ebp, ebp
    xor     r12d, r12d
    xor     r13d, r13d
    xor     r14d, r14d
    xor     r15d, r15d
    swapgs
    wrgsbase rdi
    o64 sysret
.slow_restore:
    mov     rbx, [rsp + FRAME + CALL_RBX]
    mov     rbp, [rsp + FRAME + CALL_RBP]
.slow:
    mov     rcx, r10
    UNLOCK
    jmp     pct_call

; IN  rdi number of the call, esi flags, rdx rcx r8 r9 words
; OUT ring 3, where the caller made its call: rax 0, rdx r10 r8 r9 the words, rdi rsi zero
global sys_pct_reply
sys_pct_reply:
    LOCK_OR pct_reply
    mov     r10, rcx
    mov     r11, [gs:CPU_ACT]
    cmp     byte [r11 + ACTV_STATE], STATE_RUNNING
    jne     .slow
    mov     rbx, [r11 + ACTV_CALLER]
    test    rbx, rbx
    jz      .slow
    cmp     rdi, [r11 + ACTV_CALL]
    jne     .slow
    test    esi, esi
    jnz     .slow
    cmp     byte [r11 + ACTV_LISTED], 0
    jne     .slow
    cmp     qword [rbx + ACTV_WAIT_DEADLINE], -1
    jne     .slow
    mov     rcx, [r11 + ACTV_PAGE]
    cmp     dword [rcx + ACT_PENDING], 0
    jne     .slow
    mov     rcx, [rbx + ACTV_PAGE]
    cmp     dword [rcx + ACT_PENDING], 0
    jne     .slow
    cmp     qword [gs:CPU_PORTS_ENV], 0
    jne     .slow
    mov     rcx, [rbx + ACTV_ENV]
    cmp     dword [rcx + ENV_PORT_RANGES], 0
    jne     .slow
    mov     rbp, [rbx + ACTV_SLOT]
    mov     r12, [rbp + CTX_RIP]
    mov     rax, r12
    shr     rax, CANONICAL_SHIFT
    jnz     .slow
.go:                                ; r11 callee, rbx caller, rcx its environment, rbp its context, r12 its RIP
    mov     r13, rdx
    NOW     r14
    ACCOUNT r11, STATE_IDLE, rbx, r14
    xor     edx, edx
    mov     [r11 + ACTV_CALLER], rdx
    mov     [r11 + ACTV_DEPTH], dl
    mov     [rbx + ACTV_CALLEE], rdx
    movzx   eax, byte [r11 + ACTV_BIT]
    mov     rdx, [r11 + ACTV_ENV]
    or      [rdx + ENV_IDLE], al
    SWITCH_TO rbx, rcx, r14
    LOAD_FS_BASE [rbp + CTX_FS_BASE]
    UNLOCK
    mov     eax, [context_xsave_mask]
    mov     edx, [context_xsave_mask + 4]
.load:
    xrstor64 [rbp + CTX_XSAVE]
    mov     rcx, r12
    mov     rdx, r13
    mov     r11d, [rbp + CTX_RFLAGS]
    and     r11d, RFLAGS_USER
    or      r11d, RFLAGS_ALWAYS
    mov     rbx, [rbp + CTX_RBX]
    mov     r12, [rbp + CTX_R12]
    mov     r13, [rbp + CTX_R13]
    mov     r14, [rbp + CTX_R14]
    mov     r15, [rbp + CTX_R15]
    mov     rsp, [rbp + CTX_RSP]
    mov     rbp, [rbp + CTX_RBP]
    xor     eax, eax
    xor     esi, esi
    swapgs
    wrgsbase rdi
    mov     edi, eax
    o64 sysret
.unusable:
    and     rsp, -16
    call    context_unusable
.slow:
    mov     rbx, [rsp + FRAME + CALL_RBX]
    mov     rbp, [rsp + FRAME + CALL_RBP]
    mov     r12, [rsp + FRAME + CALL_R12]
    mov     rcx, r10
    UNLOCK
    jmp     pct_reply

section .fixups
    dq      sys_pct_reply.load, sys_pct_reply.unusable
