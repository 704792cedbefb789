; SPDX-License-Identifier: MIT
;
; echo_kernel.asm: the smallest guest that speaks exon-run's protocol: a PVH kernel that logs `console-ready` on port 0xe9,
; sends back what it receives on the first UART until the framed end of input, logs `exit-status N`, N being the last
; byte received (0 if there was none), and leaves by port 0xf4. The word `silent` (built with -DSILENT) makes it stop
; without a status, `-DHANG` makes it stand still.
;
; Layer: tests; 32-bit, polling, no stack. Sources: PVH (xen/include/public/elfnote.h), 16550 data sheet.

bits 32

section .note.pvh note alloc noexec nowrite align=4
    dd 4, 4, 18
    db "Xen", 0
    dd start

UART equ 0x3f8

section .text
start:
%ifdef HANG
    cli
    hlt
    jmp start
%endif
    mov dx, UART + 2            ; FIFO on and emptied, before anybody is told to send
    mov al, 7
    out dx, al
    xor ebx, ebx                ; bl = last byte
    mov esi, ready
log:
    lodsb
    test al, al
    jz .done
    out 0xe9, al
    jmp log
.done:
%ifdef SILENT
    jmp off
%endif
next:
    mov ebp, .got
    jmp receive
.got:
    cmp al, 0x10
    jne .send
    mov ebp, .escaped
    jmp receive
.escaped:
    cmp al, 4
    je finish
.send:
    mov bl, al
    mov cl, al
    mov dx, UART + 5
.room:
    in al, dx
    test al, 0x20
    jz .room
    mov dx, UART
    mov al, cl
    out dx, al
    jmp next

; OUT: al = byte. Returns to ebp.
receive:
    mov dx, UART + 5
.wait:
    in al, dx
    test al, 1
    jz .wait
    mov dx, UART
    in al, dx
    jmp ebp

; Writes bl in decimal between the words.
finish:
    mov esi, status
.copy:
    lodsb
    test al, al
    jz .number
    out 0xe9, al
    jmp .copy
.number:
    movzx eax, bl
    mov ecx, 100
    xor edx, edx
    div ecx
    mov ebx, edx
    add al, '0'
    out 0xe9, al
    mov eax, ebx
    mov ecx, 10
    xor edx, edx
    div ecx
    add al, '0'
    out 0xe9, al
    mov al, dl
    add al, '0'
    out 0xe9, al
    mov al, 10
    out 0xe9, al
off:
    mov dx, 0xf4
    xor eax, eax
    out dx, eax
    hlt
    jmp off

section .rodata
ready: db "console-ready", 10, 0
status: db "exit-status ", 0
