// SPDX-License-Identifier: MIT
/*
 * fd.c: reading, writing and what else newlib's stdio needs of a descriptor, see fd.h. Layer: libos/posix.
 *
 * A read or write that moves the position holds file.lock meanwhile, so that two of them do not overlap; streams have no
 * position and no lock, as they may sleep.
 */
#include "posix/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>

#include "fs/file.h"

#define COUNT_MAX ((size_t)0x7ffff000) /* of one call: its result fits an int, which newlib makes of it */
#define PARTS_MAX 1024

/* A transfer: one or several parts, read or written. */
struct transfer {
    const struct iovec *parts;
    int count;
    int is_write;
};

static int is_stream(const struct file_use *use) { return use->ops->is_stream && use->ops->is_stream(use->file->ino); }

/* The flags that reads and writes obey, which fcntl may change meanwhile. */
static int flags_of(const struct file_use *use) { return (int)__atomic_load_n(&use->file->flags, __ATOMIC_RELAXED); }

static int check(const struct file_use *use, int is_write)
{
    int access = flags_of(use) & O_ACCMODE;
    if (is_write ? access == O_RDONLY : access == O_WRONLY)
        return -EBADF;
    if (is_write)
        return use->ops->write ? 0 : -EROFS;
    return use->ops->read ? 0 : -EINVAL;
}

static int64_t one(const struct file_use *use, const struct iovec *part, size_t limit, int is_write, uint64_t *at)
{
    size_t n = part->iov_len < limit ? part->iov_len : limit;
    if (is_write)
        return use->ops->write(use->file->ino, part->iov_base, n, at, flags_of(use));
    int64_t result = use->ops->read(use->file->ino, part->iov_base, n, *at, flags_of(use));
    if (result > 0)
        *at += (uint64_t)result;
    return result;
}

/* Goes through the parts until one is not done whole. */
static int64_t all(const struct file_use *use, const struct transfer *t, uint64_t *at)
{
    int64_t sum = 0;
    for (int i = 0; i < t->count; i++) {
        if (t->count > 1 && !t->parts[i].iov_len)
            continue;
        int64_t result = one(use, &t->parts[i], COUNT_MAX - (size_t)sum, t->is_write, at);
        if (result < 0)
            return sum ? sum : result;
        sum += result;
        if ((size_t)result < t->parts[i].iov_len)
            break;
    }
    return sum;
}

/* At the description's position, or (where at is not NULL) at another. */
static int64_t transfer(int fd, const struct transfer *t, const int64_t *at)
{
    struct file_use use;
    int64_t result = fd_get(fd, &use);
    if (result)
        return result;
    result = check(&use, t->is_write);
    if (!result && at) {
        uint64_t position = (uint64_t)*at;
        result = is_stream(&use) ? -ESPIPE : *at < 0 ? -EINVAL : all(&use, t, &position);
    } else if (!result && is_stream(&use)) {
        uint64_t none = 0;
        result = all(&use, t, &none);
    } else if (!result) {
        session_lock_acquire(&use.file->lock);
        result = all(&use, t, &use.file->position);
        session_lock_release(&use.file->lock);
    }
    fd_put(&use);
    return result;
}

int64_t fd_read(int fd, void *to, size_t n)
{
    struct iovec part = {to, n};
    return transfer(fd, &(struct transfer){&part, 1, 0}, NULL);
}

int64_t fd_write(int fd, const void *from, size_t n)
{
    struct iovec part = {(void *)(uintptr_t)from, n};
    return transfer(fd, &(struct transfer){&part, 1, 1}, NULL);
}

int64_t fd_pread(int fd, void *to, size_t n, int64_t at)
{
    struct iovec part = {to, n};
    return transfer(fd, &(struct transfer){&part, 1, 0}, &at);
}

int64_t fd_pwrite(int fd, const void *from, size_t n, int64_t at)
{
    struct iovec part = {(void *)(uintptr_t)from, n};
    return transfer(fd, &(struct transfer){&part, 1, 1}, &at);
}

static int check_parts(const struct iovec *parts, int count)
{
    size_t sum = 0;
    if (count < 0 || count > PARTS_MAX)
        return -EINVAL;
    for (int i = 0; i < count; i++) {
        if (parts[i].iov_len > (size_t)INT64_MAX - sum)
            return -EINVAL;
        sum += parts[i].iov_len;
    }
    return 0;
}

int64_t fd_readv(int fd, const struct iovec *parts, int count)
{
    int error = check_parts(parts, count);
    return error ? error : transfer(fd, &(struct transfer){parts, count, 0}, NULL);
}

int64_t fd_writev(int fd, const struct iovec *parts, int count)
{
    int error = check_parts(parts, count);
    return error ? error : transfer(fd, &(struct transfer){parts, count, 1}, NULL);
}

static int64_t seek_in(struct file_use *use, int64_t offset, int whence)
{
    struct fs_stat stat;
    int64_t base = 0, result;
    if (whence == SEEK_CUR) {
        base = (int64_t)use->file->position;
    } else if (whence == SEEK_END) {
        int error = use->ops->stat(use->file->ino, &stat);
        if (error)
            return error;
        base = (int64_t)stat.size;
    } else if (whence != SEEK_SET) {
        return -EINVAL;
    }
    if (__builtin_add_overflow(base, offset, &result))
        return -EOVERFLOW;
    if (result < 0)
        return -EINVAL;
    use->file->position = (uint64_t)result;
    return result;
}

int64_t fd_seek(int fd, int64_t offset, int whence)
{
    struct file_use use;
    int64_t result = fd_get(fd, &use);
    if (result)
        return result;
    if (is_stream(&use)) {
        result = -ESPIPE;
    } else {
        session_lock_acquire(&use.file->lock);
        result = seek_in(&use, offset, whence);
        session_lock_release(&use.file->lock);
    }
    fd_put(&use);
    return result;
}

static struct timespec time_of(int64_t ns)
{
    int64_t seconds = ns / 1000000000, rest = ns % 1000000000;
    return rest < 0 ? (struct timespec){seconds - 1, (long)(rest + 1000000000)} : (struct timespec){seconds, (long)rest};
}

void fd_stat_fill(uint32_t fs, const struct fs_stat *from, struct stat *to)
{
    *to = (struct stat){0};
    to->st_dev = (dev_t)fs;
    to->st_ino = (ino_t)from->ino;
    to->st_mode = (mode_t)from->mode;
    to->st_nlink = (nlink_t)from->nlink;
    to->st_uid = (uid_t)from->uid;
    to->st_gid = (gid_t)from->gid;
    to->st_rdev = (dev_t)from->rdev;
    to->st_size = (off_t)from->size;
    to->st_blksize = (blksize_t)from->block_bytes;
    to->st_blocks = (blkcnt_t)from->blocks;
    to->st_atim = time_of(from->atime_ns);
    to->st_mtim = time_of(from->mtime_ns);
    to->st_ctim = time_of(from->ctime_ns);
}

int fd_stat(int fd, struct stat *out)
{
    struct file_use use;
    struct fs_stat stat;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    error = use.ops->stat(use.file->ino, &stat);
    if (!error)
        fd_stat_fill(use.file->fs, &stat, out);
    fd_put(&use);
    return error;
}

int fd_ioctl(int fd, unsigned long request, void *argument)
{
    struct file_use use;
    int result = fd_get(fd, &use);
    if (result)
        return result;
    result = use.ops->ioctl ? use.ops->ioctl(use.file->ino, request, argument) : -ENOTTY;
    fd_put(&use);
    return result;
}

int fd_isatty(int fd)
{
    struct file_use use;
    int result = fd_get(fd, &use);
    if (result)
        return result;
    result = use.ops->is_terminal && use.ops->is_terminal(use.file->ino) ? 1 : -ENOTTY;
    fd_put(&use);
    return result;
}
