// SPDX-License-Identifier: MIT
/*
 * fd_poll.c: poll over whatever a descriptor can be, see fd.h. Layer: libos/posix.
 *
 * Each round asks every description (which counts this thread among its sleepers), sleeps on the words that they name if
 * none is ready, and takes the counts back. Words are read before the look, so no change is missed.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "fs/file.h"
#include "fs/root.h"
#include "posix/fd.h"

#define FEW 16
#define ROUND_NS 2000000ull /* how long one word is looked at when there are several */

/* A description that is being asked. */
struct asked {
    struct file_use use; /* file NULL: none */
    int flags;
};

__attribute__((weak)) int fd_wait_any(const struct fd_word *words, unsigned count, uint64_t deadline_ns)
{
    static const uint32_t never;
    if (count == 0)
        return session_wait(&never, 0, deadline_ns, WAIT_POLL);
    if (count == 1)
        return session_wait(words[0].word, words[0].seen, deadline_ns, WAIT_POLL);
    for (;;) {
        for (unsigned i = 0; i < count; i++)
            if (__atomic_load_n(words[i].word, __ATOMIC_ACQUIRE) != words[i].seen)
                return 0;
        uint64_t now = fs_monotonic_ns();
        if (now >= deadline_ns)
            return -ETIMEDOUT;
        uint64_t round = deadline_ns - now < ROUND_NS ? deadline_ns : now + ROUND_NS;
        int result = session_wait(words[0].word, words[0].seen, round, WAIT_POLL);
        if (result == -EINTR)
            return result;
    }
}

/* Asks one descriptor. Adds its words; returns what holds. */
static int ask(int fd, struct asked *asked, struct fd_word *words, unsigned *word_count)
{
    struct fs_poll poll = {.events = POLLIN | POLLOUT};
    if (fd_get(fd, &asked->use))
        return POLLNVAL;
    asked->flags = (int)asked->use.file->flags;
    if (asked->use.ops->poll)
        asked->use.ops->poll(asked->use.file->ino, asked->flags, &poll);
    for (unsigned i = 0; i < poll.words; i++)
        words[(*word_count)++] = (struct fd_word){poll.wait[i].word, poll.wait[i].seen};
    return poll.events;
}

static void release(struct asked *asked)
{
    if (!asked->use.file)
        return;
    if (asked->use.ops->unpoll)
        asked->use.ops->unpoll(asked->use.file->ino, asked->flags);
    fd_put(&asked->use);
}

/* One round: returns how many are ready, 0 after a sleep, or the sleep's error. */
static int look(struct pollfd *fds, unsigned long count, uint64_t deadline_ns, struct asked *asked, struct fd_word *words)
{
    unsigned word_count = 0;
    int ready = 0, error = 0;
    for (unsigned long i = 0; i < count; i++) {
        asked[i].use.file = NULL;
        fds[i].revents = 0;
        if (fds[i].fd < 0)
            continue;
        int events = ask(fds[i].fd, &asked[i], words, &word_count);
        fds[i].revents = (short)(events & (fds[i].events | POLLERR | POLLHUP | POLLNVAL));
        ready += fds[i].revents != 0;
    }
    if (!ready)
        error = fd_wait_any(words, word_count, deadline_ns);
    for (unsigned long i = 0; i < count; i++)
        release(&asked[i]);
    return ready ? ready : error;
}

int fd_poll(struct pollfd *fds, unsigned long count, uint64_t deadline_ns)
{
    struct asked few_asked[FEW], *asked = few_asked;
    struct fd_word few_words[2 * FEW], *words = few_words;
    int result;
    if (count > FD_MAX)
        return -EINVAL;
    if (count > FEW) {
        asked = malloc(count * (sizeof *asked + 2 * sizeof *words));
        if (!asked)
            return -ENOMEM;
        words = (struct fd_word *)(asked + count);
    }
    do {
        result = look(fds, count, deadline_ns, asked, words);
        if (!result && deadline_ns != ~0ull && fs_monotonic_ns() >= deadline_ns)
            result = -ETIMEDOUT;
    } while (!result);
    if (count > FEW)
        free(asked);
    return result == -ETIMEDOUT ? 0 : result;
}
