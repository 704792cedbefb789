/* SPDX-License-Identifier: MIT
 *
 * start.c: from the first run upcall to main. Layer: libos/exo; entered from newlib-port/crt0.asm. Reads as the list of
 * what a program needs before its first line runs.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exo/layout.h"
#include "exo/note.h"
#include "exo/start.h"
#include "exo/upcall.h"
#include "mem/vm.h"
#include "sched/thread.h"

void _start(void);
int main(int argc, char **argv, char **envp);

typedef void (*init_fn)(int, char **, char **);
extern const init_fn __preinit_array_start[] __attribute__((weak, visibility("hidden")));
extern const init_fn __preinit_array_end[] __attribute__((weak, visibility("hidden")));
extern const init_fn __init_array_start[] __attribute__((weak, visibility("hidden")));
extern const init_fn __init_array_end[] __attribute__((weak, visibility("hidden")));
extern void (*const __fini_array_start[])(void) __attribute__((weak, visibility("hidden")));
extern void (*const __fini_array_end[])(void) __attribute__((weak, visibility("hidden")));

__attribute__((section(".note.exo"), used, aligned(8))) const struct libos_note libos_note = {
    .name_bytes = 4,
    .body_bytes = sizeof(struct libos_note) - 16,
    .type = LIBOS_NOTE_TYPE,
    .name = LIBOS_NOTE_NAME,
    .magic = LIBOS_NOTE_MAGIC,
    .abi_version = EXO_ABI_VERSION,
    .layout = LIBOS_LAYOUT_VERSION,
    .start = (uintptr_t)_start,
    .fault = (uintptr_t)upcall_fault,
    .resume_lo = (uintptr_t)upcall_resume_lo,
    .resume_hi = (uintptr_t)upcall_resume_hi,
    .slots = LIBOS_NOTE_SLOTS,
};

static const struct start_block *start_block;

const struct start_block *libos_start_block(void) { return start_block; }

/* Says why the program cannot start, and ends it. */
static _Noreturn void refuse(const char *why)
{
    exo_message(why, strlen(why));
    for (;;)
        exo_env_destroy(0, 0);
}

static void run_finalisers(void)
{
    for (size_t n = (size_t)(__fini_array_end - __fini_array_start); n > 0; n--)
        __fini_array_start[n - 1]();
}

static void run_constructors(int argc, char **argv)
{
    for (const init_fn *f = __preinit_array_start; f < __preinit_array_end; f++)
        (*f)(argc, argv, environ);
    for (const init_fn *f = __init_array_start; f < __init_array_end; f++)
        (*f)(argc, argv, environ);
    if (&__fini_array_end[0] != &__fini_array_start[0])
        atexit(run_finalisers);
}

/* The main thread's function. */
static void *start_main(void *argument)
{
    (void)argument;
    static char name[] = "init";
    static char *no_args[] = {name, NULL}, *no_environment[] = {NULL};
    int argc = 1;
    char **argv = no_args;
    environ = no_environment;
    if (start_block) {
        argc = (int)start_block->argc;
        argv = (char **)start_block->argv;
        environ = (char **)start_block->envp;
        signal_start(start_block);
        if (proc_attach && proc_attach(start_block) < 0)
            refuse("program was built for another session layout\n");
        if (files_attach && files_attach(start_block) < 0)
            refuse("no descriptor table\n");
    }
    sched_cpus_start();
    run_constructors(argc, argv);
    exit(main(argc, argv, environ));
}

static struct thread *main_thread_make(void)
{
    size_t bytes = THREAD_MAIN_STACK_BYTES + THREAD_GUARD_BYTES;
    vaddr_t base = EXO_STACK_TOP - bytes;
    if (vm_map_stack(&base, bytes, THREAD_GUARD_BYTES, "main") < 0)
        refuse("no memory for the stack\n");
    return thread_layout(base, bytes, THREAD_GUARD_BYTES, "main");
}

/* Entered by crt0.asm on the start stack, disabled, upcalls not yet ours. */
_Noreturn void libos_start(struct exo_activation *act)
{
    const struct exo_info *info = exo_info();
    struct exo_local *local = exo_local(act);
    start_block = (const struct start_block *)local->start;
    local->current = NULL;
    if (info->magic != EXO_INFO_MAGIC || info->abi_version != EXO_ABI_VERSION)
        refuse("program was built for another version of the kernel's interface\n");
    act->save_slot = 1;
    if (upcall_register(act) < 0 || vm_init() < 0)
        refuse("no memory to start\n");
    struct thread *main_thread = main_thread_make();
    act->fs_base = (uintptr_t)main_thread;
    thread_adopt(main_thread, start_main);
    sched_start(main_thread);
}
