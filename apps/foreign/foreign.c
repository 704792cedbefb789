// SPDX-License-Identifier: MIT
//
// foreign: `foreign PROGRAM [ARGUMENT...]` runs a program that has a library OS of its own in an environment of its own,
// below the session's capability, and is its console: copies its output to standard output, standard input to it, and
// ends with its status. spawn starts it by itself for files with a foreign_note (foreign.h).
//
// Layer: apps, over libos/proc. Nothing in the shared pages is believed: positions are masked, text is bytes. Whatever
// way this process ends, who reaps it ends the environment (proc_keeps_others).

#include "foreign.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "exo/exo.h"
#include "exo/layout.h"
#include "exo/note.h"
#include "proc/build.h"
#include "proc/proc.h"
#include "proc/spawn_files.h"
#include "sched/thread.h"
#include "sync/sync.h"

_Static_assert(sizeof(struct foreign_note) == 24, "foreign_note");
_Static_assert(FOREIGN_NOTE_TYPE == LIBOS_NOTE_FOREIGN, "spawn knows these programs by it");

enum { CAP_SLOT = 8, NAME_BITS = 16, ENVS = 8, ACTS = 32 };

static struct foreign_pages *const pages = (struct foreign_pages *)EXO_FOREIGN_BASE;
static struct exo_cap name; // the other's capability
static uint64_t env;

// Frames that the session may still take, as the published quotas say.
static uint64_t frames_left(const struct exo_cap *session)
{
    for (uint32_t i = 0; i < exo_info()->quotas; i++) {
        const struct exo_quota *quota = exo_quota_entry(i);
        if (quota->used_entry && quota->bits == session->bits && quota->len == session->len) {
            return quota->limit[EXO_QUOTA_FRAMES] - quota->used[EXO_QUOTA_FRAMES];
        }
    }
    return 0;
}

// A capability of its own: the session's name followed by this process's number; half of the memory that is left.
static void make_capability(void)
{
    const struct exo_cap *session = &session_header()->cap;
    const uint64_t amounts[EXO_QUOTA_KINDS] = {
        [EXO_QUOTA_FRAMES] = frames_left(session) / 2,
        [EXO_QUOTA_ENVS] = ENVS,
        [EXO_QUOTA_ACTS] = ACTS,
    };
    name = (struct exo_cap){
        .bits = session->bits | (uint64_t)getpid() << (64 - session->len - NAME_BITS),
        .len = (uint8_t)(session->len + NAME_BITS),
        .rights = EXO_RIGHTS_ALL,
    };
    proc_keeps(&name);
    int64_t result = exo_cap_derive(proc_cap(), CAP_SLOT, &name);
    for (unsigned kind = 0; result >= 0 && kind < EXO_QUOTA_KINDS; kind++) {
        if (amounts[kind] != 0) {
            result = exo_quota_set(proc_cap(), &name, kind, amounts[kind]);
        }
    }
    if (result < 0) {
        util_die(126, "no capability for it: %s", exo_error_name(result));
    }
}

// The shared pages, mapped here; each frame goes with the last mapping of it.
static uint32_t make_pages(char **arguments)
{
    uint32_t frames[FOREIGN_PAGES] = { EXO_FRAME_ANY };
    int64_t result = exo_frame_alloc(CAP_SLOT, frames, FOREIGN_PAGES, EXO_FRAME_ZERO | EXO_FRAME_AUTO | EXO_FRAME_RUN);
    struct exo_pt_op map = {
        .va = EXO_FOREIGN_BASE,
        .frame = frames[0],
        .count = FOREIGN_PAGES,
        .op = EXO_PT_MAP,
        .prot = EXO_PROT_WRITE,
        .cap = CAP_SLOT,
    };
    if (result < 0 || exo_pt_update(0, EXO_CAP_NONE, &map, 1) != 1) {
        util_die(126, "no memory for the shared pages");
    }
    pages->magic = FOREIGN_MAGIC;
    for (size_t used = 0; arguments[pages->argc] != NULL; pages->argc++) {
        size_t bytes = strlen(arguments[pages->argc]) + 1;
        if (bytes > FOREIGN_ARGUMENTS - used) {
            util_die(126, "the arguments are longer than %d bytes", FOREIGN_ARGUMENTS);
        }
        memcpy(pages->arguments + used, arguments[pages->argc], bytes);
        used += bytes;
    }
    return frames[0];
}

static void start(char **arguments)
{
    struct spawn_program program;
    const char *reason = "";
    int error = spawn_program_open(arguments[0], &program);
    if (error != 0) {
        util_die(127, "%s: %s", arguments[0], strerror(-error));
    }
    if (!build_is_foreign(program.image, program.bytes)) {
        util_die(126, "%s: has no foreign_note for this version: not a program with a library OS of its own", arguments[0]);
    }
    make_capability();
    struct build_mapping shared = {
        .va = EXO_FOREIGN_BASE,
        .frame = make_pages(arguments),
        .count = FOREIGN_PAGES,
        .prot = EXO_PROT_WRITE,
        .cap = 0,
    };
    char *label = util_basename(arguments[0]);
    struct build_plan plan = {
        .name = label,
        .image = program.image,
        .image_bytes = program.bytes,
        .cap = CAP_SLOT,
        .foreign = EXO_FOREIGN_BASE,
        .foreign_slots = FOREIGN_SLOTS,
        .mappings = &shared,
        .mapping_count = 1,
    };
    error = build_environment(&plan, &env, &reason);
    if (error != 0) {
        util_die(126, "%s: %s", arguments[0], reason);
    }
    free(label);
    spawn_program_close(&program);
}

// Standard input goes into the ring, in a thread of its own.
static void *pump_input(void *unused)
{
    (void)unused;
    uint32_t head = 0;
    for (;;) {
        uint32_t tail = __atomic_load_n(&pages->input.tail, __ATOMIC_ACQUIRE);
        uint32_t room = FOREIGN_INPUT - (head - tail), at = head % FOREIGN_INPUT;
        if (room == 0 || room > FOREIGN_INPUT) {
            sync_wait(&pages->input.tail, tail, EXO_FOREVER, 0);
            continue;
        }
        ssize_t got = read(STDIN_FILENO, pages->input_bytes + at, room < FOREIGN_INPUT - at ? room : FOREIGN_INPUT - at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        head += (uint32_t)got;
        __atomic_store_n(&pages->input.head, head, __ATOMIC_RELEASE);
        sync_wake(&pages->input.head, SYNC_ALL);
    }
    __atomic_store_n(&pages->input_closed, 1, __ATOMIC_RELEASE);
    sync_wake(&pages->input_closed, SYNC_ALL);
    return NULL;
}

// Copies out a piece of what stands in the output ring. Returns whether there was something.
static bool drain(uint32_t *tail)
{
    uint32_t head = __atomic_load_n(&pages->output.head, __ATOMIC_ACQUIRE);
    uint32_t used = head - *tail, at = *tail % FOREIGN_OUTPUT;
    if (used == 0) {
        return false;
    }
    if (used > FOREIGN_OUTPUT) { // nonsense: what it meant, only it knows
        *tail = head;
        return true;
    }
    uint32_t piece = used < FOREIGN_OUTPUT - at ? used : FOREIGN_OUTPUT - at;
    if (util_write_all(STDOUT_FILENO, pages->output_bytes + at, piece) != 0) {
        util_die(126, "standard output: %s", strerror(errno));
    }
    *tail += piece;
    __atomic_store_n(&pages->output.tail, *tail, __ATOMIC_RELEASE);
    sync_wake(&pages->output.tail, SYNC_ALL);
    return true;
}

static struct sync_mutex output_lock; // held while output is copied
static uint32_t output_tail;

static void drain_all(void)
{
    sync_mutex_lock(&output_lock);
    while (drain(&output_tail)) {
    }
    sync_mutex_unlock(&output_lock);
}

static void *pump_output(void *unused)
{
    (void)unused;
    for (;;) {
        drain_all();
        sync_wait(&pages->output.head, __atomic_load_n(&output_tail, __ATOMIC_RELAXED), EXO_FOREVER, 0);
    }
    return NULL;
}

// Waits until it has ended itself, was ended, or stopped. Returns the status for a shell.
static int keep(const char *path)
{
    const struct process *self = proc_self();
    struct exo_env_info info;
    for (;;) {
        uint32_t news = __atomic_load_n(&self->children, __ATOMIC_ACQUIRE); // grows with EXO_EVENT_CHILD
        exo_env_read((uint32_t)(env & (EXO_ENVS_MAX - 1)), &info);
        if (info.id != env || info.state == EXO_ENV_FREE) {
            break;
        }
        if (info.state == EXO_ENV_LIVE && info.act[0].state == EXO_ACT_STOPPED) {
            util_warn("%s: stopped by exception %u in its own library OS", path, info.act[0].stop_vector);
            return 128 + SIGSEGV;
        }
        session_wait(&self->children, news, EXO_FOREVER, WAIT_CHILD);
    }
    if (__atomic_load_n(&pages->ended, __ATOMIC_ACQUIRE)) {
        return (int)(pages->status & 0xff);
    }
    util_warn("%s: its environment was ended", path);
    return 128 + SIGKILL;
}

int main(int argc, char **argv)
{
    struct thread *input, *output;
    util_start(argv[0]);
    if (argc < 2) {
        return util_usage("PROGRAM [ARGUMENT...]");
    }
    start(argv + 1);
    if (thread_create(&input, "input", 0, pump_input, NULL) != 0 ||
        thread_create(&output, "output", 0, pump_output, NULL) != 0) {
        util_die(126, "no memory for a thread");
    }
    int status = keep(argv[1]);
    drain_all();
    return status; // who reaps this process gives back what is left of the other
}
