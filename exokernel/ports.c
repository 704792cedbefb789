/* SPDX-License-Identifier: MIT
 *
 * ports.c: bindings of I/O ports (ports.h). Which ports an environment may use stands in the I/O bitmap of
 * the CPU's TSS (Intel SDM vol 1 §19.5.2), set when its page tables are loaded: only the ranges that change are written. It
 * is memory, which the processor reads at each access, and under kernel_lock; so any CPU may change another's.
 */
#include "ports.h"

#include "devices.h"
#include "exo_calls.h"
#include "kernel.h"
#include "log.h"
#include "x86/kpaging.h"

/* Ports whose use would reach past the environment that has them: DMA, reset, NMI, timers and interrupt controllers of the
 * kernel, PCI configuration, and the debug devices that end the machine or write the kernel's log. ACPI's are found at
 * boot (ports_forbid). */
static struct port_range forbidden[24] = {
    {0x00, 0x1f},   {0x20, 0x21},   {0x40, 0x43},   {0x61, 0x61},     {0x70, 0x77},     {0x80, 0x9f},
    {0xa0, 0xa1},   {0xc0, 0xdf},   {0xe9, 0xe9},   {0xf4, 0xf7},     {0x4d0, 0x4d1},   {0x510, 0x51b},
    {0xcd6, 0xcd7}, {0xcf8, 0xcff}, {0xae00, 0xae1f},
};
static unsigned forbidden_count = 15;

/* What each CPU's bitmap allows: an environment that ends on another CPU has no ranges any more when this one closes them. */
static struct opened {
    struct port_range range[EXO_PORT_RANGES];
    uint32_t n;
} opened[EXO_CPUS_MAX];

/* The first UART, where the kernel logs as long as nobody has it. */
static const struct port_range log_uart = {0x3f8, 0x3ff};

static struct exo_ports *published;

void ports_init(void)
{
    published = publish_area(EXO_PUB_PORTS, EXO_ENVS_MAX * sizeof *published);
}

static void publish(const struct env *env)
{
    struct exo_ports *pub = &published[env->index];
    __atomic_store_n(&pub->seq, pub->seq + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    pub->env = env->id;
    pub->ranges = env->port_ranges;
    for (uint32_t i = 0; i < env->port_ranges; i++) {
        pub->range[i].first = env->port[i].first;
        pub->range[i].last = env->port[i].last;
    }
    __atomic_store_n(&pub->seq, pub->seq + 1, __ATOMIC_RELEASE);
}

void ports_forbid(uint16_t first, uint16_t last)
{
    if (forbidden_count < sizeof forbidden / sizeof forbidden[0])
        forbidden[forbidden_count++] = (struct port_range){first, last};
}

static bool overlap(struct port_range a, struct port_range b)
{
    return a.first <= b.last && b.first <= a.last;
}

static bool taken(struct env *env, struct port_range range)
{
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        struct env *other = env_at(i);
        for (uint32_t k = 0; other && other != env && k < other->port_ranges; k++)
            if (overlap(other->port[k], range))
                return true;
    }
    return false;
}

static void allow(struct tss *tss, const struct port_range *range, uint32_t n, bool yes)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t byte = range[i].first / 8; byte <= range[i].last / 8u; byte++) {
            uint32_t mask = 0xff;
            if (byte == range[i].first / 8)
                mask &= 0xffu << range[i].first % 8;
            if (byte == range[i].last / 8)
                mask &= 0xffu >> (7 - range[i].last % 8);
            tss->iomap[byte] = (uint8_t)(yes ? tss->iomap[byte] & ~mask : tss->iomap[byte] | mask);
        }
}

static void load(struct cpu *cpu, struct env *env)
{
    struct opened *now = &opened[cpu->index];
    allow(cpu->tss, now->range, now->n, false);
    now->n = env ? env->port_ranges : 0;
    for (uint32_t i = 0; i < now->n; i++)
        now->range[i] = env->port[i];
    allow(cpu->tss, now->range, now->n, true);
    cpu->ports_env = now->n ? env : NULL;
    cpu->tss->iomap_base = cpu->ports_env ? TSS_IOMAP_OFFSET : TSS_NO_IOMAP;
}

void ports_load(struct env *env)
{
    load(this_cpu(), env);
}

/* The ranges of env have changed: published, and so on each CPU that runs it. */
static void changed(struct env *env)
{
    publish(env);
    for (uint32_t i = 0; i < cpu_count; i++)
        if (cpus[i]->env == env)
            load(cpus[i], env);
}

int ports_assign(struct env *env, uint16_t first, uint32_t n)
{
    struct port_range range = {first, (uint16_t)(first + n - 1)};
    for (unsigned i = 0; i < forbidden_count; i++)
        if (overlap(forbidden[i], range))
            return -EXO_E_RIGHTS;
    if (device_ports_reach_memory(first, n))
        return -EXO_E_RIGHTS;
    if (taken(env, range))
        return -EXO_E_BUSY;
    if (env->port_ranges == EXO_PORT_RANGES)
        return -EXO_E_LIMIT;
    int error = env_charge(env, EXO_QUOTA_PORTS);
    if (error)
        return error;
    env->port[env->port_ranges++] = range;
    changed(env);
    if (overlap(log_uart, range))
        log_uart_enable(false);
    return 0;
}

static void drop(struct env *env, uint32_t i)
{
    if (overlap(log_uart, env->port[i]))
        log_uart_enable(true);
    env->port[i] = env->port[--env->port_ranges];
    env_uncharge(env, EXO_QUOTA_PORTS);
}

void ports_forget(struct env *env)
{
    if (!env->port_ranges)
        return;
    while (env->port_ranges)
        drop(env, env->port_ranges - 1);
    changed(env);
}

int ports_take(struct env *env, uint64_t first)
{
    for (uint32_t i = 0; i < env->port_ranges; i++) {
        if (env->port[i].first != first)
            continue;
        int last = env->port[i].last;
        drop(env, i);
        changed(env);
        return last;
    }
    return -EXO_E_NODEV;
}
