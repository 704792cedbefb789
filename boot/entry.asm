; SPDX-License-Identifier: MIT
;
; entry.asm: the first instructions, from a 32-bit loader to C in 64-bit mode. Ring 0, CPU 0, interrupts off.
;
; Two loaders are served: QEMU's direct boot (PVH: ELF note 18 names pvh_entry; EBX = struct hvm_start_info) and
; Multiboot2 (GRUB on BIOS and UEFI; EAX = magic, EBX = information). Both arrive in 32-bit protected mode, flat, paging
; off. The early page tables map the first 4 GiB at 0 and the first GiB at KERNEL_BASE, all writable and executable;
; they are used until kpaging_init's tables are loaded, and by each further CPU for a few instructions (smp.asm).
;
; Everything here is in the .boot sections, at physical addresses; the memory is free once all CPUs run.
; Sources: Multiboot2 specification 2.0 §3.1; xen/include/public/arch-x86/hvm/start_info.h; Intel SDM vol 3 §9.8.5.

%include "x86.inc"

PVH_MAGIC equ 0x336ec578
MB2_MAGIC equ 0xe85250d6
NOTE_PHYS32_ENTRY equ 18

extern boot_main
global early_pml4
global mb2_entry

section .boot.header progbits alloc noexec nowrite align=8
mb2_header:
    dd MB2_MAGIC, 0, mb2_header_end - mb2_header
    dd 0x100000000 - (MB2_MAGIC + (mb2_header_end - mb2_header))
align 8
    dw 3, 0                     ; where to enter
    dd 12, mb2_entry
align 8
    dw 4, 1                     ; console flags, optional:
    dd 12, 2                    ;   VGA text is understood
align 8
    dw 5, 1                     ; framebuffer, optional; this size if it can be
    dd 20, 1024, 768, 32
align 8
    dw 6, 0                     ; modules on page boundaries
    dd 8
align 8
    dw 0, 0
    dd 8
mb2_header_end:

section .note.Xen note alloc noexec nowrite align=4
    dd 4, 8, NOTE_PHYS32_ENTRY
    db "Xen", 0
    dq pvh_entry

section .boot.text progbits alloc exec nowrite align=16
bits 32

; IN: as the loader left it (above). Never returns. STACK: none yet.
pvh_entry:
    mov eax, PVH_MAGIC
mb2_entry:
    cli
    cld
    mov edi, eax                ; protocol, first argument of boot_main
    mov esi, ebx                ; its structure, second argument
    mov esp, early_stack_top
    rdtsc
    mov [early_tsc], eax
    mov [early_tsc + 4], edx
    call check_long_mode        ; EBP = bits of EFER that this CPU allows
    call make_early_tables

    mov eax, cr4
    or eax, CR4_PAE
    mov cr4, eax
    mov eax, early_pml4
    mov cr3, eax
    mov ecx, MSR_EFER
    rdmsr
    or eax, ebp
    wrmsr
    mov eax, cr0
    and eax, ~CR0_EM
    or eax, CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE
    mov cr0, eax
    lgdt [early_gdtr]
    jmp 0x08:.long_mode

bits 64
.long_mode:
    mov eax, 0x10
    mov ds, eax
    mov es, eax
    mov ss, eax
    xor eax, eax
    mov fs, eax
    mov gs, eax
    mov rdx, [abs early_tsc]    ; third argument
    mov edi, edi
    mov esi, esi
    mov rax, KERNEL_BASE + early_stack_top
    mov rsp, rax
    xor ebp, ebp                ; end of the chain of stack frames
    mov rax, boot_main
    call rax
    ud2

bits 32

; OUT: EBP = EFER bits to set: LME, and NXE where there is NX. Stops with a message on a CPU without long mode.
; CLOBBERS: EAX EBX ECX EDX
check_long_mode:
    mov ebp, EFER_LME
    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb .absent
    mov eax, 0x80000001
    cpuid
    bt edx, 29
    jnc .absent
    bt edx, 20
    jnc .done
    or ebp, EFER_NXE
.done:
    ret
.absent:
    mov esi, no_long_mode_text
    mov ebx, 0xb8000
.next:
    lodsb
    test al, al
    jz .halt
    out 0xe9, al
    mov dx, 0x3f8
    out dx, al
    mov ah, 0x4f
    mov [ebx], ax
    add ebx, 2
    jmp .next
.halt:
    cli
    hlt
    jmp .halt

; Fills the early tables, which the loader zeroed with the rest of the .boot.bss section. CLOBBERS: EAX ECX EDX
make_early_tables:
    mov dword [early_pml4], early_pdpt_low + PTE_P_W
    mov dword [early_pml4 + 511 * 8], early_pdpt_high + PTE_P_W
    mov dword [early_pdpt_high + 510 * 8], early_pd + PTE_P_W
    xor ecx, ecx
    mov eax, early_pd + PTE_P_W
.pdpt:
    mov [early_pdpt_low + ecx * 8], eax
    add eax, 4096
    inc ecx
    cmp ecx, 4
    jb .pdpt
    xor ecx, ecx
    mov eax, PTE_P_W | PTE_PS
.pd:
    mov [early_pd + ecx * 8], eax
    add eax, 2 << 20
    inc ecx
    cmp ecx, 4 * 512
    jb .pd
    ret

no_long_mode_text: db "Exon: this CPU has no 64-bit mode, which Exon needs", 0

align 8
early_gdt:
    dq 0
    dq GDT_KERNEL_CODE
    dq GDT_KERNEL_DATA
early_gdtr:
    dw early_gdtr - early_gdt - 1
    dd early_gdt

section .boot.bss nobits alloc noexec write align=4096
early_pml4: resb 4096
early_pdpt_low: resb 4096
early_pdpt_high: resb 4096
early_pd: resb 4 * 4096
early_stack: resb 16384
early_stack_top:
early_tsc: resq 1
