/* SPDX-License-Identifier: MIT
 *
 * authority.c: attacks with names: somebody else's frames, environments, slices, lines and ports, and capabilities that
 * one does not have.
 */
#include "attacks.h"

/* The slots that an attacker might try: its own, the image's, empty ones, and none. */
static const uint32_t slots[] = {0, 1, 2, IMAGE_SLOT, 14};
#define EACH_SLOT(s) for (const uint32_t *s = slots; s < slots + sizeof slots / sizeof slots[0]; s++)

static bool refused(int64_t result)
{
    return result == E(RIGHTS) || result == E(SLOT);
}

void attack_frame_map_foreign(void)
{
    EACH_SLOT(s)
        for (unsigned prot = 0; prot < 4; prot++)
            CHECK(refused(pt_one(0, EXO_PT_MAP, PAGE(0), REPORT->victim_frame, 1, prot == 3 ? 7 : prot, *s)));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), REPORT->victim_frame, 1, 0, EXO_PT_ACL), E(RIGHTS));
    for (unsigned s = EXO_CAP_SLOTS; s < 0xff; s++)
        EQ(pt_one(0, EXO_PT_MAP, PAGE(0), REPORT->victim_frame, 1, 0, s), E(SLOT));
    EQ(pte(PAGE(0)) & EXO_PTE_P, 0);
}

/* One frame in eight of the whole machine that is not the attacker's, whatever it is. */
void attack_frame_map_every(void)
{
    struct exo_cap own = ATTACKER_NAME;
    uint32_t tried = 0, types = 0;
    for (frame_t frame = 0; frame < INFO->frames + 64; frame += 1 + frame % 15) {
        const volatile struct exo_frame *f = &FRAMES[frame < INFO->frames ? frame : 0];
        if (f->type == EXO_FRAME_USER &&
            (f->acl[0].rights || f->acl[1].rights || exo_cap_dominates(own.bits, own.len, f->guard_bits, f->guard_len)))
            continue;
        int64_t result = pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, EXO_PROT_WRITE, 0);
        CHECK(result == E(RIGHTS) || result == E(FRAME));
        if (frame < INFO->frames)
            types |= 1u << f->type;
        tried++;
    }
    CHECK(tried > 100);
    CHECK(types & 1u << EXO_FRAME_KERNEL && types & 1u << EXO_FRAME_FREE);
}

/* Its own page tables, its own pinned pages, and everybody else's: by what the table of environments says. */
void attack_frame_map_tables(void)
{
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++)
        if (ENVS[i].state == EXO_ENV_LIVE)
            EQ(pt_one(0, EXO_PT_MAP, PAGE(0), ENVS[i].pml4_frame, 1, EXO_PROT_WRITE, 0), E(FRAME));
    const uint64_t mine[] = {WORD(EXO_WINDOW_PML4), WORD(EXO_WINDOW_PT + (EXO_ACT_BASE >> 12) * 8),
                             WORD(EXO_WINDOW_PT + ((EXO_ACT_BASE + EXO_PAGE_BYTES) >> 12) * 8),
                             WORD(EXO_WINDOW_PML4 + 254 * 8), WORD(EXO_WINDOW_PML4 + 272 * 8)};
    for (unsigned i = 0; i < 5; i++)
        for (unsigned prot = 0; prot < 2; prot++)
            EQ(pt_one(0, EXO_PT_MAP, PAGE(0), (frame_t)((mine[i] & EXO_PTE_ADDR) >> 12), 1, prot, 0), E(FRAME));
}

void attack_frame_free_foreign(void)
{
    uint32_t list[] = {REPORT->victim_frame, REPORT->readable};
    EACH_SLOT(s)
        for (unsigned i = 0; i < 2; i++)
            CHECK(refused(exo_frame_free(*s, &list[i], 1)));
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        uint32_t table = ENVS[i].pml4_frame;
        if (ENVS[i].state == EXO_ENV_LIVE)
            EQ(exo_frame_free(0, &table, 1), E(FRAME));
    }
    uint32_t none[] = {INFO->frames, INFO->frames + 1, 0x7fffffff, 0xfffffffe, 0xffffffff, 0};
    for (unsigned i = 0; i < 6; i++)
        EQ(exo_frame_free(0, &none[i], 1), E(FRAME));
    EQ(FRAMES[REPORT->victim_frame].type, EXO_FRAME_USER);
}

void attack_frame_share_foreign(void)
{
    struct exo_cap me = ATTACKER_NAME;
    me.rights = EXO_RIGHT_READ | EXO_RIGHT_WRITE;
    EACH_SLOT(s) {
        CHECK(refused(exo_frame_share(*s, REPORT->victim_frame, 1, &me)));
        CHECK(refused(exo_frame_share(*s, REPORT->readable, 1, &me)));
    }
    frame_t own = frame_own(); /* a run that begins with one's own */
    EQ(exo_frame_share(0, own, INFO->frames - own, &me) >= 0, false);
    EQ(FRAMES[own].acl[0].rights, 0);
    me.rights = EXO_RIGHTS_ALL;
    EQ(exo_frame_share(0, own, 1, &me), E(ARG));
}

void attack_frame_guard_foreign(void)
{
    EACH_SLOT(s)
        EACH_SLOT(to)
            CHECK(refused(exo_frame_guard(*s, *to, REPORT->victim_frame, 1)));
    EQ(exo_frame_guard(0, 1, frame_own(), 1), E(RIGHTS)); /* to a name with which one may only read */
    EQ(exo_frame_guard(0, 0, 0xffffffff, 2), E(FRAME));
    EQ(exo_frame_guard(0, 0, INFO->frames - 1, EXO_SHARE_MAX), E(FRAME));
}

void attack_frame_alloc_taken(void)
{
    for (frame_t frame = 0; frame < INFO->frames; frame += 1 + frame % 31) {
        uint32_t type = FRAMES[frame].type, wanted = frame;
        if (type == EXO_FRAME_FREE)
            continue;
        int64_t result = exo_frame_alloc(0, &wanted, 1, 0);
        if (result == 0 && type == EXO_FRAME_USER)
            exo_frame_free(0, &wanted, 1); /* a canary let it go just then */
        else
            CHECK(result == E(BUSY) || result == E(FRAME));
    }
    uint32_t none[] = {INFO->frames, 0xfffffffe};
    EQ(exo_frame_alloc(0, &none[0], 1, 0), E(FRAME));
    EQ(exo_frame_alloc(0, &none[1], 1, EXO_FRAME_RUN), E(FRAME));
}

void attack_frame_widen_shared(void)
{
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), REPORT->readable, 1, 0, 0), 1);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(1), REPORT->readable, 1, EXO_PROT_WRITE, 0), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(1), REPORT->readable, 1, EXO_PROT_WRITE, EXO_PT_ACL), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_NONE, 0), 1);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE | EXO_PROT_NONE, 0), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, 0, 0), 1);
    PAGE_FAULTS(WORD(PAGE(0)) = 1, PAGE(0), PF_PRESENT | PF_WRITE);
    EQ(exo_doorbell((void *)PAGE(0)), E(FAULT));
    EQ(exo_frame_alloc(0, (uint32_t *)PAGE(0), 1, 0), E(FAULT)); /* what stands there asks for any frame */
}

void attack_image_write(void)
{
    uint64_t text = (uint64_t)attack_image_write & ~4095ull;
    frame_t frame = (frame_t)((pte(text) & EXO_PTE_ADDR) >> 12);
    EQ(pt_one(0, EXO_PT_PROTECT, text, 0, 1, EXO_PROT_WRITE, 0), E(RIGHTS));
    EACH_SLOT(s)
        CHECK(refused(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, EXO_PROT_WRITE, *s)));
    PAGE_FAULTS(WORD(text) = 0, text, PF_PRESENT | PF_WRITE);
    EQ(exo_frame_free(1, &frame, 1), E(RIGHTS));
}

void attack_env_foreign(void)
{
    struct exo_act_spec spec = {.slots = 2};
    struct exo_pt_op op = {.va = PAGE(0), .count = 1, .op = EXO_PT_UNMAP};
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        env_id_t env = ENVS[i].id;
        if (ENVS[i].state != EXO_ENV_LIVE || env == act_here()->env)
            continue;
        EACH_SLOT(s) {
            CHECK(refused(exo_env_destroy(*s, env)));
            CHECK(refused(exo_act_create(*s, env, &spec)));
            CHECK(refused(exo_cap_give(*s, env, 0, 5)));
            CHECK(refused(exo_pt_update(env, *s, &op, 1)));
        }
    }
}

void attack_env_ids(void)
{
    const env_id_t ids[] = {EXO_ENVS_MAX - 1, ~0ull, ~0ull << 10, 1ull << 63, REPORT->victim + EXO_ENVS_MAX,
                            REPORT->victim - EXO_ENVS_MAX, REPORT->victim ^ 1ull << 40, 0x3ff};
    struct exo_act_spec spec = {.slots = 2};
    struct exo_pt_op op = {.va = PAGE(0), .count = 1, .op = EXO_PT_UNMAP};
    int64_t position = exo_slice_alloc(0, 0, EXO_SLICE_ANY);
    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        EQ(exo_env_destroy(0, ids[i]), E(ENV));
        EQ(exo_act_create(0, ids[i], &spec), E(ENV));
        EQ(exo_cap_give(0, ids[i], 0, 5), E(ENV));
        EQ(exo_pt_update(ids[i], 0, &op, 1), E(ENV));
        EQ(exo_yield(ids[i], 0), E(ENV));
        if (ids[i] != EXO_ENV_NONE)
            EQ(exo_slice_bind(0, 0, (uint32_t)position, ids[i], 0), E(ENV));
    }
    for (uint32_t act = 1; act < 40; act++)
        EQ(exo_yield(REPORT->victim, act), E(ENV));
}

void attack_slice_foreign(void)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        for (uint32_t position = 0; position < EXO_SLICES; position++) {
            const volatile struct exo_slice *slice = slice_info(cpu, position);
            if (!slice->allocated || slice->env == act_here()->env)
                continue;
            EQ(exo_slice_alloc(0, cpu, position), E(BUSY));
            EACH_SLOT(s) {
                CHECK(refused(exo_slice_free(*s, cpu, position)));
                CHECK(refused(exo_slice_bind(*s, cpu, position, 0, 0)));
                CHECK(refused(exo_slice_bind(*s, cpu, position, EXO_ENV_NONE, 0)));
            }
        }
}

/* A slice of one's own for somebody else's activation, and with a capability that is only to read. */
void attack_slice_bind(void)
{
    int64_t position = exo_slice_alloc(0, 0, EXO_SLICE_ANY);
    struct exo_cap weak = ATTACKER_NAME;
    EQ(exo_slice_bind(0, 0, (uint32_t)position, REPORT->victim, 0), E(RIGHTS));
    weak.rights = EXO_RIGHT_READ;
    EQ(exo_cap_derive(0, 5, &weak), 0);
    EQ(exo_slice_alloc(5, 0, EXO_SLICE_ANY), E(RIGHTS));
    EQ(exo_slice_free(5, 0, (uint32_t)position), E(RIGHTS));
    EQ(exo_slice_bind(5, 0, (uint32_t)position, EXO_ENV_NONE, 0), E(RIGHTS));
    EQ(exo_slice_bind(0, 0, EXO_SLICES, 0, 0), E(ARG));
    EQ(exo_slice_bind(0, INFO->cpus, 0, 0, 0), E(NODEV));
    EQ(exo_slice_bind(0, 0xffffffff, 0, 0, 0), E(NODEV));
    EQ(exo_slice_bind(0, 0, (uint32_t)position, 0, EXO_ACTS_MAX), E(ARG));
    EQ(exo_slice_bind(0, 0, (uint32_t)position, 0, 7), E(ENV));
}

void attack_irq(void)
{
    struct exo_irq_spec spec = {.flags = EXO_IRQ_SHARED};
    EACH_SLOT(s)
        for (uint32_t line = 0; line < 32; line++) {
            CHECK(refused(exo_irq_bind(*s, line, 0, 0, &spec)));
            CHECK(refused(exo_irq_bind(*s, line, EXO_ENV_NONE, 0, NULL)));
        }
    for (uint32_t line = 0; line < 1024; line++) {
        EQ(exo_irq_ack(line), E(NODEV));
        EQ(exo_irq_mask(line), E(NODEV));
    }
    EQ(exo_irq_ack(0xffffffff), E(NODEV));
    EQ(exo_irq_mask(0xffffffff), E(NODEV));
}

static void port_write(uint16_t port)
{
    __asm__ volatile("outb %0, %1" : : "a"((uint8_t)0xff), "d"(port));
}

void attack_ports(void)
{
    EACH_SLOT(s) {
        CHECK(refused(exo_port_bind(*s, 0, 0x3f8, 8)));
        CHECK(refused(exo_port_bind(*s, REPORT->victim, 0x2f8, 1)));
    }
    for (uint32_t port = 0; port < 0x10000; port += 1 + port % 7) {
        FAULTS(in8((uint16_t)port), VECTOR_GP);
        FAULTS(port_write((uint16_t)port), VECTOR_GP);
    }
    FAULTS(__asm__ volatile("inl %%dx, %%eax" : : "d"(0xffff) : "rax"), VECTOR_GP);
    FAULTS(__asm__ volatile("rep outsb" : : "d"(0xf4), "S"(REPORT), "c"(4)), VECTOR_GP);
}

void attack_root_calls(void)
{
    struct exo_cap empty = {.rights = EXO_RIGHTS_ALL};
    char text[16] = "attacker";
    EACH_SLOT(s) {
        CHECK(refused(exo_log_write(*s, EXO_LOG_PANIC, text, 8)));
        CHECK(refused(exo_clock_set(*s, 0)));
        CHECK(refused(exo_power(*s, EXO_POWER_OFF, 0)));
        CHECK(refused(exo_power(*s, EXO_POWER_RESET, 0)));
        CHECK(refused(exo_trace_set(*s, ~0u)));
        CHECK(refused(exo_driver_name(*s, 0, text)));
        CHECK(refused(exo_quota_set(*s, &empty, 0, ~0ull)));
        CHECK(refused(exo_cap_revoke(*s, &empty)));
        CHECK(refused(exo_cap_derive(*s, 5, &empty)));
    }
    EQ(exo_power(0, 2, 0), E(ARG));
}

void attack_cap_forge(void)
{
    struct exo_cap own = ATTACKER_NAME, cap;
    for (unsigned len = 0; len <= 64; len++) {
        cap = (struct exo_cap){.bits = len ? REPORT->victim_name.bits & ~0ull << (64 - len) : 0, .len = (uint8_t)len, .rights = 1};
        EACH_SLOT(s)
            CHECK(refused(exo_cap_derive(*s, 5, &cap)));
    }
    for (unsigned len = 0; len < own.len; len++) { /* what is above one's own */
        cap = (struct exo_cap){.bits = len ? own.bits & ~0ull << (64 - len) : 0, .len = (uint8_t)len, .rights = 1};
        EQ(exo_cap_derive(0, 5, &cap), E(RIGHTS));
    }
    for (unsigned bit = 0; bit < 8; bit++) { /* and beside it */
        cap = (struct exo_cap){.bits = own.bits ^ 1ull << (56 + bit), .len = 8, .rights = 1};
        EQ(exo_cap_derive(0, 5, &cap), E(RIGHTS));
    }
    const struct exo_cap malformed[] = {
        {.bits = own.bits, .len = 65, .rights = 1}, {.bits = own.bits, .len = 255, .rights = 1},
        {.bits = own.bits | 1, .len = 8, .rights = 1}, {.bits = own.bits, .len = 8, .rights = 16},
        {.bits = own.bits, .len = 8, .rights = 0}, {.bits = own.bits, .len = 8, .rights = 1, .reserved = {1}},
        {.bits = own.bits, .len = 8, .rights = 1, .reserved = {0, 0, 0, 0, 0, 128}}};
    for (unsigned i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        EQ(exo_cap_derive(0, 5, &malformed[i]), E(ARG));
    EQ(env_info(act_here()->env)->caps[5].rights, 0);
}

void attack_cap_widen(void)
{
    struct exo_cap cap = ATTACKER_NAME;
    cap.rights = EXO_RIGHT_READ | EXO_RIGHT_GRANT;
    EQ(exo_cap_derive(0, 5, &cap), 0);
    for (unsigned rights = 1; rights < 16; rights++) {
        cap.rights = (uint8_t)rights;
        EQ(exo_cap_derive(5, 6, &cap), rights & ~9u ? E(RIGHTS) : 0);
        exo_cap_drop(6);
    }
    cap.rights = EXO_RIGHT_READ | EXO_RIGHT_WRITE | EXO_RIGHT_CONTROL;
    EQ(exo_cap_derive(0, 7, &cap), 0);
    EQ(exo_cap_derive(7, 6, &cap), E(RIGHTS));        /* without GRANT nothing is derived */
    EQ(exo_cap_give(0, act_here()->env, 7, 6), E(RIGHTS)); /* nor given, not even to oneself */
    uint32_t frame = EXO_FRAME_ANY;
    struct exo_env_spec spec = {.name = "x"};
    EQ(exo_frame_alloc(5, &frame, 1, 0), E(RIGHTS));
    EQ(exo_env_create(5, &spec), E(RIGHTS));
}

void attack_cap_after_drop(void)
{
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 1);
    EQ(exo_cap_derive(0, 5, &below), 0);
    frame_t frame = frame_new_under(5, EXO_FRAME_ZERO);
    EQ(exo_cap_drop(5), 0);
    uint32_t wanted = EXO_FRAME_ANY;
    struct exo_env_spec spec = {.name = "x"};
    EQ(exo_cap_drop(5), E(SLOT));
    EQ(exo_frame_alloc(5, &wanted, 1, 0), E(SLOT));
    EQ(exo_frame_free(5, &frame, 1), E(SLOT));
    EQ(exo_env_create(5, &spec), E(SLOT));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, 0, 5), E(SLOT));
    EQ(exo_cap_derive(5, 6, &below), E(SLOT));
    EQ(exo_cap_give(0, 0, 5, 6), E(SLOT));
}

/* An environment that keeps using a name that is being revoked, on another CPU, while it is revoked. */
static void revoked_user(void *unused)
{
    (void)unused;
    uint32_t frame;
    meet(&REPORT->word[0], 1);
    while (REPORT->word[0] == 1) {
        frame = EXO_FRAME_ANY;
        if (exo_frame_alloc(3, &frame, 1, 0) == 0) {
            pt_one(0, EXO_PT_MAP, PAGE(2), frame, 1, EXO_PROT_WRITE, 3);
            REPORT->word[2]++; /* what the page mapped before is gone from it */
            exo_frame_free(3, &frame, 1);
        }
    }
    frame = EXO_FRAME_ANY;
    EQ(exo_frame_alloc(3, &frame, 1, 0), E(SLOT));
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 1);
    EQ(exo_cap_derive(3, 5, &below), E(SLOT));
    REPORT->word[1] = 1;
    park();
}

static int64_t revoke_own(struct exo_cap prefix)
{
    int64_t result;
    while ((result = exo_cap_revoke(0, &prefix)) == E(AGAIN))
        exo_yield(0, EXO_ACT_ANY);
    return result;
}

void attack_cap_after_revoke(void)
{
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 1);
    EQ(exo_cap_derive(0, 5, &below), 0);
    env_id_t env = spawn(NULL, 0);
    EQ(exo_cap_give(0, env, 5, 3), 0);
    EQ(child_act(env, revoked_user, NULL), 0);
    int64_t position = exo_slice_alloc(0, other_cpu(), EXO_SLICE_ANY);
    EQ(exo_slice_bind(0, other_cpu(), (uint32_t)position, env, 0), 0);
    frame_t frame = frame_new_under(5, EXO_FRAME_ZERO);
    EQ(pt_one(env, EXO_PT_MAP, PAGE(2), frame, 1, 0, 3), 1);
    REPORT->word[0] = 1;
    CHECK(await_more(&REPORT->word[2], 0));
    EQ(revoke_own(below), 0);
    EQ(FRAMES[frame].maps, 0);
    REPORT->word[0] = 2;
    CHECK(meet(&REPORT->word[1], 1));
    EQ(exo_frame_free(5, &frame, 1), E(SLOT));
    EQ(exo_frame_free(0, &frame, 1), 1); /* it passed to who revoked */
}

/* Between the first step of a revocation and the last. */
void attack_cap_while_revoking(void)
{
    struct exo_cap above = name_below((struct exo_cap)ATTACKER_NAME, 1), below = name_below(above, 2);
    EQ(exo_cap_derive(0, 5, &below), 0);
    EQ(exo_cap_revoke(0, &above), E(AGAIN));
    EQ(exo_cap_derive(0, 6, &below), E(REVOKED));
    EQ(exo_cap_derive(0, 6, &above), E(REVOKED));
    uint32_t frame = EXO_FRAME_ANY;
    int64_t result = exo_frame_alloc(5, &frame, 1, 0);
    CHECK(result == E(REVOKED) || result == E(SLOT));
    EQ(revoke_own(above), 0);
    EQ(exo_cap_derive(0, 6, &below), 0);
}

void attack_revoke_foreign(void)
{
    struct exo_cap own = ATTACKER_NAME, victim = REPORT->victim_name;
    EACH_SLOT(s) {
        CHECK(refused(exo_cap_revoke(*s, &victim)));
        CHECK(refused(exo_cap_revoke(*s, &own))); /* one's own name is for who gave it */
    }
    for (unsigned len = 0; len < 8; len++) {
        struct exo_cap above = {.bits = len ? own.bits & ~0ull << (64 - len) : 0, .len = (uint8_t)len};
        EQ(exo_cap_revoke(0, &above), E(RIGHTS));
    }
    struct exo_cap weak = own;
    weak.rights = EXO_RIGHTS_ALL & ~EXO_RIGHT_CONTROL;
    EQ(exo_cap_derive(0, 5, &weak), 0);
    struct exo_cap below = name_below(own, 9);
    EQ(exo_cap_revoke(5, &below), E(RIGHTS));
}

void attack_quota_raise(void)
{
    struct exo_cap own = ATTACKER_NAME, below = name_below(own, 1), victim = REPORT->victim_name;
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++) {
        EQ(exo_quota_set(0, &own, kind, 1 << 20), E(RIGHTS));
        EQ(exo_quota_set(0, &own, kind, 0), E(RIGHTS));
        EQ(exo_quota_set(0, &victim, kind, 0), E(RIGHTS));
        EQ(exo_quota_set(0, &below, kind, QUOTA_FRAMES + 1), E(QUOTA));
        EQ(exo_quota_set(0, &below, kind, ~0ull), E(QUOTA));
        EQ(exo_quota_set(0, &below, kind, 1ull << 63), E(QUOTA));
    }
    EQ(exo_quota_set(0, &below, EXO_QUOTA_KINDS, 1), E(ARG));
    EQ(exo_quota_set(0, &below, 0x80000000, 1), E(ARG));
    EQ(quota_info(&below) == NULL, true);
    EQ(quota_info(&own)->limit[EXO_QUOTA_FRAMES], QUOTA_FRAMES);
}

void attack_slot_numbers(void)
{
    const uint32_t bad[] = {16, 17, 31, 32, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff, 14};
    struct exo_cap own = ATTACKER_NAME, below = name_below(own, 1);
    struct exo_env_spec spec = {.name = "x"};
    uint32_t frame = EXO_FRAME_ANY, mine = frame_own();
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EQ(exo_cap_derive(bad[i], 5, &below), E(SLOT));
        EQ(exo_cap_drop(bad[i]), E(SLOT));
        EQ(exo_cap_revoke(bad[i], &below), E(SLOT));
        EQ(exo_quota_set(bad[i], &below, 0, 1), E(SLOT));
        EQ(exo_frame_alloc(bad[i], &frame, 1, 0), E(SLOT));
        EQ(exo_frame_free(bad[i], &mine, 1), E(SLOT));
        EQ(exo_frame_guard(bad[i], 0, mine, 1), E(SLOT));
        EQ(exo_frame_guard(0, bad[i], mine, 1), E(SLOT));
        EQ(exo_env_create(bad[i], &spec), E(SLOT));
        EQ(exo_slice_alloc(bad[i], 0, EXO_SLICE_ANY), E(SLOT));
        EQ(exo_cap_give(0, 0, bad[i], 5), E(SLOT));
        if (bad[i] >= EXO_CAP_SLOTS) {
            EQ(exo_cap_give(0, 0, 0, bad[i]), E(SLOT));
            EQ(exo_cap_derive(0, bad[i], &below), E(ARG));
        }
    }
}

void attack_doorbell_foreign(void)
{
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), REPORT->readable, 1, 0, 0), 1);
    const uint64_t words[] = {PAGE(0), PAGE(5), EXO_WINDOW_PML4, EXO_WINDOW_PT + (PAGE(0) >> 12) * 8, EXO_PUB_ENVS, EXO_PUB_INFO,
                              0xffff880000000000, 0xffffffff80000000, 0x0000800000000000, ~7ull, 0, 8};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        EQ(exo_doorbell((void *)words[i]), E(FAULT));
        struct exo_term term = {.word = words[i], .value = ~0ull, .op = EXO_TERM_EQ, .width = 8};
        EQ(exo_wait(&term, 1, 0), i ? E(FAULT) : 0);
        if (words[i])
            EQ(exo_watch(0, (void *)words[i]), i ? E(FAULT) : 0);
    }
    EQ(exo_doorbell((void *)(REPORT_VA + 2)), E(ARG));
    EQ(exo_watch(0, NULL), 0);
}
