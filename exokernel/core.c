/* SPDX-License-Identifier: MIT
 *
 * core.c: sets the kernel's tables up at boot: what is published, who owns which frame, how much there is to divide.
 */
#include "assert.h"
#include "bootinfo.h"
#include "devices.h"
#include "entropy.h"
#include "frame.h"
#include "irq.h"
#include "kernel.h"
#include "log.h"
#include "memory.h"
#include "phys.h"
#include "ports.h"
#include "pt.h"
#include "quota.h"
#include "sched.h"
#include "slice.h"
#include "tables.h"
#include "trace.h"
#include "wait.h"
#include "x86/kpaging.h"

struct exo_info *published_info;
struct exo_env_info *published_envs;
struct exo_quota *published_quotas;

static size_t pages_for(size_t bytes)
{
    return (bytes + EXO_PAGE_BYTES - 1) / EXO_PAGE_BYTES;
}

static void *early(size_t bytes)
{
    return frame_address((frame_t)(phys_early_alloc(pages_for(bytes)) >> EXO_PAGE_BITS));
}

/* One past the last RAM frame. */
static uint32_t count_frames(const struct boot_info *boot)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < boot->memory_count; i++)
        if (boot->memory[i].usable && boot->memory[i].base + boot->memory[i].bytes > end)
            end = boot->memory[i].base + boot->memory[i].bytes;
    return (uint32_t)(end >> EXO_PAGE_BITS);
}

static void make_frame_table(const struct boot_info *boot)
{
    uint32_t count = count_frames(boot);
    struct exo_frame *table = publish_area(EXO_PUB_FRAMES, (size_t)count * sizeof *table);
    uint64_t *bitmap = publish_area(EXO_PUB_FREE, (count + 63) / 64 * 8);
    uint64_t *summary = early((count + 4095) / 4096 * 8);
    frame_init(table, bitmap, summary, count, &published_info->free_frames);
    published_info->frames = count;
}

static void make_cpu_tables(void)
{
    struct exo_slice *slices = publish_area(EXO_PUB_SLICES, cpu_count * EXO_SLICES * sizeof *slices);
    for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
        slice_init(cpu, slices + cpu * EXO_SLICES, early(slice_private_bytes()));
        deadline_init(cpu, early(EXO_ENVS_MAX * EXO_ACTS_MAX * sizeof(uint16_t)));
        pt_batch_init(cpu, early(sizeof(struct pt_batch)));
    }
}

/* After the last early allocation: what is left is free; the boot module is the first environment's; other RAM is the
 * kernel's. */
static void divide_frames(const struct boot_info *boot)
{
    phys_early_free((paddr_t)boot_start, (paddr_t)boot_end); /* smp_start still uses it, before anybody can get it */
    for (unsigned i = 0; i < boot->memory_count; i++)
        if (boot->memory[i].usable) {
            paddr_t base = boot->memory[i].base;
            frame_boot_own((frame_t)(base >> EXO_PAGE_BITS), (uint32_t)(boot->memory[i].bytes >> EXO_PAGE_BITS),
                           EXO_FRAME_KERNEL);
            phys_early_each_free(base, boot->memory[i].bytes, frame_boot_free);
        }
    if (boot->module_count) {
        published_info->module_frame = (frame_t)(boot->module[0].base >> EXO_PAGE_BITS);
        published_info->module_frames = (uint32_t)pages_for(boot->module[0].bytes);
        published_info->module_bytes = boot->module[0].bytes;
        frame_boot_own(published_info->module_frame, published_info->module_frames, EXO_FRAME_USER);
    }
}

static void make_quotas(void)
{
    const uint64_t limit[EXO_QUOTA_KINDS] = {
        [EXO_QUOTA_FRAMES] = published_info->free_frames + published_info->module_frames,
        [EXO_QUOTA_ENVS] = EXO_ENVS_MAX,
        [EXO_QUOTA_SLICES] = (uint64_t)cpu_count * EXO_SLICES,
        [EXO_QUOTA_ACTS] = EXO_ENVS_MAX * EXO_ACTS_MAX,
        [EXO_QUOTA_QUOTAS] = QUOTAS_MAX - 1,
        [EXO_QUOTA_REVOCATIONS] = CAP_REVOKED_MAX,
        [EXO_QUOTA_LINES] = IRQ_LINES,
        [EXO_QUOTA_PORTS] = PORT_RANGES_MAX,
        [EXO_QUOTA_TRANSFERS] = TRANSFERS_MAX,
    };
    quota_init(published_quotas, limit);
    if (quota_charge(0, EXO_QUOTA_FRAMES, published_info->module_frames))
        assert(false);
}

void core_init(const struct boot_info *boot)
{
    published_envs = publish_area(EXO_PUB_ENVS, EXO_ENVS_MAX * sizeof *published_envs);
    make_frame_table(boot);
    make_cpu_tables();
    trace_init(boot->cmdline);
    irq_init();
    ports_init();
    published_quotas = publish_area(EXO_PUB_QUOTAS, QUOTAS_MAX * sizeof *published_quotas);
    divide_frames(boot);
    make_quotas();
    published_info->quotas = QUOTAS_MAX;
    published_info->slice_ns = slice_ns;
    published_info->grace_ns = sched_grace_ns();
    log_info("core", "memory ready frames=%u free=%u module_frames=%u", published_info->frames,
             published_info->free_frames, published_info->module_frames);
    trace_start();
}
