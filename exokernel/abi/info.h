/* SPDX-License-Identifier: MIT
 *
 * info.h: the tables that the kernel publishes read-only to every environment, at the addresses in map.h.
 *
 * What can be read needs no call. An entry with a `seq` is consistent if seq was even and the same before and after it
 * was read (a sequence lock whose writer is the kernel). docs/security.md says what these tables give away.
 */
#ifndef EXO_ABI_INFO_H
#define EXO_ABI_INFO_H

#include "types.h"

#define EXO_INFO_MAGIC 0x4f4658452d4f5845ull
#define EXO_ABI_VERSION 1

enum { EXO_XSAVE_FXSAVE, EXO_XSAVE_XSAVE }; /* form of exo_context.xsave */

/* exo_info.cpu_features */
enum {
    EXO_CPU_FSGSBASE = 1, /* WRFSBASE and friends work in ring 3 */
    EXO_CPU_RDRAND = 2,
    EXO_CPU_SMEP = 4,
    EXO_CPU_SMAP = 8,
    EXO_CPU_UMIP = 16,
    EXO_CPU_NX = 32,
    EXO_CPU_RDCL_NO = 64, /* not open to Meltdown */
    EXO_CPU_RDTSCP = 128,
    EXO_CPU_INVTSC = 256,
};

/* At EXO_PUB_INFO; constant after boot but for free_frames. */
struct exo_info {
    uint64_t magic;
    uint32_t abi_version;
    uint32_t cpus; /* online, numbered from 0 */
    uint32_t frames; /* entries of the frame table: frame numbers are below this */
    uint32_t free_frames;
    uint32_t xsave; /* EXO_XSAVE_* */
    uint32_t xsave_bytes;
    uint64_t xcr0;
    uint64_t cpu_features;
    uint64_t slice_ns;
    uint64_t grace_ns; /* between slice_end and preemption */
    uint32_t devices; /* entries of the device table */
    uint32_t log_records;   /* entries of the log ring */
    uint32_t trace_records; /* entries of each CPU's trace ring, a power of two */
    uint32_t quotas;        /* entries of the quota table */
    uint32_t module_frame;  /* the boot image: first frame, */
    uint32_t module_frames; /* how many, */
    uint64_t module_bytes;  /* and its length */
    uint64_t boot_tsc;      /* TSC at kernel entry */
    uint32_t fb_frame;      /* framebuffer: first frame (0: none) */
    uint32_t fb_width, fb_height, fb_pitch; /* pixels, pixels, bytes */
    uint8_t fb_bits;                        /* a pixel */
    uint8_t fb_red_shift, fb_green_shift, fb_blue_shift;
    uint32_t text_frame; /* VGA text memory: its frame (0: none) */
    uint32_t lines;       /* entries of the table of interrupt lines */
    uint32_t trace_frame; /* first frame of the trace rings, which are one run of frames */
    char cpu_name[48];
    char boot_protocol[16]; /* "pvh", "multiboot2" */
    char machine[16];       /* "pc", "q35", "microvm" as far as the kernel can tell, else "" */
};

/* At EXO_PUB_CLOCK. now_ns = base_ns + ((rdtsc - base_tsc) * mult >> 32), with a product of 128 bits; monotonic since
 * boot. Unix time = now_ns + unix_offset_ns. */
struct exo_clock {
    uint32_t seq;
    uint32_t reserved;
    uint64_t mult;
    uint64_t base_tsc;
    uint64_t base_ns;
    uint64_t tsc_hz;
    int64_t unix_offset_ns;
};

enum { EXO_ENV_FREE, EXO_ENV_LIVE, EXO_ENV_ENDING }; /* exo_env_info.state */
enum {
    EXO_ACT_NONE,
    EXO_ACT_READY,
    EXO_ACT_RUNNING,
    EXO_ACT_WAITING,
    EXO_ACT_STOPPED, /* faulted too deeply, or with unusable upcalls */
    EXO_ACT_CALLING, /* waits for the reply to a call */
    EXO_ACT_IDLE,    /* takes calls */
}; /* exo_env_info.act[].state */

/* An activation. state and cpu change together, by one store of the kernel and without seq; all else stands for itself. Time
 * beyond a slice's end is owed by the activation to which the slice is bound. */
struct exo_act_info {
    uint8_t state; /* EXO_ACT_* */
    uint8_t cpu;   /* RUNNING: where it runs; else its home */
    uint16_t slices;
    uint32_t stop_vector; /* STOPPED: the exception that was one too many */
    uint64_t run_ns;      /* time that it ran, on whosever slice */
    uint64_t charged_ns;  /* time of its slices that passed, whoever ran on them */
    uint64_t debt_ns;     /* taken off its next slices; at most one slice */
};

/* At EXO_PUB_ENVS: EXO_ENVS_MAX entries. */
struct exo_env_info {
    uint32_t seq;
    uint8_t state;
    uint8_t guard_len;
    uint8_t sweeping; /* its mappings are being checked against its capabilities */
    uint8_t acts;
    env_id_t id;
    uint64_t guard_bits;
    env_id_t patron;
    uint32_t pml4_frame;
    uint32_t mapped;      /* present user mappings */
    uint32_t table_pages; /* page-table pages, charged to it */
    uint8_t gate;         /* EXO_GATE_* */
    uint8_t reserved;
    uint16_t taken;       /* records of its repossession vector so far, lost ones included (modulo 65536) */
    struct exo_cap gate_name; /* EXO_GATE_NAMED: who holds a capability that dominates it, with these rights, may call */
    char name[16];
    struct exo_act_info act[EXO_ACTS_MAX];
    struct exo_cap caps[EXO_CAP_SLOTS]; /* rights 0: empty */
};

/* At EXO_PUB_SLICES + cpu * EXO_SLICES * sizeof: a CPU's vector. */
struct exo_slice {
    uint64_t guard_bits;
    env_id_t env; /* 0: bound to nobody */
    uint32_t act;
    uint8_t guard_len;
    uint8_t allocated;
    uint16_t quota; /* entry of the quota table that is charged */
};

enum {
    EXO_FRAME_RESERVED, /* no RAM, or the firmware's */
    EXO_FRAME_FREE,
    EXO_FRAME_USER,   /* guarded by a capability */
    EXO_FRAME_DYING,  /* freed or taken, but still mapped or pinned */
    EXO_FRAME_TABLE,  /* a page table of an environment */
    EXO_FRAME_PINNED, /* an activation's page */
    EXO_FRAME_KERNEL, /* the kernel's own */
};
enum { EXO_FRAME_IS_AUTO = 1, EXO_FRAME_IS_TAKEN = 2 }; /* exo_frame.flags; TAKEN: DYING, by force: mappings go too */
enum { EXO_ACL_ENTRIES = 2 };

/* At EXO_PUB_FRAMES: exo_info.frames entries, by frame number. One bit a frame, set if it is free, at EXO_PUB_FREE. */
struct exo_frame {
    uint64_t guard_bits; /* of a free frame: its last owner's */
    uint8_t guard_len;
    uint8_t type;  /* EXO_FRAME_* */
    uint8_t flags; /* EXO_FRAME_IS_* */
    uint8_t waiting; /* sleepers and watchers on words of it */
    uint32_t seq;
    uint32_t maps;   /* mappings of it (TABLE: entries in use), */
    uint32_t writes; /* of which writable */
    uint16_t pins;   /* transfers under way */
    uint16_t quota;  /* entry of the quota table that is charged */
    uint32_t waiters; /* first sleeper or watcher on one of its words (kernel's numbering), or 0 */
    struct exo_cap acl[EXO_ACL_ENTRIES]; /* rights 0: empty */
};

/* At EXO_PUB_QUOTAS. Entry 0 is the empty prefix. */
struct exo_quota {
    uint64_t bits;
    uint8_t len;
    uint8_t used_entry; /* 0: this entry is free */
    uint16_t parent;
    uint32_t reserved;
    uint64_t used[EXO_QUOTA_KINDS];
    uint64_t limit[EXO_QUOTA_KINDS];
};

enum { EXO_DEV_PLATFORM, EXO_DEV_PCI, EXO_DEV_VIRTIO_MMIO }; /* exo_device.bus */
enum { EXO_RANGE_NONE, EXO_RANGE_MMIO, EXO_RANGE_PORTS, EXO_RANGE_FRAMEBUFFER };

/* At EXO_PUB_DEVICES. */
struct exo_device {
    uint16_t bus;
    uint16_t vendor, device; /* PCI ids; virtio-mmio: 0x1af4 and the virtio device id */
    uint16_t subsystem;
    uint32_t class_code; /* PCI class, subclass, interface: 0xCCSSII */
    uint32_t address;    /* PCI: bus << 8 | device << 3 | function */
    uint32_t irq;        /* interrupt line (GSI), ~0: none */
    uint32_t reserved;
    struct {
        uint64_t base; /* physical address or port number */
        uint64_t bytes;
        uint32_t kind; /* EXO_RANGE_* */
        uint32_t reserved;
    } range[6];
    char name[24];   /* "serial0", "virtio-rng", "PCI bridge" */
    char driver[16]; /* who drives it; empty: nobody */
};

/* At EXO_PUB_PORTS: EXO_ENVS_MAX entries, by the index of the environment: the I/O ports bound to it. */
struct exo_ports {
    uint32_t seq;
    uint32_t ranges;
    env_id_t env;
    struct {
        uint16_t first;
        uint16_t last;
    } range[EXO_PORT_RANGES];
};

struct exo_line_user {
    env_id_t env; /* 0: nobody */
    uint64_t gap_ns;
    uint8_t act;
    uint8_t index; /* of irq_count[] */
    uint8_t flags; /* EXO_IRQ_* */
    uint8_t unacknowledged; /* the line waits for it */
    uint32_t reserved;
};

/* At EXO_PUB_LINES: exo_info.lines entries, by interrupt line (global system interrupt, or ISA line where there are no
 * APICs). A line is unmasked when no user's acknowledgement is wanting and last_ns + gap_ns has passed. */
struct exo_line {
    uint32_t seq;
    uint8_t valid; /* the machine has it */
    uint8_t masked;
    uint8_t users;
    uint8_t cpu; /* that is interrupted */
    uint8_t priority;
    uint8_t reserved[7];
    uint64_t interrupts; /* so far */
    uint64_t last_ns;    /* when the last one came */
    uint64_t gap_ns;     /* of its users, the longest */
    struct exo_line_user user[EXO_LINE_USERS];
};

#define EXO_LOG_TEXT 208
enum exo_log_level { EXO_LOG_PANIC, EXO_LOG_ERROR, EXO_LOG_WARN, EXO_LOG_NOTICE, EXO_LOG_INFO, EXO_LOG_DEBUG };

/* At EXO_PUB_LOG: record number n (from 1) stands at index n % log_records and is valid if its seq is n before and after
 * it was read. Text is a message followed by key=value fields. */
struct exo_log {
    uint64_t seq;
    uint64_t time_ns;
    uint8_t level;
    uint8_t cpu;
    uint16_t bytes;
    uint32_t reserved;
    env_id_t env; /* that wrote it; 0: the kernel */
    char subsystem[16];
    char text[EXO_LOG_TEXT];
};

/* exo_trace.kind: what code and arg[] are. A call without CALL_END gave up the CPU (WAKE has its result, or it is 0), or
 * does not return. */
enum {
    EXO_TRACE_CALL,     /* code: number; arg: all six argument registers */
    EXO_TRACE_CALL_END, /* code: number; arg: result */
    EXO_TRACE_UPCALL,   /* code: EXO_UPCALL_*; arg: pending events, context slot of the saved state, address of the entry */
    EXO_TRACE_FAULT,    /* code: exception vector; arg: address (CR2), RIP, error code. A fault upcall follows */
    EXO_TRACE_SWITCH,   /* code: slice position; arg: when the slice ends (ns). env, act run now (env 0: the CPU is idle) */
    EXO_TRACE_WAKE,     /* code: activation that ends its wait; arg: id of its environment, result of its wait */
    EXO_TRACE_IRQ,      /* code: line */
    EXO_TRACE_TRANSFER, /* code: activation that is entered; arg: id of its environment, EXO_CALL_* that does it */
    EXO_TRACE_ENV,      /* code: 1 made, 0 ended; arg: id, and its name in two words */
    EXO_TRACE_STOP,     /* code: activation stopped for good; arg: id of its environment, stop_vector */
    EXO_TRACE_COPY_IN,  /* code: bytes (at most 40) that a call read; arg: their address, then the bytes. The first 240 */
    EXO_TRACE_COPY_OUT, /* likewise what it wrote */
    EXO_TRACE_INTERRUPT,     /* code: vector of an interrupt; 0: a call that ends meets an event or the end of its slice */
    EXO_TRACE_INTERRUPT_END, /* code: the vector, or 0; ring 3 goes on */
    EXO_TRACE_KINDS
};

/* At EXO_PUB_TRACE + cpu * trace_records * sizeof: as the log. Each CPU numbers its own records. */
struct exo_trace {
    uint64_t seq;
    uint64_t time_ns;
    env_id_t env; /* that ran; 0: none */
    uint8_t kind; /* EXO_TRACE_* */
    uint8_t act;  /* that ran */
    uint16_t reserved;
    uint32_t code;
    uint64_t arg[6];
};

_Static_assert(sizeof(struct exo_info) <= EXO_PAGE_BYTES, "exo_info");
_Static_assert(sizeof(struct exo_clock) == 48, "exo_clock");
_Static_assert(sizeof(struct exo_act_info) == 32, "exo_act_info");
_Static_assert(sizeof(struct exo_env_info) == 592, "exo_env_info");
_Static_assert(sizeof(struct exo_slice) == 24, "exo_slice");
_Static_assert(sizeof(struct exo_frame) == 64, "exo_frame");
_Static_assert(sizeof(struct exo_ports) == 80, "exo_ports");
_Static_assert(sizeof(struct exo_line) == 136, "exo_line");
_Static_assert(sizeof(struct exo_log) == 256, "exo_log");
_Static_assert(sizeof(struct exo_trace) == 80, "exo_trace");

#endif
