/* SPDX-License-Identifier: MIT
 *
 * record.c: a heap over newlib's that remembers what is asked of it, for replaying it with others (tests/heaps). Layer:
 * libos/mem/heap. The records lie in memory of their own; when the program exits they are written to the file that EXON_HEAP_TRACE
 * names. Processes that the program makes record their own, if they are linked so.
 *
 *   record: address:8 | bytes:4 (0: given back) | thread:4     a change of size is two records
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem/heap/heap.h"
#include "sched/thread.h"

struct record {
    uint64_t address;
    uint32_t bytes, thread;
};

static struct record *records;
static size_t count, room_for;
static struct thread *threads[64];

static void write_all(void)
{
    const char *path = getenv("EXON_HEAP_TRACE");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
    const char *from = (const char *)records;
    for (size_t left = count * sizeof *records; fd >= 0 && left > 0;) {
        ssize_t wrote = write(fd, from, left);
        if (wrote <= 0)
            break;
        from += wrote;
        left -= (size_t)wrote;
    }
    if (fd >= 0)
        close(fd);
}

static uint32_t number_of_thread(void)
{
    struct thread *self = thread_self();
    uint32_t i = 0;
    while (i < 63 && threads[i] && threads[i] != self)
        i++;
    threads[i] = self;
    return i;
}

static void note(const void *address, size_t bytes)
{
    static bool started;
    if (!started) {
        started = true;
        atexit(write_all);
    }
    if (count == room_for) {
        struct record *more = heap_more(HEAP_MORE);
        if (!more)
            return;
        records = records ? records : more;
        room_for += HEAP_MORE / sizeof *records;
    }
    records[count++] =
        (struct record){.address = (uintptr_t)address, .bytes = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes,
                        .thread = number_of_thread()};
}

static void *take(size_t bytes, size_t align)
{
    void *block = heap_newlib.take(bytes, align);
    if (block)
        note(block, bytes);
    return block;
}

static void give(void *block)
{
    note(block, 0);
    heap_newlib.give(block);
}

static void *resize(void *block, size_t bytes)
{
    void *moved = heap_newlib.resize(block, bytes);
    if (moved) {
        note(block, 0);
        note(moved, bytes);
    }
    return moved;
}

static size_t room(const void *block) { return heap_newlib.room(block); }

const struct heap heap_record = {.name = "record", .take = take, .give = give, .room = room, .resize = resize};
