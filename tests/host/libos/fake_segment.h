/* SPDX-License-Identifier: MIT
 *
 * fake_segment.h: the session segment's own code on the host, over a file in memory. Layer: tests. Included before the
 * sources under test, once a program.
 *
 * The segment moves to an address that ASan leaves alone. Frame n is page n of a memfd, so that processes made by fork()
 * share it as environments do; what is not mapped raises SIGSEGV, whose handler is session_map_fault, as in the libOS.
 */
#ifndef FAKE_SEGMENT_H
#define FAKE_SEGMENT_H

#include "exo/layout.h"
#undef EXO_SESSION_BASE
#undef EXO_SESSION_END
#define EXO_SESSION_BASE 0x0000200000000000
#define EXO_SESSION_END 0x0000208000000000

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proc/proc.h"
#include "proc/session_map.h"
#include "proc/session_sys.h"
#include "sync/sync.h"

#define FAKE_FRAMES 16384u

struct fake_machine {
    uint32_t next_frame, limit; /* frames are given out in turn, from 1 */
    uint32_t faults, critical;
    uint64_t stopped; /* env that session_sys_stopped names */
};

static struct fake_machine *machine;
static int fake_memory;
static uint8_t fake_mapped[(SESSION_PAGES + 7) / 8]; /* of this process */

static unsigned long fake_page(uint64_t va) { return (va - EXO_SESSION_BASE) / EXO_PAGE_BYTES; }

int session_sys_frames(uint32_t *frames, unsigned n, int run)
{
    (void)run;
    if (machine->next_frame + n > machine->limit)
        return -ENOMEM;
    for (unsigned i = 0; i < n; i++)
        frames[i] = run ? machine->next_frame + i : machine->next_frame + n - 1 - i;
    machine->next_frame += n;
    return 0;
}

void session_sys_release(const uint32_t *frames, unsigned n) { (void)frames, (void)n; }

int session_sys_map(uint64_t va, const uint32_t *frames, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = va + (uint64_t)i * EXO_PAGE_BYTES;
        void *got = mmap((void *)at, EXO_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fake_memory,
                         (off_t)frames[i] * EXO_PAGE_BYTES);
        if (got == MAP_FAILED)
            abort();
        fake_mapped[fake_page(at) / 8] |= (uint8_t)(1 << fake_page(at) % 8);
    }
    return 0;
}

int session_sys_mapped(uint64_t va) { return fake_mapped[fake_page(va) / 8] >> fake_page(va) % 8 & 1; }

int session_sys_runs(uint64_t env)
{
    siginfo_t ended = {0};
    waitid(P_PID, (id_t)env, &ended, WEXITED | WNOHANG | WNOWAIT);
    return env != machine->stopped && ended.si_pid == 0 && kill((pid_t)env, 0) == 0;
}


void session_sys_end_strays(void) {}
void session_sys_end_below(const struct exo_cap *name) { (void)name; }

void budget_publish(uint32_t *word) { (void)word; }

int session_sys_stopped(uint64_t env, unsigned *vector)
{
    *vector = 14;
    return env == machine->stopped;
}

uint64_t session_sys_self(void) { return (uint64_t)getpid(); }

uint64_t session_sys_threads(void) { return 0; }

uint64_t session_sys_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int sync_wait(const uint32_t *word, uint32_t value, uint64_t deadline_ns, unsigned flags)
{
    (void)flags;
    for (int tries = 0; __atomic_load_n(word, __ATOMIC_ACQUIRE) == value; tries++) {
        if (session_sys_now_ns() >= deadline_ns)
            return -ETIMEDOUT;
        if (tries > 100000) {
            fprintf(stderr, "a wait without end\n");
            abort();
        }
        usleep(100);
    }
    return 0;
}

void sync_wake(const uint32_t *word, uint32_t count) { (void)word, (void)count; }

/* Signals wait while a session lock is held: entries and exits must pair up. */
void thread_critical_enter(void) { __atomic_fetch_add(&machine->critical, 1, __ATOMIC_RELAXED); }
void thread_critical_exit(void) { __atomic_fetch_sub(&machine->critical, 1, __ATOMIC_RELAXED); }

static void fake_fault(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    uint64_t address = (uint64_t)info->si_addr;
    __atomic_fetch_add(&machine->faults, 1, __ATOMIC_RELAXED);
    if (address < EXO_SESSION_BASE || address >= EXO_SESSION_END || !session_map_fault(address)) {
        static const char text[] = "fault outside of the segment\n";
        (void)!write(2, text, sizeof text - 1);
        _exit(99);
    }
}

/* A new machine with an empty segment area. */
static void fake_machine_start(void)
{
    struct sigaction action = {.sa_sigaction = fake_fault, .sa_flags = SA_SIGINFO};
    if (machine != NULL)
        munmap(machine, sizeof *machine), close(fake_memory);
    machine = mmap(NULL, sizeof *machine, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fake_memory = (int)syscall(SYS_memfd_create, "frames", 0u);
    if (machine == MAP_FAILED || fake_memory < 0 || ftruncate(fake_memory, (off_t)FAKE_FRAMES * EXO_PAGE_BYTES) != 0)
        abort();
    machine->next_frame = 1;
    machine->limit = FAKE_FRAMES;
    munmap((void *)EXO_SESSION_BASE, (size_t)SESSION_PAGES * EXO_PAGE_BYTES);
    memset(fake_mapped, 0, sizeof fake_mapped);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

/* In a forked child: forget every mapping but the fixed pages, as a new environment starts. */
static void fake_machine_enter(void)
{
    uint64_t rest = EXO_SESSION_BASE + SESSION_FIXED_PAGES * (uint64_t)EXO_PAGE_BYTES;
    munmap((void *)rest, (size_t)(SESSION_PAGES - SESSION_FIXED_PAGES) * EXO_PAGE_BYTES);
    memset(fake_mapped, 0, sizeof fake_mapped);
    fake_mapped[0] = (1 << SESSION_FIXED_PAGES) - 1;
}

#endif
