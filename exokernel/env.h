/* SPDX-License-Identifier: MIT
 *
 * env.h: environments and activations as the kernel keeps them. Each lives in a frame of its own, charged to the quota
 * of the capability that made it; the table holds pointers.
 *
 * All fields are guarded by kernel_lock, but for those marked (cpu), which the CPU that runs the activation may read
 * without it. A struct env stays valid until its tear-down has ended, which is not before no CPU has its page tables
 * loaded (cpu_mask is 0); so the pointer in struct cpu is always good.
 *
 *   activation:  NONE -> READY <-> RUNNING -> WAITING -> READY ...      any -> STOPPED (a fault too deep)
 *   environment: FREE -> LIVE -> ENDING -> FREE                          (reap.c does the last step)
 */
#ifndef EXOKERNEL_ENV_H
#define EXOKERNEL_ENV_H

#include <stdbool.h>

#include "activation.h"
#include "cap.h"
#include "info.h"

enum { ACT_NODES = EXO_TERMS_MAX + EXO_WATCHES_MAX };

/* What an activation does when it gets the CPU next. */
enum act_resume {
    RESUME_UPCALL,    /* run or event upcall; its enabled state, if any, is in context slot saved_slot */
    RESUME_SLICE_END, /* slice_end upcall, likewise */
    RESUME_DISABLED,  /* goes on from context slot EXO_SLOT_DISABLED */
    RESUME_PCT,       /* pct upcall with pct_call, pct_from, pct_word */
};

/* One word that an activation waits on (nodes 0 .. EXO_TERMS_MAX - 1) or watches (the rest), linked in the list of the
 * word's frame. Links are node ids: 1 + (activation id * ACT_NODES + node), 0: none. */
struct wait_node {
    uint64_t word; /* physical address; 0: not linked */
    uint32_t next, prev;
};

/* A caller's right to call another environment. */
struct pct_binding {
    uint64_t epoch; /* cap_epoch when it was found good, 0: never; while it is the same, so is */
    struct env *to;
    env_id_t id;
    uint32_t slot; /* of the capability that the gate asked for */
};
enum { PCT_BINDING_BITS = 5 };
_Static_assert(sizeof(struct pct_binding) == 1 << PCT_BINDING_BITS, "pct.asm indexes them");

struct activation {
    struct env *env;
    struct exo_activation *page;          /* (cpu) kernel's map */
    uint64_t page_user;                   /* (cpu) its address in ring 3 */
    struct exo_act_info *pub;             /* its published entry */
    struct exo_context *slot;             /* (cpu) context slot 0; slot i is page_of_slot() */
    frame_t slot_frame[EXO_SLOTS_MAX];    /* (cpu) */
    uint32_t index;                       /* in its environment */
    uint32_t slots;
    uint8_t state;                        /* EXO_ACT_* */
    uint8_t running_on;                   /* while RUNNING; follows state */
    uint8_t resume;                       /* enum act_resume */
    uint8_t bit;                          /* 1 << index */
    bool listed;                          /* its slices count as ready (slice.h) */
    uint8_t waking;                       /* is in the wake list of a doorbell that is being rung */
    uint8_t cpu;                          /* home: where its slices and its deadline are */
    uint32_t saved_slot;                  /* slot of the enabled state, 0: none */
    int64_t wake_result;
    struct activation *wake_next;

    uint32_t lines;       /* interrupt lines bound to it */
    uint32_t slices;      /* how many positions are bound to it, */
    int32_t first_slice;  /* and the first of them on its CPU (-1: none); linked through slice_next[] */

    uint32_t terms;       /* of the predicate it waits for */
    struct exo_term term[EXO_TERMS_MAX];
    struct wait_node node[ACT_NODES];
    uint64_t wait_deadline_ns; /* ~0: none */
    uint64_t timer_ns;         /* ~0: not armed */
    int32_t heap_index;        /* in its CPU's deadline heap, -1: not in it */

    struct activation *caller; /* whose call it serves, or NULL (pct.h) */
    struct activation *callee; /* CALLING: who serves its call */
    uint64_t call;             /* number of the call that it serves, or served last */
    uint64_t call_deadline_ns; /* CALLING: of its call; in force (wait_deadline_ns) once the callee left the CPU */
    uint8_t call_binding;      /* CALLING: by which binding */
    uint8_t depth;             /* calls above it in the chain */
    uint64_t pct_call, pct_from, pct_word[4]; /* RESUME_PCT */

    uint64_t started_ns; /* (cpu) when it got the CPU */
    uint64_t debt_ns;    /* time beyond the end of its slices, not paid yet; at most one slice */
};

/* What was asked of an environment (repossess.h). */
struct revocation {
    uint64_t amount; /* left; 0: nothing */
    uint64_t deadline_ns;
    struct cap_name asker;
};

struct port_range {
    uint16_t first;
    uint16_t last;
};

struct env {
    struct exo_env_info *pub; /* its published entry: id, name, guard, counters */
    env_id_t id;
    uint32_t index;
    uint8_t state; /* EXO_ENV_* */
    struct cap_name guard;
    uint16_t quota; /* entry charged for page tables, activations, the environment itself */
    env_id_t patron;
    uint32_t patron_act;

    struct cap_slots caps;
    uint64_t *pml4; /* kernel's map */
    frame_t pml4_frame;
    uint64_t cr3;
    uint64_t last_span;   /* the page table that an operation used last: which 2 MiB it maps (address / 2 MiB), */
    uint64_t *last_table; /* and where it is; EXO_USER_TOP / 2 MiB or more: none */
    uint8_t cpu_mask; /* CPUs that have these page tables loaded */

    struct activation *act[EXO_ACTS_MAX];
    uint8_t idle; /* activations that take calls: their bits */
    uint8_t gate; /* EXO_GATE_*: whom it admits */
    struct exo_cap gate_name;
    struct pct_binding binding[EXO_PCT_BINDINGS];
    struct port_range port[EXO_PORT_RANGES];
    uint32_t port_ranges;

    struct env *reap_next; /* in the list of environments with work for reap.c */
    bool reap_listed;
    bool reap_busy; /* a step on it is waiting for TLBs with the lock released */
    bool sweep_again; /* a sweep was asked for while one is under way */
    uint64_t sweep_began; /* reap_requests() when the walk of the sweep under way began, */
    uint64_t sweep_done;  /* and when the last one that has ended did */
    bool sweeping;
    uint8_t swept_acts; /* of how many activations the waits were looked at, after the walk */
    bool sweep_tell;  /* what the sweep removes goes to the repossession vector */
    uint64_t reap_va; /* how far the walk over its tables has come */

    /* Visible revocation (repossess.c). */
    struct revocation asked[EXO_REVOKE_KINDS];
    uint32_t taken_count; /* records written, as in the page of activation 0 */
    uint64_t taken_lost;
    bool news; /* since the last event */
    frame_t batch[EXO_FRAMES_MAX]; /* taken from it and still mapped somewhere, */
    uint32_t batch_n;
    uint32_t batch_at; /* and how many environments were looked at for that */

    uint32_t spent[EXO_QUOTA_KINDS]; /* charged to `quota` on its behalf: of the kinds that hang on no guard of their own */
};

/* The environment with this id, or NULL. LIVE ones alone. */
struct env *env_find(env_id_t id);

/* By index, in any state; NULL: free. */
extern struct env *envs[EXO_ENVS_MAX];
struct env *env_at(uint32_t index);

/* env 0 or the caller's own id means the caller, and needs no capability; else the caller's slot must dominate the
 * environment's guard with EXO_RIGHT_CONTROL. Returns 0 and *out, or an error. */
int env_control(struct env *caller, uint32_t slot, env_id_t id, struct env **out);

/* Makes an empty environment under guard. 0 or -EXO_E_QUOTA, -EXO_E_NOMEM, -EXO_E_LIMIT. */
int env_make(struct cap_name guard, const char name[16], struct env *patron, uint32_t patron_act, struct env **out);

/* Ends its authority and its activations; tear-down goes on in reap.c. */
void env_end(struct env *env);

/* Gives it an activation, READY. Returns the index or an error. */
int act_make(struct env *env, const struct exo_act_spec *spec);

/* Charges the environment's quota, or gives back. 0 or -EXO_E_QUOTA. */
int env_charge(struct env *env, unsigned kind);
void env_uncharge(struct env *env, unsigned kind);

/* Stops an activation for good, because of an exception (vector, or 256: unusable save area). */
void act_stop(struct activation *act, uint32_t vector);

/* Sets pending event bits, and sees to it that the activation notices. */
void act_raise(struct activation *act, uint32_t events);

/* Tells env's patron that something happened to it (EXO_EVENT_CHILD). */
void env_tell_patron(struct env *env);

/* Last steps of tear-down (reap.c): frees an activation, and the environment itself. */
void act_release(struct activation *act);
void env_release(struct env *env);

/* Publishes slots, state and counters after a change. */
void env_publish(struct env *env);

static inline void act_publish(struct activation *act)
{
    uint8_t cpu = act->state == EXO_ACT_RUNNING ? act->running_on : act->cpu;
    __atomic_store_n((uint16_t *)act->pub, (uint16_t)(act->state | cpu << 8), __ATOMIC_RELEASE);
    act->pub->slices = (uint16_t)act->slices;
}

/* What runs on this CPU, for a panic: takes no lock. False if it is idle. */
bool env_describe(char *text, size_t bytes);

/* Ids of activations: environment index * EXO_ACTS_MAX + index. */
static inline uint32_t act_id(const struct activation *act)
{
    return act->env->index * EXO_ACTS_MAX + act->index;
}
struct activation *act_by_id(uint32_t id);

static inline struct env *env_of(struct activation *act)
{
    return act->env;
}

#endif
