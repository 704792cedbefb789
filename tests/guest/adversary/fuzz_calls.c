/* SPDX-License-Identifier: MIT
 *
 * fuzz_calls.c: what a fuzzing activation does (fuzz.h): chooses a call, and for each argument, by its type and name in the
 * table of the ABI, something that looks valid, or is at an edge, or is nonsense. A call that is added to the table is fuzzed
 * without a change here; what its names do not tell is chosen by type.
 *
 * Calls that would end the round (its own end, its own slice, sleeping for ever, its own code) are kept rare. Every result is
 * compared with the errors that the table gives for the call.
 */
#include "attacker.h"
#include "fuzz.h"

enum { ARGUMENTS_MAX = 6, POOL = 24, RARE = 400, BUFFER_BYTES = 8192 };
enum kind { KIND_SLOT, KIND_ENV, KIND_ACT, KIND_CPU, KIND_POSITION, KIND_FRAME, KIND_COUNT, KIND_SMALL, KIND_TIME, KIND_ANY,
            KIND_CAP, KIND_OPS, KIND_ENV_SPEC, KIND_ACT_SPEC, KIND_TERMS, KIND_FRAMES, KIND_WORD, KIND_BYTES };

struct argument {
    uint32_t call;
    const char *type, *name;
};
static const struct argument arguments[] = {
#define ARGUMENT(NAME, index, type, name) {EXO_CALL_##NAME, type, name},
    EXO_CALL_ARGUMENT_LIST(ARGUMENT)};
enum { ARGUMENTS = sizeof arguments / sizeof arguments[0] };

#define ERRORS(NAME, name, mask) [EXO_CALL_##NAME] = mask,
static const uint32_t documented[EXO_CALLS] = {EXO_CALL_ERROR_LIST(ERRORS)};

#define CALL_NAME(NAME, name, n) #name,
static const char *const names[EXO_CALLS] = {EXO_CALL_LIST(CALL_NAME)};

static const struct {
    const char *type, *name; /* NULL: any */
    enum kind kind;
} kinds[] = {
    {"uint32_t", "slot", KIND_SLOT}, {"uint32_t", "ctl", KIND_SLOT},       {"uint32_t", "src", KIND_SLOT},
    {"uint32_t", "dst", KIND_SLOT},  {"uint32_t", "to", KIND_SLOT},        {NULL, "env", KIND_ENV},
    {NULL, "id", KIND_ENV},          {"uint32_t", "act", KIND_ACT},        {"uint32_t", "cpu", KIND_CPU},
    {NULL, "position", KIND_POSITION}, {"uint32_t", "first", KIND_FRAME},  {NULL, "frame", KIND_FRAME},
    {NULL, "n", KIND_COUNT},         {NULL, "count", KIND_COUNT},          {NULL, "deadline_ns", KIND_TIME},
    {"const struct exo_cap *", NULL, KIND_CAP}, {"const struct exo_pt_op *", NULL, KIND_OPS},
    {"const struct exo_env_spec *", NULL, KIND_ENV_SPEC}, {"const struct exo_act_spec *", NULL, KIND_ACT_SPEC},
    {"const struct exo_term *", NULL, KIND_TERMS}, {"uint32_t *", NULL, KIND_FRAMES}, {"const uint32_t *", NULL, KIND_FRAMES},
    {"const void *", NULL, KIND_WORD}, {"uint32_t", NULL, KIND_SMALL}, {"uint64_t", NULL, KIND_ANY},
};

struct fuzzer {
    uint64_t state, digest;
    uint32_t index; /* of the activation */
    bool odd;       /* a round in which pages are asked for that can be written and executed */
    uint32_t kind_count[EXO_CALLS];
    enum kind kind[EXO_CALLS][ARGUMENTS_MAX];
};
static struct fuzzer fuzzers[2];
static uint8_t buffers[2][BUFFER_BYTES] __attribute__((aligned(64)));
static frame_t pool[POOL];

const char *fuzz_call_name(uint64_t n)
{
    return n < EXO_CALLS ? names[n] : "no such call";
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static enum kind kind_of(const struct argument *argument)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((!kinds[i].type || same(kinds[i].type, argument->type)) && (!kinds[i].name || same(kinds[i].name, argument->name)))
            return kinds[i].kind;
    return KIND_BYTES;
}

static void learn(struct fuzzer *f)
{
    for (unsigned i = 0; i < ARGUMENTS; i++) {
        uint32_t call = arguments[i].call;
        f->kind[call][f->kind_count[call]++] = kind_of(&arguments[i]);
    }
}

/* Choices. All of them go into the digest. */
static uint64_t any(struct fuzzer *f)
{
    uint64_t r = random_next(&f->state);
    f->digest = (f->digest ^ r) * 0x100000001b3;
    return r;
}

static uint64_t below(struct fuzzer *f, uint64_t n)
{
    return any(f) % n;
}

static uint64_t edge(struct fuzzer *f)
{
    static const uint64_t edges[] = {0, 1, 2, 7, 8, 15, 16, 63, 64, 65, 255, 256, 511, 512, 513, 1023, 1024, 4095, 4096, 65535,
                                     0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ull << 63, ~0ull, ~7ull,
                                     EXO_USER_TOP, EXO_ACT_BASE, EXO_WINDOW_PML4, EXO_PUB_ENVS, 0xffffffff80100000};
    uint64_t r = any(f);
    return r % 8 ? edges[(r >> 8) % (sizeof edges / sizeof edges[0])] : any(f) >> (r >> 58);
}

static uint64_t a_slot(struct fuzzer *f)
{
    uint64_t r = any(f);
    return r % 4 ? 0 : r % 64 ? (r >> 8) % EXO_CAP_SLOTS : edge(f);
}

static uint64_t a_frame(struct fuzzer *f)
{
    uint64_t r = any(f);
    return r % 16 < 11 ? pool[(r >> 8) % POOL] : r % 16 < 13 ? (r >> 8) % INFO->frames
         : r % 16 == 13 ? REPORT->victim_frame : r % 16 == 14 ? EXO_FRAME_ANY : edge(f);
}

static uint64_t an_env(struct fuzzer *f)
{
    uint64_t r = any(f);
    return r % 8 < 3 ? 0 : r % 8 < 5 ? ENVS[(r >> 8) % 64].id : r % 8 == 5 ? REPORT->victim : r % 8 == 6 ? EXO_ENV_NONE : edge(f);
}

static uint64_t an_address(struct fuzzer *f)
{
    uint64_t r = any(f);
    if (r % 16 < 13)
        return PAGE((r >> 8) % 48);
    return r % 16 == 13 ? SCRATCH + ((r >> 8) % 4 << 21) : r % 16 == 14 ? edge(f) & ~4095ull
         : (uint64_t)buffers + ((r >> 8) % 64 << 12) - (32 << 12);
}

static uint64_t a_name(struct fuzzer *f, struct exo_cap *cap)
{
    uint64_t r = any(f);
    *cap = (struct exo_cap)ATTACKER_NAME;
    unsigned more = r % 8 < 6 ? 1 + (r >> 8) % 6 : (r >> 8) % 57;
    cap->bits |= more ? (r >> 16 & ((1ull << (more < 6 ? more : 6)) - 1)) << (56 - more) : 0;
    cap->len = (uint8_t)(8 + more);
    cap->rights = (uint8_t)(r >> 32 & 15);
    if (r % 64 == 7)
        *cap = REPORT->victim_name;
    else if (r % 64 == 15)
        *cap = (struct exo_cap){.bits = any(f), .len = (uint8_t)any(f), .rights = (uint8_t)any(f)};
    return sizeof *cap;
}

static void an_op(struct fuzzer *f, struct exo_pt_op *op)
{
    uint64_t r = any(f);
    *op = (struct exo_pt_op){.va = an_address(f), .frame = (uint32_t)a_frame(f), .count = 1 + (r % 4 ? 0 : (r >> 4) % 16),
                             .op = (uint8_t)((r >> 16) % (EXO_PT_FRESH + 1)), .prot = (uint8_t)((r >> 24) % 4),
                             .soft = (uint8_t)((r >> 32) % 7), .cap = r % 5 ? 0 : (uint8_t)((r >> 40) % 20)};
    if (op->op == EXO_PT_FRESH || (op->op != EXO_PT_MAP && r % 3))
        op->frame = 0;
    if (r % 11 == 0)
        op->prot |= (uint8_t)((r >> 48) & (EXO_PROT_NONE | EXO_PROT_LARGE));
    if (f->odd && r % 13 == 0) { /* marked, so that the oracle knows that it was asked for */
        op->prot = EXO_PROT_WRITE | EXO_PROT_EXEC | EXO_PROT_WX;
        op->soft = 7;
    }
    if (r % 97 == 0)
        op->count = (uint32_t)edge(f);
    if (r % 101 == 0)
        op->cap = EXO_PT_ACL;
}

static void some_terms(struct fuzzer *f, struct exo_term *terms)
{
    for (unsigned i = 0; i < EXO_TERMS_MAX; i++) {
        uint64_t r = any(f);
        terms[i] = (struct exo_term){.word = r % 8 ? (uint64_t)buffers + (r >> 8) % (2 * BUFFER_BYTES / 8) * 8 : an_address(f),
                                     .value = r >> 60, .op = (uint8_t)((r >> 32) % 4), .width = r >> 40 & 1 ? 8 : 4,
                                     .flags = r >> 41 & 1};
        if (r % 61 == 0)
            terms[i].width = (uint8_t)any(f);
    }
}

static void act_spec(struct fuzzer *f, struct exo_act_spec *spec)
{
    *spec = (struct exo_act_spec){.slots = (uint32_t)(2 + below(f, 6))};
    for (unsigned i = 0; i < EXO_UPCALLS; i++)
        spec->entry[i] = below(f, 4) ? (uint64_t)park : edge(f);
    spec->stack = below(f, 4) ? PAGE(8) : edge(f);
    if (!below(f, 40))
        spec->slots = (uint32_t)edge(f);
}

/* What a pointer points to, in this activation's buffer, and now and then a pointer that is none. */
static uint64_t a_pointer(struct fuzzer *f, enum kind kind)
{
    uint8_t *buffer = buffers[f->index] + below(f, 4) * 2048;
    uint64_t r = any(f);
    if (kind == KIND_CAP)
        a_name(f, (struct exo_cap *)buffer);
    for (unsigned i = 0; kind == KIND_OPS && i < 4; i++)
        an_op(f, (struct exo_pt_op *)buffer + i);
    if (kind == KIND_ENV_SPEC)
        *(struct exo_env_spec *)buffer = (struct exo_env_spec){.name = "fuzz", .act = (uint32_t)(r >> 8) % 9};
    if (kind == KIND_ACT_SPEC)
        act_spec(f, (struct exo_act_spec *)buffer);
    if (kind == KIND_TERMS)
        some_terms(f, (struct exo_term *)buffer);
    for (unsigned i = 0; kind == KIND_FRAMES && i < 8; i++)
        ((uint32_t *)buffer)[i] = (uint32_t)a_frame(f);
    for (unsigned i = 0; kind == KIND_BYTES && i < 32; i++)
        ((uint64_t *)buffer)[i] = edge(f);
    return r % 16 ? (uint64_t)buffer : r % 32 ? edge(f) : an_address(f) + (r >> 8) % 4096;
}

static uint64_t an_argument(struct fuzzer *f, enum kind kind)
{
    switch (kind) {
    case KIND_SLOT:
        return a_slot(f);
    case KIND_ENV:
        return an_env(f);
    case KIND_ACT:
        return below(f, 32) ? below(f, EXO_ACTS_MAX) : edge(f);
    case KIND_CPU:
        return below(f, 16) ? below(f, INFO->cpus) : edge(f);
    case KIND_POSITION:
        return below(f, 4) ? below(f, 40) : below(f, 2) ? EXO_SLICE_ANY : edge(f);
    case KIND_FRAME:
        return a_frame(f);
    case KIND_COUNT:
        return below(f, 8) ? 1 + below(f, 4) : edge(f);
    case KIND_SMALL:
        return below(f, 8) ? below(f, 10) : edge(f);
    case KIND_TIME:
        return below(f, 4) ? below(f, 2) : edge(f);
    case KIND_ANY:
        return edge(f);
    case KIND_WORD:
        return below(f, 8) ? (uint64_t)buffers + below(f, 2 * BUFFER_BYTES / 8) * 8 : below(f, 2) ? an_address(f) : edge(f);
    default:
        return a_pointer(f, kind);
    }
}

static bool is_self(uint64_t env)
{
    return env == 0 || env == act_here()->env;
}

static bool own_slice(uint64_t cpu, uint64_t position)
{
    return cpu < INFO->cpus && position < EXO_SLICES && slice_info((uint32_t)cpu, (uint32_t)position)->env == act_here()->env;
}

/* Would it be the end of the round? */
static bool ends(const uint64_t *call)
{
    const uint64_t *a = call + 1;
    switch (call[0]) {
    case EXO_CALL_ENV_DESTROY:
        return is_self(a[1]);
    case EXO_CALL_CAP_DROP:
        return (uint32_t)a[0] < 2 || (uint32_t)a[0] == IMAGE_SLOT;
    case EXO_CALL_RESUME:
        return (uint32_t)a[0] < act_here()->slots;
    case EXO_CALL_WAIT:
        return a[2] > now_ns();
    case EXO_CALL_SLICE_FREE:
    case EXO_CALL_SLICE_BIND:
        return own_slice((uint32_t)a[1], (uint32_t)a[2]);
    default:
        return false;
    }
}

static void spare_image(struct fuzzer *f)
{
    for (unsigned i = 0; i < BUFFER_BYTES; i += 2048)
        for (unsigned k = 0; k < 4; k++) {
            struct exo_pt_op *op = (struct exo_pt_op *)(buffers[f->index] + i) + k;
            if (op->va < SCRATCH)
                op->va = PAGE(3);
        }
}

static void choose(struct fuzzer *f, uint64_t *call)
{
    call[0] = below(f, 200) ? below(f, EXO_CALLS) : edge(f);
    uint32_t n = call[0] < EXO_CALLS ? f->kind_count[call[0]] : 0;
    for (unsigned i = 0; i < ARGUMENTS_MAX; i++)
        call[1 + i] = i < n ? an_argument(f, f->kind[call[0]][i]) : edge(f);
    if (call[0] == EXO_CALL_PT_UPDATE && below(f, RARE) && is_self(call[1]))
        spare_image(f);
}

static int64_t make_call(const uint64_t *call)
{
    register uint64_t r10 __asm__("r10") = call[4];
    register uint64_t r8 __asm__("r8") = call[5];
    register uint64_t r9 __asm__("r9") = call[6];
    uint64_t rdi = call[1], rsi = call[2], rdx = call[3], result = call[0];
    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9) : : "rcx", "r11", "memory");
    return (int64_t)result;
}

/* A context that is resumed may be one of the middle of judge(), with registers of an older call and this one's memory. */
static bool resumed(const struct fuzzer *f)
{
    return *(volatile const uint64_t *)&REPORT->call[f->index][0] == EXO_CALL_RESUME;
}

static void judge(const struct fuzzer *f, const uint64_t *call, int64_t result)
{
    uint32_t number = (uint32_t)call[0];
    uint32_t allowed = number < EXO_CALLS ? documented[number] : 1u << EXO_E_CALL;
    if (number == EXO_CALL_RESUME || (number == EXO_CALL_PCT_REPLY && (uint32_t)call[2] == 0))
        return; /* what comes back is an older call, or nothing: a reply that is accepted keeps no state */
    if (result < 0 && (result <= -EXO_ERRORS || !(allowed >> -result & 1)) && !resumed(f))
        check_equal(result, 0, fuzz_call_name(number), "documented errors", (int)number);
}

/* The other activation's arguments change while the kernel reads them; never so that a page becomes writable and executable. */
static void scribble(struct fuzzer *f)
{
    uint64_t r = any(f);
    if (!f->odd)
        ((volatile uint64_t *)buffers[1 - f->index])[r % (BUFFER_BYTES / 8)] = any(f) & 0x0303030303030303;
}

/* What it did to itself ends its part of the round. */
static bool give_up(struct exo_fault *fault)
{
    (void)fault;
    REPORT->over[fuzzers[act_here()->index & 1].index] = 1;
    park();
}

void fuzz_activation(void *unused)
{
    (void)unused;
    vcpu()->hook = give_up;
    struct fuzzer *f = &fuzzers[act_here()->index];
    f->index = act_here()->index;
    f->odd = REPORT->round % 4 == 3;
    f->state = (REPORT->seed * 0x9e3779b97f4a7c15 + REPORT->round) * 0xd1342543de82ef95 + f->index + 1;
    learn(f);
    for (unsigned i = f->index; i < POOL; i += 2) {
        uint32_t frame = EXO_FRAME_ANY;
        if (exo_frame_alloc(0, &frame, 1, 0) == 0) /* or the other activation is ahead, and has used up what there was */
            pool[i] = frame;
    }
    for (uint64_t n = 0; n < FUZZ_CALLS; n++) {
        uint64_t call[1 + ARGUMENTS_MAX];
        choose(f, call);
        bool rarely = below(f, RARE);
        if (rarely && ends(call))
            call[0] = EXO_CALL_NULL;
        for (unsigned i = 0; i < 7; i++)
            REPORT->call[f->index][i] = call[i];
        REPORT->calls[f->index] = n + 1;
        REPORT->digest[f->index] = f->digest;
        if (!below(f, 32))
            scribble(f);
        judge(f, call, make_call(call));
        if (f->index == 0)
            CHECK(FUZZ_PLANT != n + 1);
        if (REPORT->failures.count)
            break;
        events_take();
    }
    REPORT->over[f->index] = 1;
    park();
}
