; SPDX-License-Identifier: MIT
;
; upcall.asm: where the kernel enters ring 3, how ring 3 resumes what was interrupted without the kernel's help, and the
; switch of threads. Layer: libos/exo; the C half is upcall.c (upcalls) and sched/ (threads).
;
; Invariant: all of [upcall_resume_lo, upcall_resume_hi) is the registered resume range. An instruction in it may run with
; `disabled` clear though the registers are half way between two threads: the kernel then treats the CPU as disabled,
; saves to slot 0 and resumes exactly here. Nothing in the range faults.
;
; The last three steps are POPFQ, POP RSP and a jump through a word of the activation (RESUME_RIP), not IRETQ, which faults
; in ring 3 under SMAP on QEMU's TCG up to 8.2. With the trap flag set they would trap themselves: the kernel's `resume`
; does it then, from the last context slot, which is kept free for that.
;
; Sources: exokernel/abi/activation.h; Intel SDM vol 1 §13.7 (XSAVE), vol 2 IRET; System V ABI for x86-64 §3.2.1.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"

global upcall_run:function, upcall_event:function, upcall_fault:function
global upcall_resume:function, upcall_resume_lo, upcall_resume_hi
global upcall_with_fpu:function
global context_switch:function, context_load:function, context_leave:function, context_interrupt:function
global thread_entry:function, signal_trampoline:function, fatal_trampoline:function
extern upcall_enter, fault_fast, fault_slow
extern thread_begin, signal_run, fatal_run
extern upcall_xsave_mask, upcall_fsgsbase, upcall_fault_hook

RESUME_RIP equ ACT_USER + 126 * 8 ; exo.h
TRAP_FLAG equ 0x100
XSAVE_HEADER equ 512          ; offset in the XSAVE area (SDM vol 1 §13.4.2)
XSAVE_HEADER_WORDS equ 8

; Saves the FPU state into the context at %1. CLOBBERS rax, rdx, flags.
%macro save_fpu 1
    mov rax, [upcall_xsave_mask]
    xor edx, edx
    test rax, rax
    jz %%legacy
%assign word 0
%rep XSAVE_HEADER_WORDS
    mov [%1 + CTX_XSAVE + XSAVE_HEADER + word * 8], rdx
%assign word word + 1
%endrep
    mov rdx, rax
    shr rdx, 32
    xsave64 [%1 + CTX_XSAVE]
    jmp %%done
%%legacy:
    fxsave64 [%1 + CTX_XSAVE]
%%done:
%endmacro

section .text

; ---- run and event ---------------------------------------------------------------------------------------------------
; IN   rdi = activation, rsi = slot with the preempted state or 0, rdx = pending events; disabled; rsp = act.stack
; Never returns: upcall_enter ends by resuming a thread.
upcall_run:
upcall_event:
    xor ebp, ebp
    call upcall_enter
    ud2

; ---- fault -----------------------------------------------------------------------------------------------------------
; IN   rax = struct exo_fault; rsp = fault stack of this depth (16-aligned); everything else as trapped; disabled
; Fast path: save what C may change (integer registers alone: everything below fault_fast is compiled so), call the
; application's hook if there is one, then fault_fast, resume.
;
;   rsp -> fault, r11, r10, r9, r8, rsi, rdi, (pad)   top
upcall_fault:
    sub rsp, 8
    push rdi
    push rsi
    push r8
    push r9
    push r10
    push r11
    push rax
    mov rdi, rax
    mov rcx, [upcall_fault_hook]
    jrcxz .memory
    call rcx
    xor al, 1
    jz .restore
    mov rdi, [rsp]
.memory:
    call fault_fast
    test eax, eax
.restore:                           ; ZF: the faulting code can go on
    pop rax
    pop r11
    pop r10
    pop r9
    pop r8
    pop rsi
    pop rdi
    jnz fault_deliver
    test dword [rax + FAULT_RFLAGS], TRAP_FLAG
    jnz fault_step
    mov ecx, [rax + FAULT_WAS_DISABLED]

upcall_resume_lo:
    dec dword [gs:ACT_FAULT_DEPTH]
    mov [gs:ACT_DISABLED], ecx
    mov rcx, [rax + FAULT_RIP]
    mov [gs:RESUME_RIP], rcx
    mov rcx, [rax + FAULT_RCX]
    mov rdx, [rax + FAULT_RDX]
    lea rsp, [rax + FAULT_RFLAGS]
    mov rax, [rax + FAULT_RAX]
    popfq
    pop rsp                         ; which stands behind
    jmp [gs:RESUME_RIP]

; IN rdi = context, all registers but rdi and rsp loaded from it
resume_tail:
    mov dword [gs:ACT_DISABLED], 0
    lea rsp, [rdi + CTX_RFLAGS]
    mov rdi, [rdi + CTX_RDI]
    popfq
    pop rsp                         ; which stands behind
    jmp [gs:RESUME_RIP]
upcall_resume_hi:

; Slow path: make a whole context of the trapped state on the fault stack and let C change it (a signal). C does not return
; for a fault that hit a disabled section.
; IN   rax = struct exo_fault, other registers but rcx and rdx as trapped
fault_deliver:
    mov edx, 1
    jmp fault_context

; A single-stepped thread that needs nothing but to go on. IN as fault_deliver
fault_step:
    xor edx, edx
fault_context:
    sub rsp, EXO_PAGE_BYTES
    and rsp, -64
    mov [rsp + CTX_RBX], rbx
    mov [rsp + CTX_RSI], rsi
    mov [rsp + CTX_RDI], rdi
    mov [rsp + CTX_RBP], rbp
    mov [rsp + CTX_R8], r8
    mov [rsp + CTX_R9], r9
    mov [rsp + CTX_R10], r10
    mov [rsp + CTX_R11], r11
    mov [rsp + CTX_R12], r12
    mov [rsp + CTX_R13], r13
    mov [rsp + CTX_R14], r14
    mov [rsp + CTX_R15], r15
    mov rbx, rax
    mov r12, rsp
    mov r13d, edx
%macro copy_field 2
    mov rcx, [rbx + %2]
    mov [r12 + %1], rcx
%endmacro
    copy_field CTX_RAX, FAULT_RAX
    copy_field CTX_RCX, FAULT_RCX
    copy_field CTX_RDX, FAULT_RDX
    copy_field CTX_RIP, FAULT_RIP
    copy_field CTX_CS, FAULT_CS
    copy_field CTX_RFLAGS, FAULT_RFLAGS
    copy_field CTX_RSP, FAULT_RSP
    copy_field CTX_SS, FAULT_SS
    save_fpu r12
    mov rax, [fs:0]
    mov [r12 + CTX_FS_BASE], rax
    test r13d, r13d
    jz .resume
    mov rdi, rbx
    mov rsi, r12
    xor ebp, ebp
    call fault_slow
.resume:
    dec dword [gs:ACT_FAULT_DEPTH]
    mov rdi, r12
    jmp upcall_resume

; ---- resume ----------------------------------------------------------------------------------------------------------
; void upcall_resume(struct exo_context *context): loads a whole state and goes on enabled. IN disabled or not. Never
; returns.
upcall_resume:
    mov dword [gs:ACT_DISABLED], 1
    test dword [rdi + CTX_RFLAGS], TRAP_FLAG
    jnz resume_by_kernel
    mov rbx, rdi
    mov rax, [rbx + CTX_FS_BASE]
    cmp byte [upcall_fsgsbase], 0
    je .fs_by_call
    wrfsbase rax
    jmp .fpu
.fs_by_call:
    mov rdi, rax
    mov eax, EXO_CALL_FS_BASE_SET
    syscall
.fpu:
    mov rax, [upcall_xsave_mask]
    test rax, rax
    jz .legacy
    mov rdx, rax
    shr rdx, 32
    xrstor64 [rbx + CTX_XSAVE]
    jmp .registers
.legacy:
    fxrstor64 [rbx + CTX_XSAVE]
.registers:
    mov rdi, rbx
    mov rax, [rdi + CTX_RAX]
    mov rbx, [rdi + CTX_RBX]
    mov rcx, [rdi + CTX_RCX]
    mov rdx, [rdi + CTX_RDX]
    mov rsi, [rdi + CTX_RSI]
    mov rbp, [rdi + CTX_RBP]
    mov r8, [rdi + CTX_R8]
    mov r9, [rdi + CTX_R9]
    mov r10, [rdi + CTX_R10]
    mov r11, [rdi + CTX_R11]
    mov r12, [rdi + CTX_R12]
    mov r13, [rdi + CTX_R13]
    mov r14, [rdi + CTX_R14]
    mov r15, [rdi + CTX_R15]
    push qword [rdi + CTX_RIP]
    pop qword [gs:RESUME_RIP]
    jmp resume_tail

; IN rdi = context. The kernel loads a context from one of its own slots: this one is copied to the last.
resume_by_kernel:
    mov ebx, [gs:ACT_SLOTS]
    mov rsi, rdi
    mov rdi, rbx
    shl rdi, 12
    add rdi, [gs:ACT_SELF]          ; slot n is page n + 1
    mov ecx, EXO_PAGE_BYTES / 8
    rep movsq
    lea edi, [rbx - 1]
    mov eax, EXO_CALL_RESUME
    syscall
    ud2

; int upcall_with_fpu(int (*function)(uint64_t, int), uint64_t a, int b): calls C code that may use SSE from a fault
; upcall, where the FPU state is the faulting code's.
upcall_with_fpu:
    push rbp
    mov rbp, rsp
    sub rsp, 512
    and rsp, -16
    fxsave64 [rsp]
    mov rax, rdi
    mov rdi, rsi
    mov esi, edx
    call rax
    fxrstor64 [rsp]
    leave
    ret

; ---- switch of threads -----------------------------------------------------------------------------------------------
; A thread that gave up the CPU of its own accord keeps this on its stack (System V: callee-saved registers, MXCSR, x87
; control word):
;
;   rsp -> mxcsr:4 fpcw:4, r15, r14, r13, r12, rbx, rbp, return address
%macro push_callee_saved 0
    push rbp
    push rbx
    push r12
    push r13
    push r14
    push r15
    sub rsp, 8
    stmxcsr [rsp]
    fnstcw [rsp + 4]
%endmacro

; void context_switch(uint64_t *save, uint64_t load): leaves the running thread, saving its rsp in *save, and goes on with
; the one whose rsp is load. Disabled.
context_switch:
    push_callee_saved
    mov [rdi], rsp
    mov rdi, rsi
; void context_load(uint64_t load): the second half alone.
context_load:
    mov rsp, rdi
    ldmxcsr [rsp]
    fldcw [rsp + 4]
    add rsp, 8
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbx
    pop rbp
    ret

; void context_leave(uint64_t *save, uint64_t stack, void (*function)(void)): leaves the running thread and calls function,
; which does not return, on another stack. Disabled.
context_leave:
    push_callee_saved
    mov [rdi], rsp
    mov rsp, rsi
    xor ebp, ebp
    call rdx
    ud2

; First instruction of a thread: context_load "returns" here. IN rbx = struct thread
thread_entry:
    mov rdi, rbx
    xor ebp, ebp
    call thread_begin
    ud2

; void context_interrupt(void (*edit)(struct exo_context *, void *), void *argument): makes a context of the caller, as if
; it had been interrupted right after this call, lets edit change it, and resumes it.
context_interrupt:
    mov rcx, rsp
    mov r8, [rsp]
    pushfq
    pop r9
    sub rsp, EXO_PAGE_BYTES
    and rsp, -64
    xor eax, eax
    mov [rsp + CTX_RAX], rax
    mov [rsp + CTX_RCX], rax
    mov [rsp + CTX_RDX], rax
    mov [rsp + CTX_RSI], rax
    mov [rsp + CTX_RDI], rax
    mov [rsp + CTX_R8], rax
    mov [rsp + CTX_R9], rax
    mov [rsp + CTX_R10], rax
    mov [rsp + CTX_R11], rax
    mov [rsp + CTX_RBX], rbx
    mov [rsp + CTX_RBP], rbp
    mov [rsp + CTX_R12], r12
    mov [rsp + CTX_R13], r13
    mov [rsp + CTX_R14], r14
    mov [rsp + CTX_R15], r15
    mov rax, [fs:0]
    mov [rsp + CTX_FS_BASE], rax
    mov [rsp + CTX_RIP], r8
    mov qword [rsp + CTX_CS], USER_CS
    mov [rsp + CTX_RFLAGS], r9
    add rcx, 8
    mov [rsp + CTX_RSP], rcx
    mov qword [rsp + CTX_SS], USER_SS
    mov rbx, rsp
    save_fpu rbx
    mov rax, rdi
    mov rdi, rbx
    call rax
    mov rdi, rbx
    jmp upcall_resume

; ---- signals ---------------------------------------------------------------------------------------------------------
; Entered by upcall_resume with rsp = the signal's frame (16-aligned). FPU state is set to what a function may expect.
signal_trampoline:
    cld
    fninit
    ldmxcsr [default_mxcsr]
    mov rdi, rsp
    xor ebp, ebp
    call signal_run
    ud2

; The same for death: rsp = emergency stack, rdi and rsi as set.
fatal_trampoline:
    cld
    fninit
    ldmxcsr [default_mxcsr]
    xor ebp, ebp
    call fatal_run
    ud2

section .rodata align=4
default_mxcsr:
    dd 0x1f80

section .note.GNU-stack noalloc noexec nowrite progbits
