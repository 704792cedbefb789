; SPDX-License-Identifier: MIT
;
; pct.asm: sys_pct_call and sys_pct_reply: protected control transfer in the common case, which is: nothing is traced, the CPU
; has XSAVE and WRFSBASE, nobody holds the lock, nobody has ports, the binding is known to be good, the callee has an idle
; activation, the deadline lies beyond this slice, which is not over; and for the reply: no event waits on either side, and
; the callee did not leave the CPU. Everything else, and every error, is done by pct_call and pct_reply (calls_pct.c), which
; need none of this file. Until .go nothing is changed that they would miss.
;
; Both are handlers of the dispatch table; transfer.inc says what holds for them.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"
%include "kernel_offsets.inc"
%include "x86/x86.inc"
%include "x86/transfer.inc"

extern pct_call, pct_reply
extern cap_epoch

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
    push    rdx
    NOW     rbp
    pop     rdx
    mov     rbp, [gs:CPU_SLICE_END]
    cmp     rsi, rbp
    jb      .slow
    cmp     rax, rbp
    jae     .slow                   ; the slice is over, and the deadline may be
    mov     rbp, rax
    cmp     byte [r11 + ACTV_DEPTH], PCT_DEPTH
    jae     .slow
    mov     rcx, [rcx + ENV_BINDING_TO]
    NO_PORTS_OR rcx, .slow
    movzx   eax, byte [rcx + ENV_IDLE]
    bsf     eax, eax
    jz      .slow
    mov     rbx, [rcx + ENV_ACT + rax * 8]
    mov     rax, [rbx + ACTV_PAGE]
    mov     rax, [rax + ACT_ENTRY_PCT]
    cmp     rax, [user_limit]
    jae     .slow
.go:                                ; r11 caller, rbx callee, rcx its environment, rax its entry, rbp the time
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
    SAVE_CALL rdi
    mov     rax, rbp
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
    BEGIN_UPCALL rbp
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
.slow:
    mov     rbx, [rsp + FRAME + CALL_RBX]
    mov     rbp, [rsp + FRAME + CALL_RBP]
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
    mov     rcx, [rbx + ACTV_ENV]
    NO_PORTS_OR rcx, .slow
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

section .rodata align=8
user_limit:
    dq      1 << CANONICAL_SHIFT

section .fixups
    dq      sys_pct_reply.load, sys_pct_reply.unusable
