/* SPDX-License-Identifier: MIT
 *
 * runtime.c: log, time, faults, memory and names of the kernel tests (runtime.h).
 */
#include "runtime.h"

#include <stdarg.h>

void *memcpy(void *to, const void *from, size_t n);

void *memset(void *to, int value, size_t n)
{
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(value) : "memory");
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
    return to;
}

/* The log */

struct line {
    char text[EXO_LOG_TEXT - 1];
    uint32_t n;
};

static void put(struct line *line, char c)
{
    if (line->n < sizeof line->text)
        line->text[line->n++] = c;
}

static void put_number(struct line *line, uint64_t value, unsigned base)
{
    char digits[20];
    unsigned n = 0;
    do
        digits[n++] = "0123456789abcdef"[value % base];
    while (value /= base);
    while (n)
        put(line, digits[--n]);
}

static void put_argument(struct line *line, char kind, va_list *arguments)
{
    if (kind == 's') {
        for (const char *s = va_arg(*arguments, const char *); *s; s++)
            put(line, *s);
        return;
    }
    int64_t value = va_arg(*arguments, int64_t);
    if (kind == 'd' && value < 0) {
        put(line, '-');
        value = -value;
    }
    put_number(line, (uint64_t)value, kind == 'x' ? 16 : 10);
}

void say(const char *format, ...)
{
    struct line line = {.n = 0};
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format == '%')
            put_argument(&line, *++format, &arguments);
        else
            put(&line, *format);
    }
    va_end(arguments);
    exo_log_write(0, EXO_LOG_NOTICE, line.text, line.n);
}

/* Published tables */

const volatile struct exo_env_info *env_info(env_id_t env)
{
    return &ENVS[env & (EXO_ENVS_MAX - 1)];
}

const volatile struct exo_slice *slice_info(uint32_t cpu, uint32_t position)
{
    return &SLICES[cpu * EXO_SLICES + position];
}

const volatile struct exo_quota *quota_info(const struct exo_cap *prefix)
{
    for (uint32_t i = 0; i < INFO->quotas; i++)
        if (QUOTAS[i].used_entry && QUOTAS[i].bits == prefix->bits && QUOTAS[i].len == prefix->len)
            return &QUOTAS[i];
    return NULL;
}

/* Time */

static uint64_t rdtsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint64_t now_ns(void)
{
    for (;;) {
        uint32_t seq = CLOCK->seq;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        uint64_t ns = CLOCK->base_ns + (uint64_t)((unsigned __int128)(rdtsc() - CLOCK->base_tsc) * CLOCK->mult >> 32);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(seq & 1) && CLOCK->seq == seq)
            return ns;
    }
}

uint32_t events_take(void)
{
    return __atomic_exchange_n(&act_here()->pending, 0, __ATOMIC_ACQ_REL);
}

/* A pending event ends a sleep early; it is kept for who looks for it. */
void sleep_ns(uint64_t ns)
{
    uint64_t end = now_ns() + ns;
    uint32_t kept = 0;
    while (now_ns() < end) {
        kept |= events_take();
        exo_wait(NULL, 0, end);
    }
    __atomic_fetch_or(&act_here()->pending, kept, __ATOMIC_ACQ_REL);
}

enum { AWAIT_MS = 10000 };

#define AWAIT(condition)                                                                                               \
    ({                                                                                                                 \
        uint64_t end_ = now_ns() + AWAIT_MS * MS;                                                                      \
        while (!(condition) && now_ns() < end_)                                                                        \
            sleep_ns(MS / 4);                                                                                          \
        (condition);                                                                                                   \
    })

bool await(const volatile uint32_t *word, uint32_t value)
{
    return AWAIT(*word == value);
}

bool await_more(const volatile uint64_t *word, uint64_t than)
{
    return AWAIT(*word > than);
}

bool await_state(env_id_t env, uint32_t act, uint32_t state)
{
    return AWAIT(env_info(env)->id == env && env_info(env)->act[act].state == state);
}

static unsigned resting(env_id_t env)
{
    unsigned count = 0;
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++)
        count += env_info(env)->act[i].state == EXO_ACT_IDLE;
    return count;
}

void call_in_vain(uint32_t binding, env_id_t env, uint64_t patience_ns, struct exo_words words)
{
    unsigned before = resting(env);
    uint64_t give_up = now_ns() + 5000 * MS, start;
    do { /* where the machine is slow, it may be too late to begin */
        struct exo_words answer = words;
        start = now_ns();
        EQ(exo_pct(binding, start + patience_ns, &answer), E(TIMEOUT));
        CHECK(now_ns() - start >= patience_ns);
        CHECK(now_ns() - start < 2000 * MS);
        EQ(answer.a | answer.b | answer.c | answer.d, 0);
    } while (resting(env) == before && now_ns() < give_up);
    EQ(resting(env), before - 1);
}

bool await_gone(env_id_t env)
{
    return AWAIT(env_info(env)->id != env || env_info(env)->state == EXO_ENV_FREE);
}

/* Faults */

volatile uint32_t registers_stop;

void fault_handler(struct exo_fault *fault);
void fault_handler(struct exo_fault *fault)
{
    struct vcpu *v = vcpu();
    v->faults++;
    v->last = *fault;
    if (v->hook && v->hook(fault))
        return;
    if (!v->armed) {
        say("unexpected fault: vector %u error %x address %x rip %x rsp %x env %x", fault->vector, fault->error,
            fault->address, fault->rip, fault->rsp, act_here()->env);
        check_equal((int64_t)fault->rip, 0, "unexpected fault, rip", "", (int)fault->vector);
        if (env_info(act_here()->env)->patron)
            exo_env_destroy(0, 0);
        suite_end(false);
    }
    act_here()->fault_depth--;
    act_here()->disabled = (uint32_t)fault->was_disabled;
    jump_go(&v->recover);
}

_Noreturn void upcall_handler(struct exo_activation *act, uint64_t slot, uint64_t pending);
_Noreturn void upcall_handler(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    if (vcpu()->upcall)
        vcpu()->upcall(act, slot, pending);
    for (;;)
        exo_resume((uint32_t)slot);
}

_Noreturn void pct_handler(struct exo_activation *act, uint64_t call, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                           uint64_t from);
_Noreturn void pct_handler(struct exo_activation *act, uint64_t call, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                           uint64_t from)
{
    struct exo_words words = {a, b, c, d};
    (void)act;
    vcpu()->pct(call, &words, from);
    for (;;) {
        exo_pct_reply(call, 0, words.a, words.b, words.c, words.d);
        call = 0; /* the caller was gone */
    }
}

_Noreturn void park(void)
{
    for (;;) {
        events_take();
        exo_wait(NULL, 0, EXO_FOREVER);
    }
}

/* Memory */

frame_t frame_new_under(uint32_t slot, uint32_t flags)
{
    uint32_t frame = EXO_FRAME_ANY;
    EQ(exo_frame_alloc(slot, &frame, 1, flags), 0);
    return frame;
}

frame_t frame_new(void)
{
    return frame_new_under(0, EXO_FRAME_ZERO);
}

void frame_put(frame_t frame)
{
    EQ(exo_frame_free(0, &frame, 1), 1);
}

int64_t pt_one(env_id_t env, unsigned op, uint64_t va, frame_t frame, uint32_t count, unsigned prot, unsigned cap)
{
    struct exo_pt_op one = {
        .va = va, .frame = frame, .count = count, .op = (uint8_t)op, .prot = (uint8_t)prot, .cap = (uint8_t)cap};
    return exo_pt_update(env, 0, &one, 1);
}

int64_t map(uint64_t va, frame_t frame, unsigned prot)
{
    return pt_one(0, EXO_PT_MAP, va, frame, 1, prot, 0);
}

int64_t unmap(uint64_t va)
{
    return pt_one(0, EXO_PT_UNMAP, va, 0, 1, 0, 0);
}

static uint64_t entry(uint64_t base, uint64_t va, unsigned shift)
{
    return WORD(base + (va >> shift) * 8);
}

uint64_t pte(uint64_t va)
{
    if (!(entry(EXO_WINDOW_PML4, va, 39) & EXO_PTE_P) || !(entry(EXO_WINDOW_PDPT, va, 30) & EXO_PTE_P))
        return 0;
    uint64_t pd = entry(EXO_WINDOW_PD, va, 21);
    return !(pd & EXO_PTE_P) ? 0 : pd & EXO_PTE_PS ? pd : entry(EXO_WINDOW_PT, va, 12);
}

/* Names */

struct exo_cap name(uint64_t first_byte, unsigned rights)
{
    return (struct exo_cap){.bits = first_byte << 56, .len = 8, .rights = (uint8_t)rights};
}

struct exo_cap name_below(struct exo_cap above, unsigned byte)
{
    above.bits |= (uint64_t)byte << (56 - above.len);
    above.len += 8;
    return above;
}

uint32_t hold(struct exo_cap cap)
{
    const volatile struct exo_env_info *self = env_info(act_here()->env);
    for (uint32_t slot = 2; slot < EXO_CAP_SLOTS; slot++)
        if (!self->caps[slot].rights) {
            EQ(exo_cap_derive(0, slot, &cap), 0);
            return slot;
        }
    CHECK(!"a free capability slot");
    return EXO_CAP_NONE;
}

bool revoke(struct exo_cap prefix)
{
    uint64_t end = now_ns() + AWAIT_MS * MS;
    int64_t result;
    while (((result = exo_cap_revoke(0, &prefix)) == E(AGAIN) || result == E(LIMIT)) && now_ns() < end)
        exo_yield(0, EXO_ACT_ANY);
    return result == 0;
}
