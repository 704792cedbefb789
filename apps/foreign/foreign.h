/* SPDX-License-Identifier: MIT
 *
 * foreign.h: what a program with a library OS of its own finds when `foreign` starts it. Layer: apps; plain data, no code.
 *
 * The program is a static ELF file for x86-64. It runs in an environment of its own, under a capability of its own below
 * the session's: the session could end it, it cannot touch the session. When it starts:
 *
 *   the image       as its program headers say
 *   activation 0    enters the ELF entry point for the first run upcall, disabled, without a stack; all its entries are
 *                   that address until the program sets others; user[0] is the address of struct foreign_pages
 *   slot 0          its capability, with all rights; quotas hang on it
 *   time            one slice
 *
 * Rings have free-running positions (used = head - tail); data first, position second (release). Who moves a position
 * rings its doorbell. `foreign` believes nothing in these pages; nor need the program.
 */
#ifndef APPS_FOREIGN_H
#define APPS_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

#include "abi/info.h"

#define FOREIGN_MAGIC 0x4e474945524f4658ull
#define FOREIGN_PAGES 4u
#define FOREIGN_SLOTS 8u /* context slots of activation 0 */

enum { FOREIGN_ARGUMENTS = 2048, FOREIGN_INPUT = 4096, FOREIGN_OUTPUT = 8192 }; /* bytes; rings are powers of two */

struct foreign_ring {
    uint32_t head; /* the producer's */
    uint32_t tail; /* the consumer's */
};

struct foreign_pages {
    uint64_t magic;
    uint32_t argc;          /* strings in arguments[], each ended by NUL; the first is the program's name */
    uint32_t ended;         /* the program sets it to 1, after status, and then destroys its environment */
    uint32_t status;        /* 0 .. 255 */
    uint32_t input_closed;  /* nothing will follow what is in the ring */
    struct foreign_ring output, input;
    char arguments[FOREIGN_ARGUMENTS];
    uint8_t input_bytes[FOREIGN_INPUT] __attribute__((aligned(4096)));
    uint8_t output_bytes[FOREIGN_OUTPUT];
};

/* The ELF note by which such a program is known: owner "Exo", this type, and the version of the kernel's interface. */
#define FOREIGN_NOTE_TYPE 2u
struct foreign_note {
    uint32_t name_bytes, body_bytes, type;
    char name[4];
    uint32_t abi_version, reserved;
};
#define FOREIGN_NOTE \
    __attribute__((section(".note.exo"), used, aligned(8))) static const struct foreign_note foreign_note = { \
        4, 8, FOREIGN_NOTE_TYPE, "Exo", EXO_ABI_VERSION, 0}

_Static_assert(sizeof(struct foreign_pages) == FOREIGN_PAGES * 4096, "foreign_pages");
_Static_assert(offsetof(struct foreign_pages, arguments) == 40, "foreign_pages is shared by programs compiled apart");

#endif
