// SPDX-License-Identifier: MIT
/*
 * fake_session.c: libos/proc/session.h over an arena of the host, see fake_session.h. Layer: tests.
 *
 * Offsets are those in the arena, so that they are as small as in a real segment. Each block has a header of 16 bytes
 * with its size and a red zone of 16 behind it.
 */
#include "fake_session.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "fs/file.h"
#include "fs/root.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

#define ARENA_BYTES (1ull << 32)
#define FIRST 4096

/* The signal code; a test that looks at SIGPIPE has its own. */
__attribute__((weak)) void file_broken_pipe(void) {}

static char *arena;
static size_t used;
static size_t live;
static size_t budget = ~(size_t)0;
static size_t largest;
static struct session_lock root_lock;
static session_off ramfs_root;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t wait_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;

unsigned fake_session_waits, fake_session_wakes;
int fake_random_works = 1;
int fake_session_absent;
int64_t fake_now_ns;

static void die(const char *why)
{
    fprintf(stderr, "fake session: %s\n", why);
    abort();
}

void fake_session_reset(void)
{
    if (!arena) {
        arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (arena == MAP_FAILED)
            die("no address space");
    }
    ASAN_UNPOISON_MEMORY_REGION(arena, used + FIRST);
    madvise(arena, used + FIRST, MADV_DONTNEED);
    ASAN_POISON_MEMORY_REGION(arena, FIRST);
    used = FIRST;
    live = 0;
    budget = ~(size_t)0;
    largest = 0;
    fake_session_waits = fake_session_wakes = 0;
    memset(&root_lock, 0, sizeof root_lock);
    ramfs_root = 0;
    fake_random_works = 1;
    fake_now_ns = 1000000000000000000;
}

size_t fake_session_live(void) { return live; }
void fake_session_fail_after(size_t allocations) { budget = allocations; }
void fake_session_fail_larger(size_t bytes) { largest = bytes; }

const struct fs_roots *fs_roots(void)
{
    static const struct fs_roots roots = {&root_lock, &ramfs_root};
    return fake_session_absent ? NULL : &roots;
}

int64_t fs_now_ns(void) { return fake_now_ns; }

uint64_t fs_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int fs_random(void *to, size_t n)
{
    if (!fake_random_works)
        return -ENODEV;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = (uint8_t)rand();
    return 0;
}

session_off session_alloc(size_t bytes)
{
    if (!arena)
        fake_session_reset();
    pthread_mutex_lock(&mutex);
    size_t whole = 16 + (bytes + 15) / 16 * 16 + 16;
    session_off off = 0;
    if (budget && bytes && !(largest && bytes > largest) && used + whole <= ARENA_BYTES) {
        if (budget != ~(size_t)0)
            budget--;
        ASAN_UNPOISON_MEMORY_REGION(arena + used, 16 + bytes);
        memcpy(arena + used, &bytes, sizeof bytes);
        ASAN_POISON_MEMORY_REGION(arena + used, 16);
        ASAN_POISON_MEMORY_REGION(arena + used + 16 + bytes, whole - 16 - bytes);
        off = used + 16;
        used += whole;
        live++;
    }
    pthread_mutex_unlock(&mutex);
    return off;
}

void session_free(session_off off)
{
    if (!off)
        return;
    pthread_mutex_lock(&mutex);
    if (off < FIRST || off >= used || off % 16)
        die("session_free of what was not allocated");
    size_t bytes;
    ASAN_UNPOISON_MEMORY_REGION(arena + off - 16, 16);
    memcpy(&bytes, arena + off - 16, sizeof bytes);
    if (bytes == 0)
        die("freed twice");
    memset(arena + off - 16, 0, sizeof bytes);
    ASAN_POISON_MEMORY_REGION(arena + off - 16, bytes + 16);
    live--;
    pthread_mutex_unlock(&mutex);
}

void *session_at(session_off off) { return off ? arena + off : NULL; }
session_off session_offset(const void *address) { return address ? (session_off)((const char *)address - arena) : 0; }

void session_lock_acquire(struct session_lock *lock)
{
    pthread_mutex_lock(&wait_mutex);
    for (int tries = 0; lock->word; tries++) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 10;
        if (pthread_cond_timedwait(&woken, &wait_mutex, &until) == ETIMEDOUT)
            die("a lock is held for ever");
    }
    lock->word = 1;
    pthread_mutex_unlock(&wait_mutex);
}

void session_lock_release(struct session_lock *lock)
{
    pthread_mutex_lock(&wait_mutex);
    if (!lock->word)
        die("release of a free lock");
    lock->word = 0;
    pthread_cond_broadcast(&woken);
    pthread_mutex_unlock(&wait_mutex);
}

int session_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns, enum thread_wait why)
{
    (void)why;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    int result = 0;
    pthread_mutex_lock(&wait_mutex);
    fake_session_waits++;
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == seen) {
        uint64_t now_ns = fs_monotonic_ns();
        if (now_ns >= deadline_ns) {
            result = -ETIMEDOUT;
            break;
        }
        struct timespec step = until;
        if (deadline_ns != ~0ull) {
            uint64_t rest = deadline_ns - now_ns;
            clock_gettime(CLOCK_REALTIME, &step);
            uint64_t sum = (uint64_t)step.tv_nsec + rest % 1000000000u;
            step.tv_sec += (time_t)(rest / 1000000000u + sum / 1000000000u);
            step.tv_nsec = (long)(sum % 1000000000u);
        }
        if (pthread_cond_timedwait(&woken, &wait_mutex, &step) == ETIMEDOUT && deadline_ns == ~0ull)
            die("a wait without end");
    }
    pthread_mutex_unlock(&wait_mutex);
    return result;
}

void session_wake(const uint32_t *word)
{
    (void)word;
    pthread_mutex_lock(&wait_mutex);
    fake_session_wakes++;
    pthread_cond_broadcast(&woken);
    pthread_mutex_unlock(&wait_mutex);
}
