/* SPDX-License-Identifier: MIT
 *
 * child.c: environments that run functions of the suite (runtime.h).
 */
#include "runtime.h"

extern char __executable_start[], etext[], end[];

struct start {
    void (*fn)(void *);
    void *arg;
    struct vcpu vcpu;
};

static struct start starts[STARTS_MAX];
/* What fn runs on, then the fault stacks, then the one for upcalls. */
enum { STACKS_BYTES = CHILD_STACK_BYTES + EXO_FAULT_DEPTH * FAULT_STACK_BYTES + UPCALL_STACK_BYTES };
static uint8_t stacks[STARTS_MAX][STACKS_BYTES] __attribute__((aligned(4096)));
static uint32_t starts_used, starts_kept;

static env_id_t made[64];
static uint32_t made_count;
static struct {
    uint32_t cpu, position;
} bound[64];
static uint32_t bound_count;

_Noreturn void child_begin(struct exo_activation *act);
_Noreturn void child_begin(struct exo_activation *act)
{
    struct start *start = (struct start *)act->user[0];
    act->user[1] = (uint64_t)&start->vcpu;
    act->entry[EXO_UPCALL_RUN] = act->entry[EXO_UPCALL_EVENT] = (uint64_t)upcall_entry;
    act->stack = act->fault_stack[EXO_FAULT_DEPTH - 1] + UPCALL_STACK_BYTES; /* fn has the one of the first upcall */
    start->fn(start->arg);
    exo_env_destroy(0, 0);
    __builtin_unreachable();
}

/* Maps the pages of the image that the suite has, in runs of consecutive frames with the same protection. */
static int64_t map_image(env_id_t env)
{
    struct exo_pt_op ops[EXO_PT_OPS_MAX];
    uint32_t n = 0;
    uint64_t next_frame = ~0ull;
    for (uint64_t va = (uint64_t)__executable_start; va < (uint64_t)end; va += EXO_PAGE_BYTES) {
        uint64_t entry = pte(va), frame = (entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS;
        if (!(entry & EXO_PTE_P)) {
            next_frame = ~0ull;
            continue;
        }
        uint8_t prot = entry & EXO_PTE_W ? EXO_PROT_WRITE : va < (uint64_t)etext ? EXO_PROT_EXEC : 0;
        if (frame != next_frame || ops[n - 1].prot != prot) {
            if (n == EXO_PT_OPS_MAX)
                return E(LIMIT);
            ops[n++] = (struct exo_pt_op){
                .va = va, .frame = (frame_t)frame, .op = EXO_PT_MAP, .prot = prot, .cap = CHILD_SLOT};
        }
        ops[n - 1].count++;
        next_frame = frame + 1;
    }
    int64_t done = exo_pt_update(env, 0, ops, n);
    return done == n ? 0 : done < 0 ? done : E(AGAIN);
}

int64_t child_make(uint32_t slot, const char *text)
{
    struct exo_env_spec spec = {.act = act_here()->index};
    for (unsigned i = 0; i < 15 && text[i]; i++)
        spec.name[i] = text[i];
    int64_t env = exo_env_create(slot, &spec);
    if (env < 0)
        return env;
    if (made_count < sizeof made / sizeof made[0])
        made[made_count++] = (env_id_t)env;
    int64_t error = exo_cap_give(0, (env_id_t)env, 1, CHILD_SLOT);
    if (!error)
        error = map_image((env_id_t)env);
    return error ? error : env;
}

void child_spec(struct exo_act_spec *spec, void (*fn)(void *), void *arg)
{
    *spec = (struct exo_act_spec){.slots = 4};
    uint32_t i = __atomic_fetch_add(&starts_used, 1, __ATOMIC_ACQ_REL);
    if (!CHECK(i < STARTS_MAX))
        i = starts_kept;
    uint64_t stack = (uint64_t)stacks[i];
    struct start *start = &starts[i];
    *start = (struct start){.fn = fn, .arg = arg};
    spec->entry[EXO_UPCALL_RUN] = spec->entry[EXO_UPCALL_EVENT] = (uint64_t)child_entry;
    spec->entry[EXO_UPCALL_FAULT] = (uint64_t)fault_entry;
    spec->stack = stack + CHILD_STACK_BYTES;
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        spec->fault_stack[i] = spec->stack + (i + 1) * FAULT_STACK_BYTES;
    spec->resume_lo = (uint64_t)fault_resume_lo;
    spec->resume_hi = (uint64_t)fault_resume_hi;
    spec->user0 = (uint64_t)start;
}

int64_t child_act(env_id_t env, void (*fn)(void *), void *arg)
{
    struct exo_act_spec spec;
    child_spec(&spec, fn, arg);
    return exo_act_create(0, env, &spec);
}

int64_t child_slice(env_id_t env, uint32_t act, uint32_t cpu)
{
    int64_t position = exo_slice_alloc(0, cpu, EXO_SLICE_ANY);
    if (position < 0)
        return position;
    if (CHECK(bound_count < sizeof bound / sizeof bound[0])) {
        bound[bound_count].cpu = cpu;
        bound[bound_count++].position = (uint32_t)position;
    }
    int64_t error = exo_slice_bind(0, cpu, (uint32_t)position, env, act);
    return error ? error : position;
}

int64_t child_run(void (*fn)(void *), void *arg, uint32_t cpu)
{
    int64_t env = child_make(0, "child");
    if (env < 0)
        return env;
    int64_t act = child_act((env_id_t)env, fn, arg);
    if (act < 0)
        return act;
    int64_t position = child_slice((env_id_t)env, (uint32_t)act, cpu);
    return position < 0 ? position : env;
}

void children_end(void)
{
    for (uint32_t i = 0; i < made_count; i++)
        exo_env_destroy(0, made[i]);
    for (uint32_t i = 0; i < made_count; i++)
        CHECK(await_gone(made[i]));
    for (uint32_t i = 0; i < bound_count; i++)
        exo_slice_free(0, bound[i].cpu, bound[i].position);
    made_count = bound_count = 0;
    starts_used = starts_kept;
    events_take();
}

void children_keep(void)
{
    made_count = bound_count = 0;
    starts_kept = starts_used;
}
