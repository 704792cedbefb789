// SPDX-License-Identifier: MIT
/*
 * file.c: open file descriptions and this process's descriptors, see file.h. Layer: libOS.
 *
 * Dying in the middle: a description is complete before a table names it; a reference is counted before it is noted and
 * dropped after the note is gone. So a count can stay too high (a leak), never too low.
 */
#include "fs/file.h"

#include <errno.h>
#include <fcntl.h>

static struct fd_table *table;

void fd_table_attach(session_off off) { table = session_at(off); }
session_off fd_table_current(void) { return session_offset(table); }

static uint64_t *entries(struct fd_table *t) { return t->more ? session_at(t->more) : t->entry; }

static session_off file_of(uint64_t entry) { return entry & ~(uint64_t)FD_ENTRY_CLOEXEC; }

static void file_ref(session_off off)
{
    struct file *file = session_at(off);
    __atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
}

void file_unref(session_off off)
{
    struct file *file = session_at(off);
    if (!file || __atomic_sub_fetch(&file->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    const struct fs_file_ops *ops = fs_file_ops(file->fs);
    if (ops && ops->close)
        ops->close(file->ino, (int)file->flags);
    session_free(off);
}

session_off file_create(uint32_t fs, uint64_t ino, int flags, int *error)
{
    const struct fs_file_ops *ops = fs_file_ops(fs);
    session_off off = session_alloc(sizeof(struct file));
    struct file *file = session_at(off);
    *error = !off ? -ENFILE : ops && ops->open ? ops->open(ino, flags) : 0;
    if (*error) {
        session_free(off);
        return 0;
    }
    file->fs = fs;
    file->ino = ino;
    file->flags = (uint32_t)(flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC | O_NOCTTY));
    file->refs = 1;
    return off;
}

session_off fd_table_create(void)
{
    session_off off = session_alloc(sizeof(struct fd_table));
    struct fd_table *t = session_at(off);
    if (off)
        t->capacity = FD_INLINE;
    return off;
}

/* Makes room for descriptor fd. Lock held, or the table is nobody's. */
static int grow(struct fd_table *t, int fd)
{
    uint32_t capacity = t->capacity;
    if (fd >= FD_MAX)
        return -EMFILE;
    while (capacity <= (uint32_t)fd)
        capacity *= 2;
    if (capacity == t->capacity)
        return 0;
    session_off more = session_alloc(capacity * sizeof(uint64_t));
    if (!more)
        return -ENOMEM;
    uint64_t *to = session_at(more), *from = entries(t);
    for (uint32_t i = 0; i < t->capacity; i++)
        to[i] = from[i];
    session_off before = t->more;
    t->more = more; /* the old capacity is right for it too */
    t->capacity = capacity;
    session_free(before);
    return 0;
}

static int is_open(struct fd_table *t, int fd)
{
    return t && fd >= 0 && (uint32_t)fd < t->capacity && entries(t)[fd];
}

/* The lowest free descriptor from `lowest` on, with room for it. */
static int find_free(struct fd_table *t, int lowest)
{
    if (lowest < 0 || lowest >= FD_MAX)
        return -EINVAL;
    int fd = lowest;
    while (is_open(t, fd))
        fd++;
    int error = grow(t, fd);
    return error ? error : fd;
}

session_off fd_table_clone(void)
{
    session_off off = fd_table_create();
    struct fd_table *to = session_at(off);
    if (!off || !table)
        return off;
    session_lock_acquire(&table->lock);
    int error = grow(to, (int)table->capacity - 1);
    for (uint32_t i = 0; !error && i < table->capacity; i++) {
        uint64_t entry = entries(table)[i];
        if (!entry)
            continue;
        file_ref(file_of(entry));
        entries(to)[i] = entry;
    }
    session_lock_release(&table->lock);
    if (!error)
        return off;
    fd_table_release(off);
    return 0;
}

/* Takes the entry out; the caller drops the reference without the lock. */
static session_off take(struct fd_table *t, int fd)
{
    session_off file = file_of(entries(t)[fd]);
    entries(t)[fd] = 0;
    return file;
}

int fd_table_close(session_off off, int fd)
{
    struct fd_table *t = session_at(off);
    if (!is_open(t, fd))
        return -EBADF;
    file_unref(take(t, fd));
    return 0;
}

int fd_table_put(session_off off, int fd, session_off file)
{
    struct fd_table *t = session_at(off);
    int error = fd < 0 ? -EBADF : grow(t, fd);
    if (error) {
        file_unref(file);
        return error;
    }
    session_off before = take(t, fd);
    entries(t)[fd] = file;
    file_unref(before);
    return 0;
}

int fd_table_dup2(session_off off, int from, int to)
{
    struct fd_table *t = session_at(off);
    if (!is_open(t, from))
        return -EBADF;
    session_off file = file_of(entries(t)[from]);
    file_ref(file);
    return fd_table_put(off, to, file);
}

void fd_table_exec(session_off off)
{
    struct fd_table *t = session_at(off);
    for (uint32_t i = 0; i < t->capacity; i++)
        if (entries(t)[i] & FD_ENTRY_CLOEXEC)
            file_unref(take(t, (int)i));
}

void fd_table_release(session_off off)
{
    struct fd_table *t = session_at(off);
    if (!t)
        return;
    if (t == table)
        table = NULL;
    for (uint32_t i = 0; i < t->capacity; i++)
        if (entries(t)[i])
            file_unref(take(t, (int)i));
    for (unsigned i = 0; i < FD_HELD; i++) {
        session_off file = t->held[i];
        t->held[i] = 0;
        file_unref(file);
    }
    session_free(t->more);
    session_free(off);
}

int fd_install(session_off file, int lowest, int cloexec)
{
    int fd = -EBADF;
    if (table) {
        session_lock_acquire(&table->lock);
        fd = find_free(table, lowest);
        if (fd >= 0)
            entries(table)[fd] = file | (cloexec ? FD_ENTRY_CLOEXEC : 0);
        session_lock_release(&table->lock);
    }
    if (fd < 0)
        file_unref(file);
    return fd;
}

int fd_get(int fd, struct file_use *use)
{
    use->file = NULL;
    if (!table)
        return -EBADF;
    session_lock_acquire(&table->lock);
    if (is_open(table, fd)) {
        session_off off = file_of(entries(table)[fd]);
        unsigned i = 0;
        file_ref(off);
        while (i < FD_HELD && table->held[i])
            i++;
        use->held = i < FD_HELD ? &table->held[i] : NULL;
        if (use->held)
            *use->held = off;
        use->file = session_at(off);
        use->ops = fs_file_ops(use->file->fs);
    }
    session_lock_release(&table->lock);
    if (!use->file)
        return -EBADF;
    if (use->ops)
        return 0;
    fd_put(use); /* a file system that this program does not know */
    return -ENXIO;
}

void fd_put(struct file_use *use)
{
    if (use->held)
        __atomic_store_n(use->held, 0, __ATOMIC_RELEASE);
    file_unref(session_offset(use->file));
}

int fd_close(int fd)
{
    session_off file = 0;
    if (!table)
        return -EBADF;
    session_lock_acquire(&table->lock);
    if (is_open(table, fd))
        file = take(table, fd);
    session_lock_release(&table->lock);
    file_unref(file);
    return file ? 0 : -EBADF;
}

int fd_dup(int fd, int lowest, int cloexec)
{
    struct file_use use;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    session_off file = session_offset(use.file);
    file_ref(file);
    int result = fd_install(file, lowest, cloexec);
    fd_put(&use);
    return result;
}

int fd_dup2(int fd, int to, int cloexec)
{
    session_off before = 0;
    int result = -EBADF;
    if (!table)
        return result;
    session_lock_acquire(&table->lock);
    if (to >= 0 && to < FD_MAX && is_open(table, fd)) {
        result = grow(table, to);
        if (!result && fd != to) {
            uint64_t entry = file_of(entries(table)[fd]);
            file_ref(entry);
            before = take(table, to);
            entries(table)[to] = entry | (cloexec ? FD_ENTRY_CLOEXEC : 0);
        }
    }
    session_lock_release(&table->lock);
    file_unref(before);
    return result ? result : to;
}

int fd_cloexec(int fd)
{
    return is_open(table, fd) ? (int)(entries(table)[fd] & FD_ENTRY_CLOEXEC) : -EBADF;
}

int fd_set_cloexec(int fd, int cloexec)
{
    int result = -EBADF;
    if (!table)
        return result;
    session_lock_acquire(&table->lock);
    if (is_open(table, fd)) {
        entries(table)[fd] = file_of(entries(table)[fd]) | (cloexec ? FD_ENTRY_CLOEXEC : 0);
        result = 0;
    }
    session_lock_release(&table->lock);
    return result;
}
