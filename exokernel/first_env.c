/* SPDX-License-Identifier: MIT
 *
 * first_env.c: loads the first environment from the front of the boot module: a static ELF64 executable. This is all
 * that the kernel knows of file formats; later programs are loaded by their parents, in ring 3.
 *
 * It gets the empty prefix in slot 0, one activation, and one slice of CPU 0. A module that cannot be used is a panic
 * that says why: there is nothing to run. Sources: ELF-64 Object File Format 1.5.
 */
#include "elf64.h"
#include "frame.h"
#include "kernel.h"
#include "memory.h"
#include "panic.h"
#include "pt.h"
#include "slice.h"
#include "tables.h"

static void bad_module(const char *why)
{
    panic("boot module: %s (give an image whose first file is the first environment: -initrd boot.img)", why);
}

static const uint8_t *module_bytes(void)
{
    return frame_address(published_info->module_frame);
}

static const struct elf64_header *check_header(void)
{
    uint64_t bytes = published_info->module_bytes;
    if (bytes == 0)
        bad_module("there is none, or no memory for it"); /* GRUB leaves it out then, and goes on */
    if (bytes < sizeof(struct elf64_header))
        bad_module("it is shorter than an ELF header");
    const struct elf64_header *header = (const void *)module_bytes();
    if (header->magic != ELF64_MAGIC || header->class != 2 || header->data != 1)
        bad_module("it does not start with a 64-bit little-endian ELF file");
    if (header->machine != ELF64_X86_64 || header->type != ELF64_EXECUTABLE)
        bad_module("the ELF file is not an x86-64 executable");
    if (header->phentsize != sizeof(struct elf64_segment) || header->phnum > 64 || header->phoff > bytes ||
        header->phnum * sizeof(struct elf64_segment) > bytes - header->phoff)
        bad_module("the program headers lie outside of the file");
    return header;
}

static void map_page(struct env *env, uint64_t va, frame_t frame, unsigned prot)
{
    int error = pt_apply(va, frame, 1, EXO_PT_WHAT(EXO_PT_MAP, prot, 0, 0), env, pt_batch_begin(env));
    if (error)
        panic("first environment: cannot map address %lx (error %d)", va, -error);
}

static frame_t new_page(struct env *env, uint64_t va, unsigned prot)
{
    frame_t frame = EXO_FRAME_ANY;
    if (frame_take(&frame, env->guard, env->quota, EXO_FRAME_USER, EXO_FRAME_ZERO))
        panic("first environment: too little memory (%u frames free)", published_info->free_frames);
    map_page(env, va, frame, prot);
    return frame;
}

static void load_segment(struct env *env, const struct elf64_segment *segment)
{
    uint64_t bytes = published_info->module_bytes;
    if (segment->filesz > segment->memsz || segment->offset > bytes || segment->filesz > bytes - segment->offset)
        bad_module("a segment lies outside of the file");
    if (segment->vaddr >= EXO_USER_TOP || segment->memsz > EXO_USER_TOP - segment->vaddr)
        bad_module("a segment lies outside of the user's half");
    if ((segment->flags & ELF64_WRITE) && (segment->flags & ELF64_EXEC))
        bad_module("a segment is writable and executable");
    unsigned prot = (segment->flags & ELF64_WRITE ? EXO_PROT_WRITE : 0) | (segment->flags & ELF64_EXEC ? EXO_PROT_EXEC : 0);
    uint64_t end = segment->vaddr + segment->memsz, file_end = segment->vaddr + segment->filesz;
    const uint8_t *data = module_bytes() + segment->offset;
    for (uint64_t page = segment->vaddr & ~(EXO_PAGE_BYTES - 1ull); page < end; page += EXO_PAGE_BYTES) {
        uint8_t *to = frame_address(new_page(env, page, prot));
        for (uint64_t at = page < segment->vaddr ? segment->vaddr : page; at < page + EXO_PAGE_BYTES && at < file_end; at++)
            to[at - page] = data[at - segment->vaddr];
    }
}

static void load_image(struct env *env, const struct elf64_header *header)
{
    const struct elf64_segment *segment = (const void *)(module_bytes() + header->phoff);
    for (unsigned i = 0; i < header->phnum; i++)
        if (segment[i].type == ELF64_LOAD && segment[i].memsz)
            load_segment(env, &segment[i]);
}

static void start(struct env *env, uint64_t entry)
{
    struct exo_act_spec spec = {.stack = EXO_INIT_STACK_TOP, .slots = 8};
    for (unsigned i = 0; i < EXO_UPCALLS; i++)
        spec.entry[i] = i == EXO_UPCALL_SLICE_END ? 0 : entry;
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        spec.fault_stack[i] = EXO_INIT_STACK_TOP - EXO_INIT_STACK_BYTES / 2 - i * EXO_INIT_STACK_BYTES / 8;
    for (uint64_t va = EXO_INIT_STACK_TOP - EXO_INIT_STACK_BYTES; va < EXO_INIT_STACK_TOP; va += EXO_PAGE_BYTES)
        new_page(env, va, EXO_PROT_WRITE);
    int act = act_make(env, &spec);
    if (act < 0)
        panic("first environment: no activation (error %d)", -act);
    if (slice_take(0, 0, env->guard) < 0 || slice_assign(0, 0, env->act[act]))
        panic("first environment: no slice");
}

void first_env_start(const struct boot_info *boot)
{
    (void)boot;
    static const char name[16] = "init";
    const struct cap_name root = {0, 0};
    const struct elf64_header *header = check_header();
    struct env *env;
    spin_lock(&kernel_lock);
    int error = env_make(root, name, NULL, 0, &env);
    if (error)
        panic("first environment: cannot be made (error %d)", -error);
    cap_put(&env->caps, 0, &(struct exo_cap){.rights = EXO_RIGHTS_ALL});
    load_image(env, header);
    start(env, header->entry);
    env_publish(env);
    spin_unlock(&kernel_lock);
}
