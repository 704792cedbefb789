/* SPDX-License-Identifier: MIT
 *
 * build.c: makes an environment from an ELF image: judge the file, create, give the capability, load the segments, write
 * the start block, map what it shares, give it an activation, ask for its CPU time.
 *
 * Layer: libos/proc. Until it has a slice the new environment cannot run, so whoever is to know of it (build_plan.created, made)
 * is told before. Every error path destroys the environment; its frames free themselves. When something is used up while
 * environments are being torn down, it tries again a bounded number of times.
 */
#include "proc/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exo/exo.h"
#include "exo/layout.h"
#include "exo/note.h"
#include "mem/budget.h"
#include "proc/elf.h"
#include "proc/load.h"
#include "proc/place.h"
#include "proc/start_block.h"
#include "sched/thread.h"

#define OTHER_PAGES 32 /* of an environment, besides its image: tables, activation, stacks, arguments */
#define ENDING_RETRIES 200
#define ENDING_PAUSE_NS 1000000ull

/* ---- The environment ---- */

/* Are environments being torn down, so that their resources will soon be free? */
static int some_ending(void)
{
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++)
        if (((const volatile struct exo_env_info *)EXO_PUB_ENVS)[i].state == EXO_ENV_ENDING)
            return 1;
    return 0;
}

static int env_make(const struct build_plan *plan, uint64_t *env)
{
    struct exo_env_spec spec = {.act = 0};
    strncpy(spec.name, plan->name, sizeof spec.name - 1);
    int64_t result = exo_env_create(plan->cap, &spec);
    if (result < 0)
        return (int)exo_errno(result);
    *env = (uint64_t)result;
    if (plan->created)
        plan->created(plan->argument, *env);
    return 0;
}

/* ---- Its memory ---- */

static int exo_prot(uint32_t elf_prot)
{
    return (elf_prot & ELF_WRITE ? EXO_PROT_WRITE : 0) | (elf_prot & ELF_EXEC ? EXO_PROT_EXEC : 0);
}

static int load_image(const struct load_target *to, const struct build_plan *plan, const struct elf_plan *elf)
{
    for (uint32_t i = 0; i < elf->segments; i++) {
        const struct elf_segment *s = &elf->segment[i];
        const uint8_t *source = (const uint8_t *)plan->image + s->offset;
        int result = load_range(to, s->vaddr, source, s->filesz, s->memsz, exo_prot(s->prot));
        if (result != 0)
            return result;
    }
    return 0;
}

/* Is there memory for it, beyond what is promised to others and to be spared? */
static int image_fits(const struct build_plan *plan, const struct elf_plan *elf)
{
    uint64_t pages = OTHER_PAGES + plan->spare_pages;
    for (uint32_t i = 0; i < elf->segments; i++)
        pages += elf->segment[i].memsz / EXO_PAGE_BYTES + 1;
    return plan->spare_pages == 0 || budget_grants(plan->cap, pages);
}

static int load_start(const struct load_target *to, const struct build_plan *plan)
{
    struct start_strings strings = {plan->argv, plan->envp, plan->path, plan->cwd};
    long bytes = start_block_size(&strings);
    if (bytes < 0)
        return (int)bytes;
    void *block = malloc((size_t)bytes);
    if (block == NULL)
        return -ENOMEM;
    start_block_write(block, EXO_START_BASE, &plan->start, &strings);
    int result = load_range(to, EXO_START_BASE, block, (size_t)bytes, (size_t)bytes, EXO_PROT_WRITE);
    free(block);
    return result;
}

static int map_shared(const struct load_target *to, const struct build_plan *plan)
{
    for (size_t i = 0; i < plan->mapping_count; i++) {
        const struct build_mapping *m = &plan->mappings[i];
        struct exo_pt_op op = {
            .va = m->va,
            .frame = m->frame,
            .count = m->count,
            .op = EXO_PT_MAP,
            .prot = (uint8_t)m->prot,
            .cap = (uint8_t)m->cap,
        };
        int64_t result = exo_pt_update(to->env, to->cap, &op, 1);
        if (result < 0)
            return (int)exo_errno(result);
    }
    return 0;
}

/* ---- Its activation ---- */

static int note_find(const struct build_plan *plan, struct libos_note *note)
{
    size_t bytes = 0;
    const void *body = elf_note(plan->image, plan->image_bytes, LIBOS_NOTE_NAME, LIBOS_NOTE_TYPE, &bytes);
    const size_t head = offsetof(struct libos_note, magic);
    if (body == NULL || bytes != sizeof *note - head)
        return 0;
    memcpy((char *)note + head, body, bytes);
    return note->magic == LIBOS_NOTE_MAGIC && note->abi_version == EXO_ABI_VERSION && note->layout == LIBOS_LAYOUT_VERSION;
}

bool build_is_foreign(const void *image, size_t bytes)
{
    uint32_t version;
    size_t body = 0;
    const void *note = elf_note(image, bytes, LIBOS_NOTE_NAME, LIBOS_NOTE_FOREIGN, &body);
    if (note == NULL || body < sizeof version)
        return false;
    memcpy(&version, note, sizeof version);
    return version == EXO_ABI_VERSION;
}

/* A program of another libOS: everything is entered at the ELF entry point, which knows what to do. */
static struct libos_note note_foreign(const struct build_plan *plan, const struct elf_plan *elf)
{
    return (struct libos_note){.start = elf->entry, .fault = elf->entry, .slots = plan->foreign_slots};
}

static int act_make(const struct load_target *to, const struct libos_note *note, uint64_t user0)
{
    struct exo_act_spec spec = {
        .entry[EXO_UPCALL_RUN] = note->start,
        .entry[EXO_UPCALL_EVENT] = note->start,
        .entry[EXO_UPCALL_FAULT] = note->fault,
        .resume_lo = note->resume_lo,
        .resume_hi = note->resume_hi,
        .user0 = user0,
        .slots = note->slots,
    };
    int64_t result = exo_act_create(to->cap, to->env, &spec);
    return result < 0 ? (int)exo_errno(result) : 0;
}

/* Everything between an empty environment and one that only lacks CPU time. *reason is what failed. */
static int fill(const struct load_target *to, const struct build_plan *plan, const struct elf_plan *elf,
                const struct libos_note *note, const char **reason)
{
    *reason = "it cannot be given its capability";
    int64_t given = exo_cap_give(plan->cap, to->env, plan->cap, 0);
    if (given < 0)
        return (int)exo_errno(given);
    *reason = "no memory for the program";
    int result = image_fits(plan, elf) ? load_image(to, plan, elf) : -ENOMEM;
    if (result != 0)
        return result;
    *reason = "no memory for arguments and environment, or they are too long";
    result = plan->foreign ? 0 : load_start(to, plan);
    if (result != 0)
        return result;
    *reason = "shared pages cannot be mapped";
    result = map_shared(to, plan);
    if (result != 0)
        return result;
    *reason = "no memory for a virtual CPU";
    return act_make(to, note, plan->foreign ? plan->foreign : EXO_START_BASE);
}

/* One try, of a program that was judged. */
static int build_once(const struct build_plan *plan, const struct elf_plan *elf, const struct libos_note *note, uint64_t *env,
                      const char **reason)
{
    *reason = "no environment is free";
    int result = env_make(plan, env);
    if (result != 0)
        return result;
    struct load_target to = {*env, plan->cap};
    result = fill(&to, plan, elf, note, reason);
    if (result == 0 && plan->made)
        plan->made(plan->argument, *env);
    if (result == 0) {
        *reason = "there is no CPU time for it";
        result = place_ask(*env, 0, PLACE_ANY_CPU, plan->start.process_slot);
    }
    if (result >= 0)
        return 0;
    exo_env_destroy(plan->cap, *env);
    if (plan->created)
        plan->created(plan->argument, 0);
    return result;
}

int build_environment(const struct build_plan *plan, uint64_t *env, const char **reason)
{
    struct elf_plan elf;
    struct libos_note note;
    int result = elf_check(plan->image, plan->image_bytes, &elf);
    *reason = elf_strerror(result);
    if (result != 0)
        return -ENOEXEC;
    *reason = "not an Exon program (it has no libOS note), or one for another version";
    if (plan->foreign)
        note = note_foreign(plan, &elf);
    else if (!note_find(plan, &note))
        return -ENOEXEC;
    for (int tries = 0;; tries++) {
        int ending = some_ending(); /* asked first: what ends during the try counts for the next */
        result = build_once(plan, &elf, &note, env, reason);
        if ((result != -ENOMEM && result != -EAGAIN) || !ending || tries == ENDING_RETRIES)
            return result;
        thread_sleep_until(exo_clock_ns() + ENDING_PAUSE_NS);
    }
}
