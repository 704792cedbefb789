; SPDX-License-Identifier: MIT
;
; timer.asm: timer_entry: the timer interrupts ring 3. The common case is done here: the slice is over, its activation is
; enabled, has no event and no use for slice_end, and the next slice is its own or that of another one that is ready. That is:
; nothing is traced, the CPU has XSAVE and WRFSBASE, nobody holds the lock, nobody has ports, no deadline has passed, nothing
; is to be torn down, and no calls are under way. Everything else is done by trap() (trap.c, sched.c), which needs none of this
; file. Until .go nothing is changed that it would miss. transfer.inc says what holds for what ring 3 can write.
;
; Stack at timer_entry as drawn in trap.asm; below it nine registers, until they go to the context slot.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"
%include "kernel_offsets.inc"
%include "x86/clac.inc"
%include "x86/x86.inc"
%include "x86/transfer.inc"

extern interrupt_entry, interrupt_of_user, entry_upcall, entry_resume
extern lapic_eoi, timer_arm
extern reap_first, slice_vectors, slice_ns

TRAPPED_CS equ 24
TRAPPED_RIP equ 9 * 8 + 16              ; behind the nine registers

section .text

; IN  stack: vector, error code, the processor's frame; all registers as trapped
; OUT ring 3, in the next slice; or interrupt_entry or interrupt_of_user, with everything as it was
global timer_entry
timer_entry:
    CLAC_HERE
    test    byte [rsp + TRAPPED_CS], 3
    jz      interrupt_entry
    swapgs
    lfence                              ; as in interrupt_entry
    cld
    push    rax
    push    rcx
    push    rdx
    push    rsi
    push    rdi
    push    r8
    push    r9
    push    r10
    push    r11
    LOCK_OR .slow_unlocked
    mov     r8, [gs:CPU_ACT]
    mov     r9, [gs:CPU_PAGE]
    cmp     dword [gs:CPU_RESCHED], 0
    jne     .slow
    LEAVES_OR r8, ecx, .slow
    cmp     byte [gs:CPU_RECALL], 0
    jne     .slow
    cmp     word [gs:CPU_SLICE_OPEN], 1 ; and no grace, which is the byte behind
    jne     .slow
    cmp     qword [reap_first], 0
    jne     .slow
    mov     eax, [r9 + ACT_DISABLED]
    or      eax, [r9 + ACT_PENDING]
    jnz     .slow
    cmp     qword [r9 + ACT_ENTRY_SLICE_END], 0
    jne     .slow
    mov     rax, [rsp + TRAPPED_RIP]
    cmp     rax, [r9 + ACT_RESUME_LO]
    jb      .enabled
    cmp     rax, [r9 + ACT_RESUME_HI]
    jb      .slow
.enabled:
    NOW     r10
    cmp     rax, [gs:CPU_LIMIT]
    jb      .slow
    cmp     rax, [gs:CPU_DEADLINE]
    jae     .slow
    mov     r10, rax
    mov     ecx, [gs:CPU_INDEX]
    mov     r11, [slice_vectors + rcx * 8]
    mov     edx, [r11 + VECTOR_POSITION]
    mov     rsi, [r11 + VECTOR_ACT + rdx * 8]
    cmp     rsi, [gs:CPU_PAYER]
    jne     .slow
    lea     ecx, [rdx + 1]              ; the next position that is ready: as slice_next (slice.c)
    mov     edx, ecx
    shr     edx, 6
    and     edx, SLICE_WORDS - 1
    mov     rax, -1
    shl     rax, cl
    and     rax, [r11 + VECTOR_READY + rdx * 8]
    jnz     .position
    mov     ecx, edx
    mov     edx, -2
    shl     edx, cl
    and     edx, [r11 + VECTOR_SOME]
    cmovz   edx, [r11 + VECTOR_SOME]
    bsf     edx, edx
    jz      .slow                       ; none: it runs on what others gave it
    mov     rax, [r11 + VECTOR_READY + rdx * 8]
.position:
    bsf     rax, rax
    shl     edx, 6
    add     edx, eax
    mov     rdi, [r11 + VECTOR_ACT + rdx * 8]
    mov     rax, [slice_ns]
    cmp     [rdi + ACTV_DEBT], rax
    jae     .slow
    add     rax, [gs:CPU_SLICE_END]
    sub     rax, [rsi + ACTV_DEBT]
    cmp     r10, rax
    jae     .slow                       ; who paid will owe a slice and more
    cmp     rdi, r8
    je      .slot
    cmp     byte [rdi + ACTV_STATE], STATE_READY
    jne     .slow
    cmp     byte [rdi + ACTV_RESUME], RESUMES_DISABLED
    je      .ports
    cmp     byte [rdi + ACTV_RESUME], RESUMES_UPCALL
    jne     .slow
    mov     rax, [rdi + ACTV_PAGE]
    cmp     dword [rax + ACT_PENDING], 0
    jne     .slow
.ports:
    mov     rax, [rdi + ACTV_ENV]
    NO_PORTS_OR rax, .slow
.slot:
    mov     ecx, [r9 + ACT_SAVE_SLOT]
    cmp     ecx, [r8 + ACTV_SLOTS]
    jae     .slow
    and     ecx, SLOTS_MAX - 1          ; also under wrong speculation
    jz      .slow
.go:                                    ; r8 activation, rsi payer, rdi next payer, r10 time, r11 vector, edx position, ecx slot
    mov     [r11 + VECTOR_POSITION], edx
    mov     rax, [rsi + ACTV_PUB]
    mov     rdx, r10
    sub     rdx, [gs:CPU_SLICE_START]
    add     [rax + PUB_CHARGED], rdx
    mov     rdx, r10
    sub     rdx, [gs:CPU_SLICE_END]
    add     rdx, [rsi + ACTV_DEBT]
    mov     [rsi + ACTV_DEBT], rdx
    mov     [rax + PUB_DEBT], rdx
    mov     [gs:CPU_SLICE_START], r10
    mov     [gs:CPU_PAYER], rdi
    xor     edx, edx
    mov     rax, [slice_ns]
    add     rax, r10
    sub     rax, [rdi + ACTV_DEBT]
    mov     [rdi + ACTV_DEBT], rdx
    mov     rdx, [rdi + ACTV_PUB]
    mov     qword [rdx + PUB_DEBT], 0
    mov     [gs:CPU_SLICE_END], rax
    mov     [gs:CPU_LIMIT], rax
    mov     eax, [r8 + ACTV_SLOT_FRAME + rcx * 4]
    shl     rax, EXO_PAGE_BITS
    mov     rdx, DIRECT_BASE
    add     rax, rdx
    mov     [rax + CTX_RBX], rbx
    mov     [rax + CTX_RBP], rbp
    mov     [rax + CTX_R12], r12
    mov     [rax + CTX_R13], r13
    mov     [rax + CTX_R14], r14
    mov     [rax + CTX_R15], r15
    mov     ebx, ecx
    mov     r12, rdi
    mov     r13, r8
    mov     r14, r10
    mov     rcx, rax
    pop     qword [rcx + CTX_R11]
    pop     qword [rcx + CTX_R10]
    pop     qword [rcx + CTX_R9]
    pop     qword [rcx + CTX_R8]
    pop     qword [rcx + CTX_RDI]
    pop     qword [rcx + CTX_RSI]
    pop     qword [rcx + CTX_RDX]
    pop     qword [rcx + CTX_RCX]
    pop     qword [rcx + CTX_RAX]
    add     rsp, 16
    pop     qword [rcx + CTX_RIP]
    pop     qword [rcx + CTX_CS]
    pop     qword [rcx + CTX_RFLAGS]
    pop     qword [rcx + CTX_RSP]
    pop     qword [rcx + CTX_SS]
    SAVE_EXTENDED rcx
    xor     ebp, ebp                    ; the chain of stack frames ends here
    mov     rdi, [gs:CPU_LIMIT]
    mov     rax, [gs:CPU_DEADLINE]
    cmp     rdi, rax
    cmova   rdi, rax
    mov     [gs:CPU_TIMER], rdi
    mov     rsi, r14
    call    timer_arm
    call    lapic_eoi
    mov     rdi, [gs:CPU_PAGE_USER]
    mov     r9, [gs:CPU_PAGE]
    mov     rax, r14
    cmp     r12, r13
    jne     .other
    mov     rcx, [r13 + ACTV_PUB]
    sub     rax, [r13 + ACTV_STARTED]
    add     [rcx + PUB_RUN_NS], rax
    mov     [r13 + ACTV_STARTED], r14
.upcall:                                ; r9 page, rdi GS base, ebx slot with the enabled state
    BEGIN_UPCALL r9
    mov     rcx, [r9 + ACT_ENTRY]
    mov     r8, [r9 + ACT_STACK]
    UNLOCK
    mov     esi, ebx
    xor     edx, edx
    mov     rax, rcx
    shr     rax, CANONICAL_SHIFT
    jz      entry_upcall
    and     rsp, -16
    call    context_unusable
.other:
    ACCOUNT r13, STATE_READY, r12, rcx
    mov     al, [r13 + ACTV_CPU]
    mov     [rcx + PUB_CPU], al
    mov     [r13 + ACTV_SAVED_SLOT], ebx
    mov     rcx, [r12 + ACTV_ENV]
    SWITCH_TO r12, rcx, r9
    mov     ebx, [r12 + ACTV_SAVED_SLOT]
    mov     dword [r12 + ACTV_SAVED_SLOT], 0
    cmp     byte [r12 + ACTV_RESUME], RESUMES_UPCALL
    je      .upcall
    mov     byte [r12 + ACTV_RESUME], RESUMES_UPCALL
    UNLOCK_AND_RESUME r12
.slow:
    UNLOCK
.slow_unlocked:
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rdi
    pop     rsi
    pop     rdx
    pop     rcx
    pop     rax
    jmp     interrupt_of_user
