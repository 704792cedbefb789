/* SPDX-License-Identifier: MIT
 *
 * semaphore_named.c: semaphores that the processes of a session share by name (XSH sem_open, sem_close, sem_unlink). Layer:
 * libos/posix, over sync.h and the session segment, where a semaphore lies at one address in all processes.
 *
 * Its memory lives as a pipe's does: each process that has it open counts as a reader, its name as the writer, and what drops
 * the last of them frees it. A process notes its own reference among those of its calls under way (fd_table.held), so whoever
 * finds it dead gives the reference back, without knowing what a semaphore is. No descriptor is used.
 *
 * Lock: root_lock guards the list of names and this process's table of what it has open.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <string.h>

#include "fs/file.h"
#include "fs/pipe.h"
#include "proc/proc.h"

struct named_semaphore {
    struct pipe life; /* without a ring; first, so that the pipe's memory is all of it */
    sem_t semaphore;
    session_off next;
    char name[NAME_MAX + 1];
};

/* What this process has open, and how often. */
#define OPENED (FD_HELD / 2)
static struct {
    struct named_semaphore *semaphore;
    unsigned times;
    session_off *held;
} opened[OPENED];

static void *fail(int error)
{
    errno = error;
    return SEM_FAILED;
}

static struct session_lock *lock(void)
{
    struct session_lock *root = &session_header()->root_lock;
    session_lock_acquire(root);
    return root;
}

/* Returns 0, or why it is no name: "/" and up to NAME_MAX bytes without another one. */
static int name_error(const char *name)
{
    size_t bytes = strlen(name);
    if (bytes < 2 || name[0] != '/' || strchr(name + 1, '/'))
        return EINVAL;
    return bytes - 1 > NAME_MAX ? ENAMETOOLONG : !proc_self() || !fd_table_current() ? ENOSYS : 0;
}

/* The link that leads to the semaphore of a name, or to 0. Lock held. */
static session_off *find(const char *name)
{
    session_off *link = &session_header()->semaphores;
    while (*link && strcmp(((struct named_semaphore *)session_at(*link))->name, name + 1) != 0)
        link = &((struct named_semaphore *)session_at(*link))->next;
    return link;
}

/* A place for one more reference of the process, or NULL. */
static session_off *held_take(session_off file)
{
    struct fd_table *table = session_at(fd_table_current());
    unsigned i = FD_HELD;
    session_lock_acquire(&table->lock);
    while (i && table->held[i - 1])
        i--;
    if (i)
        table->held[i - 1] = file;
    session_lock_release(&table->lock);
    return i ? &table->held[i - 1] : NULL;
}

/* The process has it open once more. Returns 0 or an error number. Lock held. */
static int open_once_more(struct named_semaphore *semaphore)
{
    unsigned slot = OPENED;
    for (unsigned i = 0; i < OPENED; i++)
        if (opened[i].semaphore == semaphore)
            return opened[i].times++, 0;
        else if (!opened[i].semaphore)
            slot = i;
    if (slot == OPENED)
        return EMFILE;
    session_lock_acquire(&semaphore->life.lock);
    semaphore->life.readers++;
    session_lock_release(&semaphore->life.lock);
    int error;
    session_off file = file_create(FS_PIPE, session_offset(semaphore), O_RDONLY, &error);
    if (!file) {
        pipe_file_ops.close(session_offset(semaphore), O_RDONLY);
        return -error;
    }
    session_off *held = held_take(file);
    if (!held) {
        file_unref(file);
        return EMFILE;
    }
    opened[slot].semaphore = semaphore;
    opened[slot].times = 1;
    opened[slot].held = held;
    return 0;
}

/* Makes one, opened, and links it. Lock held. */
static int make(session_off *link, const char *name, unsigned value, struct named_semaphore **out)
{
    session_off off = session_alloc(sizeof(struct named_semaphore));
    struct named_semaphore *semaphore = session_at(off);
    if (!off)
        return ENOSPC;
    semaphore->life.writers = 1;
    semaphore->semaphore.__count = value;
    strcpy(semaphore->name, name + 1);
    int error = open_once_more(semaphore);
    if (error) {
        pipe_file_ops.close(off, O_WRONLY);
        return error;
    }
    *link = off;
    *out = semaphore;
    return 0;
}

sem_t *sem_open(const char *name, int flags, ...)
{
    unsigned value = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        (void)va_arg(arguments, unsigned); /* mode: all processes of a session are one user's */
        value = va_arg(arguments, unsigned);
        va_end(arguments);
    }
    int error = name_error(name);
    if (!error && value > SEM_VALUE_MAX)
        error = EINVAL;
    if (error)
        return fail(error);
    struct session_lock *held = lock();
    session_off *link = find(name);
    struct named_semaphore *semaphore = session_at(*link);
    if (semaphore)
        error = (flags & O_CREAT) && (flags & O_EXCL) ? EEXIST : open_once_more(semaphore);
    else
        error = flags & O_CREAT ? make(link, name, value, &semaphore) : ENOENT;
    session_lock_release(held);
    return error ? fail(error) : &semaphore->semaphore;
}

int sem_close(sem_t *semaphore)
{
    if (!proc_self())
        return fail(EINVAL), -1;
    struct session_lock *held = lock();
    unsigned i = 0;
    while (i < OPENED && !(opened[i].semaphore && &opened[i].semaphore->semaphore == semaphore))
        i++;
    if (i < OPENED && --opened[i].times == 0) {
        session_off file = *opened[i].held;
        opened[i].semaphore = NULL;
        __atomic_store_n(opened[i].held, 0, __ATOMIC_RELEASE);
        file_unref(file);
    }
    session_lock_release(held);
    return i < OPENED ? 0 : (fail(EINVAL), -1);
}

int sem_unlink(const char *name)
{
    int error = name_error(name);
    if (error)
        return fail(error == EINVAL ? ENOENT : error), -1;
    struct session_lock *held = lock();
    session_off *link = find(name), off = *link;
    if (off) {
        *link = ((struct named_semaphore *)session_at(off))->next;
        pipe_file_ops.close(off, O_WRONLY);
    }
    session_lock_release(held);
    return off ? 0 : (fail(ENOENT), -1);
}
