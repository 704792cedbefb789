; SPDX-License-Identifier: MIT
;
; entry.asm: the assembly of the kernel tests: where the kernel enters ring 3, the way back from a fault, a jump out of
; one, and routines whose registers must survive. Ring 3; no libOS.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"

extern suite_begin
extern child_begin
extern upcall_handler
extern fault_handler
extern pct_handler
extern registers_stop

VCPU_USER equ ACT_USER + 8      ; user[1]: struct vcpu of this activation (runtime.h)
RESUME_RIP equ ACT_USER + 16    ; user[2], user[3]: scratch of the way back from a fault
RESUME_RSP equ ACT_USER + 24

section .text

; What must be zero at an entry: the registers named are combined into user[4], the XMM registers into user[5] and user[6].
; IN rdi struct exo_activation. CLOBBERS the first of the registers, xmm0
%macro KEEP_ZEROES 2-*
  %define %%first %1
  %rep %0 - 1
    %rotate 1
    or      %%first, %1
  %endrep
    mov     [rdi + ACT_USER + 32], %%first
  %assign i 1
  %rep 15
    por     xmm0, xmm %+ i
    %assign i i + 1
  %endrep
    movdqu  [rdi + ACT_USER + 40], xmm0
%endmacro

; The three entries. IN: rdi struct exo_activation, rsi slot, rdx pending events; rsp a fresh stack.
global _start, child_entry, upcall_entry
_start:
    xor     ebp, ebp
    call    suite_begin
child_entry:
    xor     ebp, ebp
    call    child_begin
upcall_entry:
    KEEP_ZEROES rax, rbx, rcx, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    xor     ebp, ebp
    call    upcall_handler

; pct_entry: IN as activation.h says.
global pct_entry
pct_entry:
    KEEP_ZEROES rbx, rbp, r12, r13, r14, r15
    mov     rcx, r10
    sub     rsp, 8
    push    rax
    call    pct_handler

; fault_entry: IN rax struct exo_fault, everything else as trapped. Calls fault_handler, and goes on where it returns.
; Between fault_resume_lo and fault_resume_hi the activation counts as disabled (activation.h).
global fault_entry, fault_resume_lo, fault_resume_hi
fault_entry:
    push    rax
    push    rcx
    push    rdx
    push    rsi
    push    rdi
    push    r8
    push    r9
    push    r10
    push    r11
    sub     rsp, 8
    mov     rdi, rax
    call    fault_handler
    add     rsp, 8
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rdi
    pop     rsi
    pop     rdx
    pop     rcx
    pop     rax
fault_resume_lo:
    dec     dword [gs:ACT_FAULT_DEPTH]
    mov     rcx, [rax + FAULT_WAS_DISABLED]
    mov     [gs:ACT_DISABLED], ecx
    mov     rcx, [rax + FAULT_RIP]
    mov     [gs:RESUME_RIP], rcx
    mov     rcx, [rax + FAULT_RSP]
    mov     [gs:RESUME_RSP], rcx
    mov     rcx, [rax + FAULT_RCX]
    mov     rdx, [rax + FAULT_RDX]
    lea     rsp, [rax + FAULT_RFLAGS]
    mov     rax, [rax + FAULT_RAX]
    popfq
    mov     rsp, [gs:RESUME_RSP]
    jmp     [gs:RESUME_RIP]
fault_resume_hi:

; int jump_set(struct jump *): 0, or 1 when jump_go came here. Keeps what a C function may expect to be kept.
global jump_set, jump_go
jump_set:
    mov     [rdi], rbx
    mov     [rdi + 8], rbp
    mov     [rdi + 16], r12
    mov     [rdi + 24], r13
    mov     [rdi + 32], r14
    mov     [rdi + 40], r15
    mov     [rdi + 48], rsp
    mov     rax, [rsp]
    mov     [rdi + 56], rax
    xor     eax, eax
    ret
jump_go:
    mov     rbx, [rdi]
    mov     rbp, [rdi + 8]
    mov     r12, [rdi + 16]
    mov     r13, [rdi + 24]
    mov     r14, [rdi + 32]
    mov     r15, [rdi + 40]
    mov     rsp, [rdi + 48]
    mov     rax, [rdi + 56]
    mov     [rsp], rax
    mov     eax, 1
    ret

; struct vcpu *vcpu(void)
global vcpu
vcpu:
    mov     rax, [gs:VCPU_USER]
    ret

; struct exo_activation *act_here(void)
global act_here
act_here:
    mov     rax, [gs:ACT_SELF]
    ret

%macro PUSH_KEPT 0
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
%endmacro
%macro POP_KEPT 0
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
%endmacro

; void registers_hold(const struct registers *in, struct registers *out): loads every register from *in, spins until
; registers_stop is not 0, and stores them all to *out (struct registers, upcalls.c).
global registers_hold
registers_hold:
    PUSH_KEPT
    push    rsi
%assign i 0
%rep 16
    movdqu  xmm %+ i, [rdi + 144 + 16 * i]
  %assign i i + 1
%endrep
    ldmxcsr [rdi + 120]
    mov     rax, [rdi]
    mov     rbx, [rdi + 8]
    mov     rcx, [rdi + 16]
    mov     rdx, [rdi + 24]
    mov     rsi, [rdi + 32]
    mov     rbp, [rdi + 48]
    mov     r8, [rdi + 56]
    mov     r9, [rdi + 64]
    mov     r10, [rdi + 72]
    mov     r11, [rdi + 80]
    mov     r12, [rdi + 88]
    mov     r13, [rdi + 96]
    mov     r14, [rdi + 104]
    mov     r15, [rdi + 112]
    mov     rdi, [rdi + 40]
.spin:
    cmp     dword [registers_stop], 0
    je      .spin
    xchg    rdi, [rsp]              ; rdi: out; its own value on the stack
    mov     [rdi], rax
    mov     [rdi + 8], rbx
    mov     [rdi + 16], rcx
    mov     [rdi + 24], rdx
    mov     [rdi + 32], rsi
    mov     [rdi + 48], rbp
    mov     [rdi + 56], r8
    mov     [rdi + 64], r9
    mov     [rdi + 72], r10
    mov     [rdi + 80], r11
    mov     [rdi + 88], r12
    mov     [rdi + 96], r13
    mov     [rdi + 104], r14
    mov     [rdi + 112], r15
    pop     qword [rdi + 40]
    stmxcsr [rdi + 120]
%assign i 0
%rep 16
    movdqu  [rdi + 144 + 16 * i], xmm %+ i
  %assign i i + 1
%endrep
    POP_KEPT
    ret

; void ymm_load(const void *sixteen_registers), void ymm_store(void *): only where XCR0 has AVX.
global ymm_load, ymm_store
ymm_load:
%assign i 0
%rep 16
    vmovdqu ymm %+ i, [rdi + 32 * i]
  %assign i i + 1
%endrep
    ret
ymm_store:
%assign i 0
%rep 16
    vmovdqu [rdi + 32 * i], ymm %+ i
  %assign i i + 1
%endrep
    ret

; int64_t call_registers(uint64_t number, struct registers *after): a system call with known registers; stores all that
; are there afterwards (as registers_hold, without XMM). Arguments are 0.
global call_registers
call_registers:
    PUSH_KEPT
    push    rsi
    mov     eax, edi
    mov     rbx, 0x1111111111111111
    mov     rbp, 0x2222222222222222
    mov     r12, 0x3333333333333333
    mov     r13, 0x4444444444444444
    mov     r14, 0x5555555555555555
    mov     r15, 0x6666666666666666
    xor     edi, edi
    xor     esi, esi
    xor     edx, edx
    xor     r10d, r10d
    xor     r8d, r8d
    xor     r9d, r9d
    syscall
    xchg    rdi, [rsp]
    mov     [rdi], rax
    mov     [rdi + 8], rbx
    mov     [rdi + 16], rcx
    mov     [rdi + 24], rdx
    mov     [rdi + 32], rsi
    mov     [rdi + 48], rbp
    mov     [rdi + 56], r8
    mov     [rdi + 64], r9
    mov     [rdi + 72], r10
    mov     [rdi + 80], r11
    mov     [rdi + 88], r12
    mov     [rdi + 96], r13
    mov     [rdi + 104], r14
    mov     [rdi + 112], r15
    pop     qword [rdi + 40]
    POP_KEPT
    ret

; Instructions that fault, each at a known address, for the checks of the fault's rip; and one to step through.
global at_divide, at_ud2, at_int3, at_after_int3, at_cli, at_hlt, at_int80, at_steps, at_steps_end
at_divide:
    xor     ecx, ecx
    xor     edx, edx
    mov     eax, 1
.divide:
    div     ecx
    ret
at_ud2:
    ud2
    ret
at_int3:
    int3
at_after_int3:
    ret
at_cli:
    cli
    ret
at_hlt:
    hlt
    ret
at_int80:
    int     0x80
    ret
at_steps:
    nop
    nop
    inc     rax
    nop
at_steps_end:
    jmp     at_steps

section .note.GNU-stack noalloc noexec nowrite progbits
