/* SPDX-License-Identifier: MIT
 *
 * start.h: the start block, which a parent leaves at EXO_START_BASE in a new environment: arguments, environment, what it
 * belongs to, what it inherits. Layer: libOS, between spawn (writer) and the start code (reader).
 *
 * The block is the first thing in whole pages mapped read-write (argv may be changed); all addresses in it are addresses
 * in the new environment. user[0] of activation 0 holds EXO_START_BASE. The first environment has no start block (user[0]
 * is 0 there).
 *
 * What else spawn leaves in a new environment:
 *   slot 0          the session's capability (or the one named by proc_spawn.cap)
 *   the image       as its program headers say; .bss is zero pages, mapped at once
 *   upcall stacks   as the image's struct libos_note says
 *   the segment     (of a process) the pages of struct session_header; the others are mapped by session_fault()
 * The stack of the main thread and the heap are the business of the child's own fault handler.
 */
#ifndef LIBOS_START_H
#define LIBOS_START_H

#include <stddef.h>
#include <stdint.h>

#define START_MAGIC 0x5452415453584f45ull
#define START_BYTES_MAX (256 * 1024) /* arguments and environment beyond this fail with E2BIG */
#define START_NO_PROCESS 0xffffffffu
#define START_DATA 16

enum {
    START_SESSION = 1, /* a process: segment attached, process_slot valid */
    START_TTY = 2,     /* terminal pages can be mapped at EXO_TTY_BASE (session_fault does it) */
    START_BOOT = 4,    /* the boot image can be mapped at EXO_BOOT_IMAGE_BASE (session_fault does it) */
};

struct start_block {
    uint64_t magic;
    uint32_t bytes; /* of the block with its strings; the mapping is this rounded up to pages */
    uint32_t flags; /* START_* */

    /* Arguments: NULL-terminated tables of addresses. */
    uint32_t argc, envc;
    uint64_t argv, envp;
    uint64_t path; /* of the program, as it was found */
    uint64_t cwd;  /* working directory, absolute */

    /* Session. */
    uint64_t session_hash;  /* SESSION_LAYOUT of the parent; a child built differently refuses to run */
    uint32_t process_slot;  /* in the process table, or START_NO_PROCESS */
    int32_t pid, ppid;      /* 0 without a session */
    uint32_t umask;
    uint32_t signal_mask;    /* bit n - 1: signal n is blocked, */
    uint32_t signal_ignored; /* is ignored */
    uint64_t files;          /* session_off of the new process's descriptor table (kept by libos/fs), or 0 */

    /* Boot image: the archive behind the first environment's program. */
    uint64_t archive_offset, archive_bytes; /* from EXO_BOOT_IMAGE_BASE */

    /* For drivers and servers that are no process: meaning agreed between who spawns and who runs. */
    uint64_t data[START_DATA];
};

_Static_assert(sizeof(struct start_block) == 112 + 8 * START_DATA, "start_block is shared by programs linked apart");

#endif
