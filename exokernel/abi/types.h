/* SPDX-License-Identifier: MIT
 *
 * types.h: capabilities, rights, arguments and limits of the system calls (calls.tbl). Plain data, shared by the kernel
 * and every libOS; nothing here is a policy.
 *
 * Every structure that ring 3 passes in is copied once and checked before it is used; reserved fields must be zero.
 */
#ifndef EXO_ABI_TYPES_H
#define EXO_ABI_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "map.h"

typedef uint64_t paddr_t;  /* physical address, bytes */
typedef uint64_t vaddr_t;  /* virtual address, bytes */
typedef uint32_t frame_t;  /* frame number: paddr_t >> EXO_PAGE_BITS */
typedef uint64_t env_id_t; /* generation << EXO_ENV_BITS | index into the environment table; never 0, never reused */

/* A capability is a name (a bit string) with rights; a guard is a name. A dominates B if A's bits are a prefix of B's.
 * bits is left-aligned: bit 63 comes first; bits beyond len are zero. (Mazieres and Kaashoek, HotOS 1997.) */
struct exo_cap {
    uint64_t bits;
    uint8_t len; /* 0 .. 64 */
    uint8_t rights;
    uint8_t reserved[6];
};

enum {
    EXO_RIGHT_READ = 1,    /* map frames read-only */
    EXO_RIGHT_WRITE = 2,   /* map frames writable; allocate under this name */
    EXO_RIGHT_CONTROL = 4, /* free, share, change guards, destroy, revoke */
    EXO_RIGHT_GRANT = 8,   /* derive from it and give it to others */
    EXO_RIGHTS_ALL = 15,
};

enum {
    EXO_CAP_SLOTS = 16, /* of an environment; slot 0 is empty only if its owner drops it */
    EXO_CAP_NONE = ~0u,

    EXO_ENV_BITS = 10,
    EXO_ENVS_MAX = 1 << EXO_ENV_BITS,
    EXO_ACTS_MAX = 8, /* activations of an environment */
    EXO_CPUS_MAX = 8,
    EXO_FRAMES_MAX = 64, /* a call of frame_alloc, frame_free */
    EXO_SHARE_MAX = 512,  /* frames a call of frame_share, frame_guard */
    EXO_PT_OPS_MAX = 64,
    EXO_PT_PAGES_MAX = 512, /* pages changed by one pt_update */
    EXO_SLICES = 1024,      /* positions of a CPU's slice vector */
    EXO_ACT_SLICES = 64,    /* slices of one activation */
    EXO_TERMS_MAX = 8,
    EXO_WATCHES_MAX = 8,
    EXO_FRAME_WAITERS_MAX = 255, /* sleepers and watchers on words of one frame */
    EXO_IRQ_SLOTS = 8,           /* irq_count[] of an activation */
    EXO_IRQ_PRIORITIES = 11,     /* 0 .. 10, the highest; exo_irq_spec.priority */
    EXO_LINE_USERS = 4,          /* activations bound to one interrupt line */
    EXO_PORT_RANGES = 16,        /* of an environment */
    EXO_PCT_BINDINGS = 16,       /* of an environment */
    EXO_PCT_DEPTH = 8,           /* calls within calls */
};

#define EXO_FRAME_ANY 0xffffffffu
#define EXO_SLICE_ANY 0xffffffffu
#define EXO_ACT_ANY 0xffffffffu
#define EXO_ENV_NONE (~0ull)
#define EXO_FOREVER (~0ull)

/* frame_alloc flags */
enum {
    EXO_FRAME_ZERO = 1,
    EXO_FRAME_AUTO = 2,
    EXO_FRAME_RUN = 4,
};

/* Kinds of what quota_set limits. Page tables, upcall pages and context slots are FRAMES; the waits, watches and timer of an
 * activation come with it (ACTS). Access lists, log and trace rings are of fixed size and cost nothing more. */
enum {
    EXO_QUOTA_FRAMES,
    EXO_QUOTA_ENVS,
    EXO_QUOTA_SLICES,
    EXO_QUOTA_ACTS,        /* activations */
    EXO_QUOTA_QUOTAS,      /* entries of the quota table, charged to the one that each is carved out of */
    EXO_QUOTA_REVOCATIONS, /* prefixes whose cap_revoke is unfinished, charged to who began it */
    EXO_QUOTA_LINES,       /* interrupt lines bound */
    EXO_QUOTA_PORTS,       /* port ranges bound */
    EXO_QUOTA_TRANSFERS,   /* transfers of devices under way, each of which pins a frame */
    EXO_QUOTA_KINDS
};

/* Kinds of what revoke_ask asks back. revoke_take names a frame by its number, a slice by its CPU << 32 | position, an
 * interrupt line by its number, a range of ports, as it was bound, by its first. */
enum { EXO_REVOKE_FRAMES, EXO_REVOKE_SLICES, EXO_REVOKE_LINES, EXO_REVOKE_PORTS, EXO_REVOKE_KINDS };
#define EXO_SLICE_NAME(cpu, position) ((uint64_t)(cpu) << 32 | (position))

/* pt_update: one range of pages. */
enum {
    EXO_PT_MAP,     /* map frames frame .. frame + count - 1 at va; what was mapped there goes */
    EXO_PT_UNMAP,   /* entries become empty; where soft != 0 they keep it (EXO_PTE_SOFT) */
    EXO_PT_PROTECT, /* change the prot bits of present entries; others are left alone */
    EXO_PT_PRUNE,   /* free the table pages of the range that have become empty */
    EXO_PT_FRESH,   /* map count (at most EXO_FRAMES_MAX) new frames of zeroes: any free ones, under the name of the
                       capability in slot cap of the target, with EXO_FRAME_AUTO; the window tells which. frame is 0 */
    EXO_PT_CLEAR,   /* clear accessed or dirty bits of present entries: soft says which (EXO_CLEAR_*). What is set
                       afterwards was used, or written, since */
};
enum { EXO_CLEAR_ACCESSED = 1, EXO_CLEAR_DIRTY = 2 };
enum {
    EXO_PROT_WRITE = 1,
    EXO_PROT_EXEC = 2,
    EXO_PROT_WX = 4,    /* said by a caller who wants WRITE and EXEC at once; without it that is refused */
    EXO_PROT_NONE = 8,  /* PROTECT: keep the frame, no access from ring 3 */
    EXO_PROT_LARGE = 16, /* MAP, UNMAP, PROTECT: va and frame aligned to 2 MiB, count in 2 MiB pages */
};
struct exo_pt_op {
    uint64_t va;    /* page-aligned, below EXO_USER_TOP with the whole range */
    uint32_t frame; /* MAP: first frame (or first frame of a published device range) */
    uint32_t count; /* pages, 1 .. EXO_PT_PAGES_MAX */
    uint8_t op;     /* EXO_PT_* */
    uint8_t prot;   /* EXO_PROT_* */
    uint8_t soft;   /* 0..7: the libOS's own three bits in each entry */
    uint8_t cap;    /* MAP: slot of the target environment that authorises it, or EXO_PT_ACL */
    uint32_t reserved;
};
/* For pt_one: op, prot, soft and cap as they lie in struct exo_pt_op. */
#define EXO_PT_WHAT(op, prot, soft, cap) ((uint32_t)(op) | (uint32_t)(prot) << 8 | (uint32_t)(soft) << 16 | (uint32_t)(cap) << 24)
#define EXO_PT_ACL 0xff /* the access list names a capability of the target environment: any slot may match */

/* Page-table entries as the window shows them (Intel SDM vol 3 §4.5). Bits 9 to 11 are the libOS's soft bits. A
 * no-access page is kept present with EXO_PTE_U clear. A not-present entry is 0 or soft bits alone. */
#define EXO_PTE_P 0x1ull
#define EXO_PTE_W 0x2ull
#define EXO_PTE_U 0x4ull
#define EXO_PTE_A 0x20ull
#define EXO_PTE_D 0x40ull
#define EXO_PTE_PS 0x80ull
#define EXO_PTE_SOFT_SHIFT 9
#define EXO_PTE_SOFT 0xe00ull
#define EXO_PTE_ADDR 0x000ffffffffff000ull
#define EXO_PTE_NX 0x8000000000000000ull

struct exo_env_spec {
    char name[16];      /* published; NUL-terminated */
    uint32_t act;       /* activation of the caller that gets EXO_EVENT_CHILD */
    uint32_t reserved;
};

/* One term of a wakeup predicate: word OP value, unsigned. Terms form alternatives; a term with EXO_TERM_AND joins the
 * next one. The word is 4 or 8 bytes, naturally aligned. */
enum { EXO_TERM_EQ, EXO_TERM_NE, EXO_TERM_LT, EXO_TERM_GE };
enum { EXO_TERM_AND = 1 };
struct exo_term {
    uint64_t word; /* address */
    uint64_t value;
    uint8_t op;
    uint8_t width; /* 4 or 8 */
    uint8_t flags;
    uint8_t reserved[5];
};
#define EXO_WAIT_EVENT 64 /* result of wait: an event is pending (greater than any term's index) */

/* irq_bind: how a line is wanted. cpu and priority are the line's: those of the last binding hold. */
enum {
    EXO_IRQ_SHARED = 1, /* others may be bound to it as well, if they say so, too */
    EXO_IRQ_MASKED = 2, /* no interrupt before the first irq_ack */
};
struct exo_irq_spec {
    uint32_t index;    /* which irq_count[] of the activation counts it */
    uint32_t flags;    /* EXO_IRQ_* */
    uint32_t cpu;      /* that is interrupted (0 where there are no APICs) */
    uint32_t priority; /* of those that wait, the CPU takes the highest first (8259: by line, whatever this is) */
    uint64_t gap_ns;   /* from one interrupt to the next at least; the longest one of a line holds */
};
/* pct_gate: whom an environment admits. */
enum { EXO_GATE_CLOSED, EXO_GATE_NAMED, EXO_GATE_OPEN };

/* pct_reply flags */
enum { EXO_PCT_KEEP = 1 }; /* go on after the reply instead of becoming idle */

#define EXO_RANDOM_FAILED 0xffffffffu /* random_fill: the device wrote nothing */

/* power actions */
enum { EXO_POWER_OFF, EXO_POWER_RESET };

_Static_assert(sizeof(struct exo_cap) == 16, "exo_cap");
_Static_assert(sizeof(struct exo_pt_op) == 24, "exo_pt_op");
_Static_assert(sizeof(struct exo_env_spec) == 24, "exo_env_spec");
_Static_assert(sizeof(struct exo_term) == 24, "exo_term");
_Static_assert(sizeof(struct exo_irq_spec) == 24, "exo_irq_spec");

/* Does name a dominate name b? */
static inline int exo_cap_dominates(uint64_t a_bits, unsigned a_len, uint64_t b_bits, unsigned b_len)
{
    return a_len <= b_len && (a_bits == b_bits || (unsigned)__builtin_clzll(a_bits ^ b_bits) >= a_len);
}

#endif
