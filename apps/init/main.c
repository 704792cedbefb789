/* SPDX-License-Identifier: MIT
 *
 * main.c: the first environment: brings the machine from the kernel's hands to a running program, then waits and cleans up.
 *
 * Layer: apps/init, on the libOS like every program, but alone with the empty prefix in slot 0. It is pid 1 of the session:
 * orphans are its children. At the end it logs `exit-status N` and switches the machine off. What it cannot do it says on
 * the terminal and in the kernel's log.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exo/exo.h"
#include "fs/file.h"
#include "fs/start.h"
#include "init.h"
#include "placing.h"

#define ORPHAN_CHECK_NS 1000000000ull /* nobody is told when an orphan is killed: look so often while there are any */
#define MANIFEST_PATH "etc/boot.manifest"

static int terminal_ready;

void init_log(unsigned level, const char *text)
{
    size_t n = strlen(text);
    exo_log_write(INIT_CAP_ROOT, level, text, (uint32_t)(n < EXO_LOG_TEXT ? n : EXO_LOG_TEXT - 1));
}

static void say(unsigned level, const char *format, va_list arguments)
{
    char text[256];
    vsnprintf(text, sizeof text - 1, format, arguments);
    init_log(level, text);
    if (!terminal_ready || !terminal_runs())
        return;
    char line[300];
    int n = snprintf(line, sizeof line, "init: %s\n", text);
    (void)!write(2, line, (size_t)n);
}

void init_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(EXO_LOG_WARN, format, arguments);
    va_end(arguments);
}

_Noreturn void init_power(int status, int reset)
{
    char text[32];
    if (terminal_ready)
        terminal_drain();
    snprintf(text, sizeof text, "exit-status %d", status);
    init_log(EXO_LOG_NOTICE, text);
    for (;;)
        exo_power(INIT_CAP_ROOT, reset ? EXO_POWER_RESET : EXO_POWER_OFF, (uint32_t)status);
}

_Noreturn void init_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(EXO_LOG_ERROR, format, arguments);
    va_end(arguments);
    init_power(INIT_STATUS_BROKEN, 0);
}

/* The manifest of the archive, or an interactive shell. */
static const char *manifest_load(const struct cpio *archive, struct manifest *manifest)
{
    static const char shell[] = "Ctty\0P/bin/sh\0Ash\0EPATH=/bin\0EHOME=/\0ETERM=linux\0.";
    struct cpio_entry entry;
    if (!boot_image_file(archive, MANIFEST_PATH, &entry))
        return manifest_parse(manifest, shell, sizeof shell);
    return manifest_parse(manifest, (const char *)entry.data, entry.bytes);
}

/* A program whose library failed it: nobody else can say so. */
static void report_crash(const struct process *process, unsigned vector)
{
    init_say("%s (pid %d) stopped: exception %u while its library could not handle one", process->name, process->pid, vector);
}

/* Are there children that nobody reports on? */
static int have_orphans(void)
{
    struct session_header *header = session_header();
    int found = 0;
    session_lock_acquire(&header->table_lock);
    for (uint32_t slot = 1; slot < header->slots && !found; slot++) {
        const struct process *process = proc_at(slot);
        found = process->state != PROCESS_FREE && process->parent == PROC_INIT_SLOT && !programs_owns(process->pid);
    }
    session_lock_release(&header->table_lock);
    return found;
}

/* Until the programs have ended, or the session asks for the end of all. */
static uint32_t serve(void)
{
    struct session_header *header = session_header();
    const uint32_t *word = &proc_self()->children;
    for (;;) {
        uint32_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        int pid, status;
        terminal_check();
        proc_check_children(report_crash);
        while ((pid = proc_wait(-1, WNOHANG, &status)) > 0)
            programs_ended(pid, status);
        uint32_t request = __atomic_load_n(&header->request, __ATOMIC_ACQUIRE);
        if (request != SESSION_REQUEST_NONE || !programs_running())
            return request;
        session_wait(word, seen, have_orphans() ? exo_clock_ns() + ORPHAN_CHECK_NS : EXO_FOREVER, WAIT_CHILD);
    }
}

/* Files for the first environment itself: a parent does this for all others. */
static void files_start(const struct cpio *archive)
{
    session_off table = fd_table_create();
    if (table == 0)
        init_fail("too little memory for a descriptor table");
    proc_self()->files = table;
    fs_start(&(struct fs_start){
        .table = table, .cwd = "/", .umask = 022, .archive = archive->base, .archive_bytes = archive->bytes});
}

int main(void)
{
    struct cpio archive;
    struct manifest manifest;
    placing_start();
    divide_capabilities();
    divide_session();
    const char *wrong = boot_image_find(&archive);
    if (wrong)
        init_fail("%s", wrong);
    divide_boot_image(&archive);
    files_start(&archive);
    const char *bad_manifest = manifest_load(&archive, &manifest);
    divide_terminal(manifest.bytes);
    if (!terminal_start(&archive, manifest.bytes))
        init_fail("without a console nothing can be shown: giving up");
    terminal_open();
    terminal_ready = 1;
    if (bad_manifest)
        init_fail("/%s is wrong: %s", MANIFEST_PATH, bad_manifest);
    placing_serve();
    programs_start(&manifest);
    terminal_announce();
    uint32_t request = serve();
    init_power(request == SESSION_REQUEST_NONE ? programs_status() : 0, request == SESSION_REQUEST_REBOOT);
}
