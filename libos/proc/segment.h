/* SPDX-License-Identifier: MIT
 *
 * segment.h: what lies in the session segment: its header, its frame map, the process table. Layer: libos/proc, and the
 * roots that libos/fs and libos/dev keep in the header.
 *
 *   page 0                     struct session_header
 *   page 1 .. SESSION_L1_PAGES level 1 of the page map: frame of each page of level 2
 *   page SESSION_L2_PAGE ..    level 2: a struct session_page for each page of the segment; made when needed
 *   page SESSION_HEAP_PAGE ..  what session_alloc hands out
 *
 * The first SESSION_FIXED_PAGES frames are consecutive and mapped by who spawns. A frame number in the map is written
 * once, when the frame is there, under alloc_lock: the fault handler reads it without a lock. Pages are never taken back.
 */
#ifndef LIBOS_SEGMENT_H
#define LIBOS_SEGMENT_H

#include "abi/types.h"
#include "exo/layout.h"
#include "proc/place.h"
#include "proc/session.h"

#define SESSION_MAGIC 0x4e4f495353455358ull
#define SESSION_L1_PAGES 4u
#define SESSION_FIXED_PAGES (1 + SESSION_L1_PAGES)
#define SESSION_ENTRIES (EXO_PAGE_BYTES / 4)
#define SESSION_L2_PAGE 16u
#define SESSION_L2_PAGES (SESSION_L1_PAGES * SESSION_ENTRIES)
#define SESSION_L2_ENTRIES (EXO_PAGE_BYTES / 8)
#define SESSION_HEAP_PAGE (SESSION_L2_PAGE + SESSION_L2_PAGES)
#define SESSION_PAGES (SESSION_L2_PAGES * SESSION_L2_ENTRIES) /* 8 GiB */

#define SESSION_CLASSES 14 /* size classes of small blocks */
#define SESSION_BINS 21    /* free runs of 2^bin pages and more */

#define PROCESS_CHUNK 32u                  /* entries of the process table allocated at a time */
#define PROCESS_CHUNKS 64u                 /* 2,048 processes and zombies */
#define PROCESS_PID_MAX 32767
#define PROCESS_NAME 32

enum { PROCESS_FREE, PROCESS_STARTING, PROCESS_RUNNING, PROCESS_ZOMBIE };

/* One process. Guarded by session_header.table_lock, but for the words that others change atomically and ring. */
struct process {
    uint32_t state; /* PROCESS_* */
    uint32_t generation; /* grows when the entry is freed */
    int32_t pid, ppid;
    int32_t pgrp;
    uint32_t parent; /* slot */
    int32_t status;  /* as waitpid gives it; valid in PROCESS_ZOMBIE */
    uint32_t placed; /* its environment has CPU time: stored by the first environment */
    env_id_t env;    /* 0: not made yet */
    session_off files; /* descriptor table (libos/fs); 0: none, or already released */
    uint64_t start_ns;
    uint32_t signals;  /* atomic; bit n: signal n is pending. Rung; watched by the process */
    uint32_t children; /* atomic; grows when a child ends. Rung; waited on by waitpid */
    struct place_request place; /* what it asks the first environment for */
    uint32_t promised; /* pages of memory that it may still touch (libos/mem/budget.h); stored by the process */
    uint32_t kept_len;     /* > 0: what lies below this name is ended with the process */
    uint64_t kept_bits;
    uint64_t threads;      /* where its struct thread_list lies in physical memory (proc/threads_of.h); 0: not said */
    char name[PROCESS_NAME];
};

/* Of each page of the segment, at level 2 of the map. `info` is 0 but in the first page of a run in use and in pages cut
 * into small blocks; it is what the free lists can be made from again when a process died while changing them. */
enum { SESSION_PAGE_RUN = 1, SESSION_PAGE_SMALL = 2 };
struct session_page {
    uint32_t frame; /* 0: none */
    uint32_t info;  /* SESSION_PAGE_* << 28 | pages of the run, or class */
};

/* Requests of the session to the first environment (session_header.request, rung). */
enum { SESSION_REQUEST_NONE, SESSION_REQUEST_POWER_OFF, SESSION_REQUEST_REBOOT };

struct session_header {
    uint64_t magic;
    uint64_t layout; /* SESSION_LAYOUT of the program that made the segment */

    /* Written once by the first environment (but for places_asked). */
    struct exo_cap cap;   /* the session's capability */
    uint32_t first_frame; /* of the fixed pages */
    uint32_t places_asked; /* atomic: so many requests for CPU time (struct place_request) */
    uint32_t tty_frame, tty_pages; /* terminal pages: consecutive frames, mapped at EXO_TTY_BASE (0: none) */
    uint32_t boot_frame, boot_pages; /* boot image, mapped read-only at EXO_BOOT_IMAGE_BASE */
    uint64_t archive_offset, archive_bytes; /* of the cpio archive in it */

    /* Roots of other modules; 0 until they make them (under root_lock). */
    struct session_lock root_lock;
    session_off ramfs_root;
    session_off open_files;
    session_off semaphores; /* first one that has a name (posix/semaphore_named.c) */
    session_off spare_root[5];

    /* Page map and allocator (session_map.c, session_alloc.c). */
    struct session_lock alloc_lock;
    uint32_t pages;      /* of the segment: heap pages below this have a frame */
    uint32_t free_pages; /* in free runs, */
    uint32_t freed_runs; /* and how many were freed since they were last joined */
    uint32_t reserved;
    session_off free_small[SESSION_CLASSES]; /* free blocks, by class */
    session_off free_runs[SESSION_BINS];     /* free page runs, by size */
    uint64_t allocations, frees;             /* counters, published by tools */

    /* Process table (proc.c). */
    struct session_lock table_lock;
    session_off chunk[PROCESS_CHUNKS];
    uint32_t slots; /* entries below this have been in use */
    int32_t last_pid;
    uint64_t spawned, reaped;

    uint32_t request; /* SESSION_REQUEST_*; who stores it notifies the first environment */
    uint32_t reserved_word;
};

/* Programs that share a segment must agree on this: sizes of what is shared, and a number to raise when meaning changes
 * at the same size. */
#define SESSION_LAYOUT \
    (((uint64_t)3 << 48) | (uint64_t)sizeof(struct session_header) << 24 | (uint64_t)sizeof(struct process) << 8 | \
     sizeof(struct session_lock))

_Static_assert(sizeof(struct session_header) <= EXO_PAGE_BYTES, "session_header is one page");
_Static_assert(SESSION_FIXED_PAGES <= SESSION_L2_PAGE, "fixed pages lie before the map");
_Static_assert((uint64_t)SESSION_PAGES * EXO_PAGE_BYTES <= EXO_SESSION_END - EXO_SESSION_BASE, "segment fits");

/* The header, at its one address. */
static inline struct session_header *session_header(void) { return (struct session_header *)EXO_SESSION_BASE; }

#endif
