; SPDX-License-Identifier: MIT
;
; entry.asm: the ways between ring 3 and ring 0 that must be short: system calls, exceptions of ring 3, entering ring 3.
; Interrupts, and exceptions of ring 0, are trap.asm's. Interrupts are off throughout.
;
; Kernel stack after entry_call (struct call_frame), from the top down:
;   rsp  rflags  rip  rbx  rbp  r12  r13  r14  r15  number
;
; CLAC stands where a trap from ring 3 begins, as three bytes of NOP that trap_patch_smap replaces where there is SMAP.

bits 64
default rel

%include "exo_abi.inc"
%include "exo_offsets.inc"
%include "kernel_offsets.inc"
%include "x86/clac.inc"

extern call_table
extern fault_too_deep
extern sched_call_exit

PAGE_FAULT equ 14
FAULT_STACK_VECTOR equ 24           ; offsets in entry_fault's stack as drawn there
FAULT_STACK_RIP equ 40

section .text

; entry_call: a system call.
; IN     eax number; rdi rsi rdx r10 r8 r9 arguments; rcx return RIP; r11 RFLAGS (SYSCALL)
; OUT    rax result; rdi rsi rdx r8 r9 r10 zero
; STACK  switches to the CPU's kernel stack and back
global entry_call
entry_call:
    swapgs
    mov     [gs:CPU_USER_RSP], rsp
    mov     rsp, [gs:CPU_KERNEL_STACK]
    push    qword [gs:CPU_USER_RSP]
    push    r11
    push    rcx
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    cmp     eax, EXO_CALLS
    jae     .no_such_call
    sbb     ecx, ecx                ; all ones: also when the branch above was mispredicted, rax stays in the table
    and     eax, ecx
    push    rax
    mov     rcx, r10
    mov     r11, [call_table]
    call    [r11 + rax * 8]
.result:
    cmp     dword [gs:CPU_RESCHED], 0
    jne     .resched
.return:
    xor     edi, edi
    xor     esi, esi
    xor     edx, edx
    xor     r8d, r8d
    xor     r9d, r9d
    xor     r10d, r10d
    mov     rcx, [rsp + CALL_RIP]
    mov     r11, [rsp + CALL_RFLAGS]
    mov     rsp, [rsp + CALL_RSP]   ; rbx, rbp, r12 to r15 are as they were: the kernel's C keeps them
    swapgs
    o64 sysret
.no_such_call:
    push    rax
    mov     rax, -EXO_E_CALL
    jmp     .result
.resched:
    mov     rdi, rax
    call    sched_call_exit
    jmp     .return

; entry_fault: an exception in ring 3 becomes the fault upcall of the activation that runs (activation.h).
; IN     stack: vector, error code, and the processor's frame; all registers as trapped
; OUT    ring 3 at entry[FAULT], rax = its struct exo_fault, other registers as trapped
; STACK  kernel stack; afterwards the fault stack of this depth
;
; What decides anything is read once from the page, or from this stack: ring 3 on another CPU may be changing the page.
; POP copies a word of the stack to the record, and leaves the flags alone.
;
;   rsp -> rdx, rcx, rax, vector, error code, rip, cs, rflags, rsp, ss      while the record is filled
%define RECORD(field) rdx + rax + ACT_FAULT + field
global entry_fault
entry_fault:
    swapgs
    lfence                          ; as in interrupt_entry
    CLAC_HERE
    push    rax
    push    rcx
    push    rdx
    mov     rdx, [gs:CPU_PAGE]
    mov     ecx, [rdx + ACT_FAULT_DEPTH]
    cmp     ecx, FAULT_DEPTH_MAX
    jae     .too_deep
    and     ecx, FAULT_DEPTH_MAX - 1 ; also under wrong speculation
    inc     dword [rdx + ACT_FAULT_DEPTH]
    imul    eax, ecx, FAULT_SIZE    ; rdx page, rcx depth, rax offset of the record
    cmp     dword [rsp + FAULT_STACK_VECTOR], PAGE_FAULT
    pop     qword [RECORD(FAULT_RDX)]
    pop     qword [RECORD(FAULT_RCX)]
    pop     qword [RECORD(FAULT_RAX)]
    pop     qword [RECORD(FAULT_VECTOR)]
    pop     qword [RECORD(FAULT_ERROR)]
    pop     qword [RECORD(FAULT_RIP)]
    pop     qword [RECORD(FAULT_CS)]
    pop     qword [RECORD(FAULT_RFLAGS)]
    pop     qword [RECORD(FAULT_RSP)]
    pop     qword [RECORD(FAULT_SS)]
    push    USER_SS                 ; for IRETQ
    push    qword [rdx + ACT_FAULT_STACK + rcx * 8]
    push    0x202
    push    USER_CS
    mov     rcx, cr2
    jne     .no_address
.address:
    mov     [RECORD(FAULT_ADDRESS)], rcx
    mov     ecx, [rdx + ACT_DISABLED]
    mov     [RECORD(FAULT_WAS_DISABLED)], rcx
    mov     dword [rdx + ACT_DISABLED], 1
    mov     rcx, [rdx + ACT_ENTRY_FAULT]
    push    rcx
    shr     rcx, 47
    jnz     .bad_entry              ; IRETQ must not see a RIP that is not canonical
    mov     rcx, [gs:CPU_PAGE_USER]
    add     rdx, rax
    lea     rax, [rcx + rax + ACT_FAULT]
    cmp     dword [gs:CPU_FSGSBASE], 0
    swapgs
    je      .gs_is_right            ; ring 3 could not change it
    wrgsbase rcx
.gs_is_right:
    mov     rcx, [rdx + ACT_FAULT + FAULT_RCX]
    mov     rdx, [rdx + ACT_FAULT + FAULT_RDX]
    iretq
.no_address:                        ; CR2 is another environment's when it is not a page fault
    mov     ecx, 0
    jmp     .address
.bad_entry:
    sub     rsp, FAULT_STACK_RIP - FAULT_STACK_VECTOR ; five words were popped and pushed again: this one is as it was,
    mov     edi, [rsp]              ; as nothing uses this stack meanwhile (NMI and #MC have their own)
    jmp     .stop
.too_deep:
    mov     edi, [rsp + FAULT_STACK_VECTOR]
.stop:
    cld                             ; the flags are still ring 3's; C wants the direction up
    and     rsp, -16
    call    fault_too_deep

; entry_user_copy: see entry.h. Ring 0 could reach more than ring 3: pages without access (EXO_PROT_NONE) are kept present,
; for the supervisor alone. So the entry of each page is looked at in the window, as a reader in ring 3 would: tables are
; always U=1, hence the last level decides. Whether a page may be written is checked by the copy itself. A fault anywhere,
; as where there is no table, goes on at .fault.
; IN     rdi to, rsi from, rdx bytes (not 0), rcx the one of the two that is ring 3's   OUT eax   CLOBBERS rcx rdx rsi rdi r8 r9
USER_LIMIT equ 0x00007ffffffff000
global entry_user_copy
entry_user_copy:
    lea     rax, [rcx + rdx]
    mov     r9, USER_LIMIT
    cmp     rcx, r9
    jae     .bad
    cmp     rax, r9
    ja      .bad
    lea     r8, [rax - 1]
    shr     rcx, EXO_PAGE_BITS
    shr     r8, EXO_PAGE_BITS       ; first and last page
    STAC_HERE
.page:
    mov     rax, rcx
    shr     rax, 9
    mov     r9, EXO_WINDOW_PD
.large:
    mov     eax, [r9 + rax * 8]
    test    al, PTE_PS
    jnz     .access
    mov     r9, EXO_WINDOW_PT
.small:
    mov     eax, [r9 + rcx * 8]
.access:
    not     eax
    test    al, PTE_P | PTE_U
    jnz     .fault
    inc     rcx
    cmp     rcx, r8
    jbe     .page
    mov     ecx, edx
    and     edx, 7
    shr     ecx, 3
.words:
    rep movsq
    mov     ecx, edx
.bytes:
    rep movsb
    CLAC_HERE
    xor     eax, eax
    ret
.fault:
    CLAC_HERE
.bad:
    mov     eax, -EXO_E_FAULT
    ret

section .fixups
    dq      entry_user_copy.large, entry_user_copy.fault
    dq      entry_user_copy.small, entry_user_copy.fault
    dq      entry_user_copy.words, entry_user_copy.fault
    dq      entry_user_copy.bytes, entry_user_copy.fault
