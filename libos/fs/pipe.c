// SPDX-License-Identifier: MIT
/*
 * pipe.c: pipes, see pipe.h. Layer: libOS. SIGPIPE is posted through file_broken_pipe.
 */
#include "fs/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/file.h"
#include "fs/fs.h"

#define FOREVER (~0ull)

static int reads(int flags) { return (flags & O_ACCMODE) == O_RDONLY; }
static uint32_t filled(const struct pipe *pipe) { return pipe->head - pipe->tail; }
static uint32_t room(const struct pipe *pipe) { return pipe->capacity - filled(pipe); }

/* Changes a word and releases the lock, then rings if somebody sleeps on the word. */
static void change_and_release(struct pipe *pipe, uint32_t *word, const uint32_t *sleepers)
{
    int ring = *sleepers != 0;
    __atomic_store_n(word, *word + 1, __ATOMIC_RELEASE);
    session_lock_release(&pipe->lock);
    if (ring)
        session_wake(word);
}

/* Releases the lock, sleeps until the word changes, takes the lock again. 0 or -EINTR. */
static int sleep_on(struct pipe *pipe, const uint32_t *word, uint32_t *sleepers)
{
    uint32_t seen = *word;
    ++*sleepers;
    session_lock_release(&pipe->lock);
    int result = session_wait(word, seen, FOREVER, word == &pipe->data_word ? WAIT_READ : WAIT_WRITE);
    session_lock_acquire(&pipe->lock);
    if (*sleepers)
        --*sleepers;
    return result;
}

/* Copies n bytes between memory and the ring at a position. */
static void copy(struct pipe *pipe, uint32_t position, uint8_t *memory, uint32_t n, int in)
{
    uint8_t *ring = session_at(pipe->ring);
    uint32_t at = position & (pipe->capacity - 1);
    uint32_t first = n < pipe->capacity - at ? n : pipe->capacity - at;
    if (in) {
        memcpy(ring + at, memory, first);
        memcpy(ring, memory + first, n - first);
    } else {
        memcpy(memory, ring + at, first);
        memcpy(memory + first, ring, n - first);
    }
}

/* Makes the ring larger for n more bytes, as far as it may and memory lasts. */
static void grow(struct pipe *pipe, size_t n)
{
    uint32_t capacity = pipe->capacity, used = filled(pipe);
    while (capacity < PIPE_BYTES_MAX && capacity - used < n)
        capacity *= 2;
    session_off ring = capacity > pipe->capacity ? session_alloc(capacity) : 0;
    if (!ring)
        return;
    copy(pipe, pipe->tail, session_at(ring), used, 0);
    session_off before = pipe->ring;
    pipe->ring = ring;
    pipe->capacity = capacity;
    pipe->tail = 0;
    pipe->head = used;
    session_free(before);
}

static int64_t pipe_read(uint64_t ino, void *to, size_t n, uint64_t at, int flags)
{
    struct pipe *pipe = session_at(ino);
    (void)at;
    if (n == 0)
        return 0;
    session_lock_acquire(&pipe->lock);
    while (filled(pipe) == 0) {
        int error = -EAGAIN, ended = !pipe->writers;
        if (!ended && !(flags & O_NONBLOCK))
            error = sleep_on(pipe, &pipe->data_word, &pipe->data_sleepers);
        if (ended || error) {
            session_lock_release(&pipe->lock);
            return ended ? 0 : error;
        }
    }
    uint32_t part = n < filled(pipe) ? (uint32_t)n : filled(pipe);
    copy(pipe, pipe->tail, to, part, 0);
    pipe->tail += part;
    change_and_release(pipe, &pipe->space_word, &pipe->space_sleepers);
    return part;
}

/* Waits until there is room for at least `need` bytes. Lock held. 0, or why not. */
static int await_room(struct pipe *pipe, size_t need, size_t wanted, int flags)
{
    for (;;) {
        if (!pipe->readers)
            return -EPIPE;
        if (room(pipe) < wanted)
            grow(pipe, wanted);
        if (room(pipe) >= need)
            return 0;
        int error = flags & O_NONBLOCK ? -EAGAIN : sleep_on(pipe, &pipe->space_word, &pipe->space_sleepers);
        if (error)
            return error;
    }
}

static int64_t pipe_write(uint64_t ino, const void *from, size_t n, uint64_t *at, int flags)
{
    struct pipe *pipe = session_at(ino);
    size_t done = 0;
    int error = 0;
    (void)at;
    while (done < n) {
        size_t rest = n - done;
        session_lock_acquire(&pipe->lock);
        error = await_room(pipe, n <= PIPE_ATOMIC ? n : 1, rest, flags);
        if (error) {
            session_lock_release(&pipe->lock);
            break;
        }
        uint32_t part = rest < room(pipe) ? (uint32_t)rest : room(pipe);
        copy(pipe, pipe->head, (uint8_t *)(uintptr_t)from + done, part, 1);
        pipe->head += part;
        done += part;
        change_and_release(pipe, &pipe->data_word, &pipe->data_sleepers);
    }
    if (error == -EPIPE)
        file_broken_pipe();
    return done ? (int64_t)done : error;
}

static void pipe_close(uint64_t ino, int flags)
{
    struct pipe *pipe = session_at(ino);
    session_lock_acquire(&pipe->lock);
    if (reads(flags))
        pipe->readers--;
    else
        pipe->writers--;
    if (pipe->readers || pipe->writers) {
        if (reads(flags))
            change_and_release(pipe, &pipe->space_word, &pipe->space_sleepers);
        else
            change_and_release(pipe, &pipe->data_word, &pipe->data_sleepers);
        return;
    }
    session_lock_release(&pipe->lock);
    session_free(pipe->ring);
    session_free(ino);
}

static int pipe_stat(uint64_t ino, struct fs_stat *stat)
{
    struct pipe *pipe = session_at(ino);
    session_lock_acquire(&pipe->lock);
    *stat = (struct fs_stat){.ino = ino, .size = filled(pipe), .mode = S_IFIFO | 0600, .nlink = 1, .block_bytes = PIPE_ATOMIC};
    session_lock_release(&pipe->lock);
    return 0;
}

static void pipe_poll(uint64_t ino, int flags, struct fs_poll *poll)
{
    struct pipe *pipe = session_at(ino);
    int is_reader = reads(flags);
    session_lock_acquire(&pipe->lock);
    if (is_reader) {
        poll->events = (filled(pipe) ? POLLIN : 0) | (pipe->writers ? 0 : POLLHUP);
        pipe->data_sleepers++;
    } else {
        if (room(pipe) < PIPE_ATOMIC)
            grow(pipe, PIPE_ATOMIC);
        poll->events = !pipe->readers ? POLLERR | POLLOUT : room(pipe) >= PIPE_ATOMIC ? POLLOUT : 0;
        pipe->space_sleepers++;
    }
    poll->words = 1;
    poll->wait[0].word = is_reader ? &pipe->data_word : &pipe->space_word;
    poll->wait[0].seen = *poll->wait[0].word;
    session_lock_release(&pipe->lock);
}

static void pipe_unpoll(uint64_t ino, int flags)
{
    struct pipe *pipe = session_at(ino);
    session_lock_acquire(&pipe->lock);
    uint32_t *sleepers = reads(flags) ? &pipe->data_sleepers : &pipe->space_sleepers;
    if (*sleepers)
        --*sleepers;
    session_lock_release(&pipe->lock);
}

static int pipe_is_stream(uint64_t ino)
{
    (void)ino;
    return 1;
}

int pipe_create(session_off files[2], int flags)
{
    int error;
    session_off off = session_alloc(sizeof(struct pipe)), ring = session_alloc(PIPE_BYTES_MIN);
    struct pipe *pipe = session_at(off);
    if (!off || !ring) {
        session_free(off);
        session_free(ring);
        return -ENFILE;
    }
    *pipe = (struct pipe){.readers = 1, .writers = 1, .capacity = PIPE_BYTES_MIN, .ring = ring};
    files[0] = file_create(FS_PIPE, off, O_RDONLY | flags, &error);
    files[1] = files[0] ? file_create(FS_PIPE, off, O_WRONLY | flags, &error) : 0;
    if (files[1])
        return 0;
    pipe->writers = 0; /* an end that was never opened */
    if (files[0]) {
        file_unref(files[0]);
    } else {
        session_free(ring);
        session_free(off);
    }
    return error;
}

const struct fs_file_ops pipe_file_ops = {
    .close = pipe_close,
    .stat = pipe_stat,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .unpoll = pipe_unpoll,
    .is_stream = pipe_is_stream,
};
