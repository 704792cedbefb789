; SPDX-License-Identifier: MIT
;
; trap.asm: interrupts, exceptions of ring 0, and NMI, #DB, #MC and #DF: a full struct trap_frame and a call of trap(). The timer's
; interrupt goes to timer.asm first.
; Exceptions of ring 3 go to entry_fault (entry.asm) before anything is saved; while they are traced, the IDT names other
; stubs, which call trace_fault first (idt_trace_faults). Interrupts are off throughout.
;
; Stack at each label *_entry, and struct trap_frame once the registers are pushed:
;
;   rsp+48  ss          the processor's (Intel SDM vol 3 §6.14.2)
;   rsp+40  rsp
;   rsp+32  rflags
;   rsp+24  cs
;   rsp+16  rip
;   rsp+8   error code  the processor's, or 0
;   rsp+0   vector
;   rsp-8   r15 ... rax

bits 64
default rel

%include "kernel_offsets.inc"
%include "x86/clac.inc"
%include "x86/x86.inc"

IST_SLOT equ 56                 ; from rsp at ist_entry to the address of struct cpu at the stack's top

extern trap
extern trace_fault
extern entry_fault
extern timer_entry
global trap_stubs
global interrupt_entry, interrupt_of_user
global trap_traced_stubs

%macro PUSH_REGISTERS 0
    push r15
    push r14
    push r13
    push r12
    push r11
    push r10
    push r9
    push r8
    push rbp
    push rdi
    push rsi
    push rdx
    push rcx
    push rbx
    push rax
%endmacro

%macro POP_REGISTERS 0
    pop rax
    pop rbx
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop rbp
    pop r8
    pop r9
    pop r10
    pop r11
    pop r12
    pop r13
    pop r14
    pop r15
%endmacro

section .text

; One stub of TRAP_STUB_BYTES for each vector. Vectors 8, 10 to 14, 17, 21, 29 and 30 come with an error code.
%macro STUBS 3                  ; how many, where #DB goes, where other exceptions go
%assign vector 0
%rep %1
    align 16, db 0xcc
  %if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    push 0
  %endif
    push vector
  %if vector == 1
    jmp %2
  %elif vector == 2 || vector == 8 || vector == 18
    jmp ist_entry
  %elif vector < 32
    jmp %3
  %elif vector == VECTOR_TIMER
    jmp timer_entry
  %else
    jmp interrupt_entry
  %endif
  %assign vector vector + 1
%endrep
%endmacro

align 16
trap_stubs:
    STUBS 256, debug_entry, exception_entry
align 16
trap_traced_stubs:
    STUBS 32, debug_traced, exception_traced

; IN: kernel stack as drawn, registers as trapped. GS is the kernel's if the trap came from ring 0.
align 16
exception_entry:
    test byte [rsp + 24], 3
    jnz entry_fault
    CLAC_HERE
    jmp from_kernel

exception_traced:
    test byte [rsp + 24], 3
    jnz fault_traced
    CLAC_HERE
    jmp from_kernel

; IN: as above, from ring 3. OUT: entry_fault, with everything as it was.
fault_traced:
    swapgs
    lfence
    CLAC_HERE
    cld
    PUSH_REGISTERS
    xor ebp, ebp
    mov rdi, rsp
    call trace_fault
    POP_REGISTERS
    swapgs
    jmp entry_fault

; IN: as above. OUT: returns to what was interrupted, or never (sched_trap_exit).
align 16
interrupt_entry:
    CLAC_HERE
    test byte [rsp + 24], 3
    jz from_kernel
    swapgs
    lfence                      ; no load below may run ahead with the other GS (CVE-2019-1125)
interrupt_of_user:              ; GS is the kernel's
    cld
    PUSH_REGISTERS
    xor ebp, ebp                ; the chain of stack frames ends here
    mov rdi, rsp
    call trap
    POP_REGISTERS
    add rsp, 16
    swapgs
    iretq

from_kernel:
    lfence                      ; nor with ring 3's, if the test above was mispredicted
    cld
    PUSH_REGISTERS
    mov rdi, rsp
    call trap
    POP_REGISTERS
    add rsp, 16
    iretq

; #DB has a stack of its own, as it can come right after SYSCALL, before the stack is the kernel's. From ring 3 it is
; moved to the kernel stack and becomes an upcall like others. In ring 0 it means that ring 3 tried a MOV SS shadow
; (CVE-2018-8897): it is dropped.
; IN: IST stack as drawn, registers as trapped.
%macro DEBUG_ENTRY 1            ; where it goes on
    test byte [rsp + 24], 3
    jz debug_drop
    push rax
    push rcx
    mov rax, [rsp + 16 + IST_SLOT]
    mov rax, [rax + CPU_KERNEL_STACK]
    sub rax, IST_SLOT
%assign i 0
%rep 7
    mov rcx, [rsp + 16 + i * 8]
    mov [rax + i * 8], rcx
  %assign i i + 1
%endrep
    mov rcx, [rsp + 8]          ; rax, to be popped on the other stack
    mov [rax - 8], rcx
    pop rcx
    lea rsp, [rax - 8]
    pop rax
    jmp %1
%endmacro

align 16
debug_entry:
    DEBUG_ENTRY entry_fault
debug_traced:
    DEBUG_ENTRY fault_traced
debug_drop:
    add rsp, 16
    iretq

; NMI, #MC, #DF: they come at any instruction, so GS may be ring 3's or the kernel's; its base is saved, set from the top
; of the stack, and put back.
; IN: IST stack as drawn, registers as trapped.
align 16
ist_entry:
    CLAC_HERE
    cld
    PUSH_REGISTERS
    mov ecx, MSR_GS_BASE
    rdmsr
    shl rdx, 32
    mov r12d, eax
    or r12, rdx
    mov rax, [rsp + 15 * 8 + IST_SLOT]
    mov rdx, rax
    shr rdx, 32
    wrmsr
    mov rdi, rsp
    call trap
    mov ecx, MSR_GS_BASE
    mov eax, r12d
    mov rdx, r12
    shr rdx, 32
    wrmsr
    POP_REGISTERS
    add rsp, 16
    iretq
