// SPDX-License-Identifier: MIT
/*
 * ramfs.c: the RAM file system's inodes and the operations on open files, see ramfs.h. Layer: libOS.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "fs/ramfs.h"
#include "fs/root.h"

static int make_super(session_off *root)
{
    session_off off = session_alloc(sizeof(struct ram_super));
    struct ram_super *super = session_at(off);
    if (!off)
        return -ENOSPC;
    struct ram_inode *inode = ram_inode_new(super, S_IFDIR | S_ISVTX | 0777, &super->root);
    if (!inode) {
        session_free(off);
        return -ENOSPC;
    }
    inode->nlink = 2;
    inode->parent = super->root;
    *root = off;
    return 0;
}

int ram_root(uint64_t *ino)
{
    const struct fs_roots *roots = fs_roots();
    int error = 0;
    if (!roots)
        return -ENODEV;
    if (!*roots->ramfs) {
        session_lock_acquire(roots->lock);
        if (!*roots->ramfs)
            error = make_super(roots->ramfs);
        session_lock_release(roots->lock);
    }
    if (!error)
        *ino = ((struct ram_super *)session_at(*roots->ramfs))->root;
    return error;
}

struct ram_super *ram_enter(void)
{
    const struct fs_roots *roots = fs_roots();
    struct ram_super *super = roots ? session_at(*roots->ramfs) : NULL;
    if (super)
        session_lock_acquire(&super->lock);
    return super;
}

void ram_leave(struct ram_super *super) { session_lock_release(&super->lock); }

struct ram_inode *ram_inode(uint64_t ino)
{
    struct ram_inode *inode = session_at((ino & 0xffffffff) << 4);
    return inode && inode->mode && inode->generation == (uint32_t)(ino >> 32) ? inode : NULL;
}

struct ram_inode *ram_inode_new(struct ram_super *super, uint32_t mode, uint64_t *ino)
{
    session_off off = super->free_inodes;
    struct ram_inode *inode = session_at(off);
    if (off) {
        super->free_inodes = inode->next;
    } else {
        off = session_alloc(sizeof *inode);
        inode = session_at(off);
        if (!off)
            return NULL;
    }
    uint32_t generation = inode->generation;
    *inode = (struct ram_inode){.generation = generation, .mode = mode};
    inode->atime_ns = inode->mtime_ns = inode->ctime_ns = fs_now_ns();
    super->inodes++;
    *ino = ram_id(off, generation);
    return inode;
}

void ram_inode_settle(struct ram_super *super, struct ram_inode *inode)
{
    if (inode->nlink || inode->opens)
        return;
    inode->generation++; /* from here on every id of it is stale */
    if (S_ISREG(inode->mode))
        ram_data_free(inode);
    else
        session_free(inode->data);
    inode->mode = 0;
    inode->data = 0;
    inode->next = super->free_inodes;
    super->free_inodes = session_offset(inode);
    super->inodes--;
}

static int ramfs_open(uint64_t ino, int flags)
{
    struct ram_super *super = ram_enter();
    if (!super)
        return -ENOENT;
    struct ram_inode *inode = ram_inode(ino);
    (void)flags;
    if (inode)
        inode->opens++;
    ram_leave(super);
    return inode ? 0 : -ENOENT;
}

static void ramfs_close(uint64_t ino, int flags)
{
    struct ram_super *super = ram_enter();
    if (!super)
        return;
    struct ram_inode *inode = ram_inode(ino);
    (void)flags;
    if (inode && inode->opens) {
        inode->opens--;
        ram_inode_settle(super, inode);
    }
    ram_leave(super);
}

static int ramfs_stat(uint64_t ino, struct fs_stat *stat)
{
    struct ram_super *super = ram_enter();
    if (!super)
        return -ENOENT;
    const struct ram_inode *inode = ram_inode(ino);
    if (inode)
        *stat = (struct fs_stat){.ino = ino, .size = inode->size, .blocks = inode->blocks, .mode = inode->mode,
            .nlink = inode->nlink, .uid = inode->uid, .gid = inode->gid, .block_bytes = RAM_BLOCK_BYTES,
            .atime_ns = inode->atime_ns, .mtime_ns = inode->mtime_ns, .ctime_ns = inode->ctime_ns};
    ram_leave(super);
    return inode ? 0 : -ENOENT;
}

static int64_t ramfs_read(uint64_t ino, void *to, size_t n, uint64_t at, int flags)
{
    struct ram_super *super = ram_enter();
    int64_t result = -ENOENT;
    if (!super)
        return result;
    struct ram_inode *inode = ram_inode(ino);
    (void)flags;
    if (inode) {
        result = S_ISDIR(inode->mode) ? -EISDIR : ram_data_read(inode, to, n, at);
        if (result > 0)
            inode->atime_ns = fs_now_ns();
    }
    ram_leave(super);
    return result;
}

static int64_t ramfs_write(uint64_t ino, const void *from, size_t n, uint64_t *at, int flags)
{
    struct ram_super *super = ram_enter();
    int64_t result = -ENOENT;
    if (!super)
        return result;
    struct ram_inode *inode = ram_inode(ino);
    if (inode) {
        uint64_t start = flags & O_APPEND ? inode->size : *at;
        result = S_ISREG(inode->mode) ? ram_data_write(inode, from, n, start) : -EISDIR;
        if (result > 0)
            inode->mtime_ns = inode->ctime_ns = fs_now_ns();
        if (result >= 0)
            *at = start + (uint64_t)result;
    }
    ram_leave(super);
    return result;
}

static int ramfs_truncate(uint64_t ino, uint64_t size)
{
    struct ram_super *super = ram_enter();
    int result = -ENOENT;
    if (!super)
        return result;
    struct ram_inode *inode = ram_inode(ino);
    if (inode) {
        result = S_ISREG(inode->mode) ? ram_data_resize(inode, size) : S_ISDIR(inode->mode) ? -EISDIR : -EINVAL;
        if (!result)
            inode->mtime_ns = inode->ctime_ns = fs_now_ns();
    }
    ram_leave(super);
    return result;
}

static int ramfs_setattr(uint64_t ino, const struct fs_attr *attr)
{
    struct ram_super *super = ram_enter();
    if (!super)
        return -ENOENT;
    struct ram_inode *inode = ram_inode(ino);
    if (inode) {
        if (attr->which & FS_SET_MODE)
            inode->mode = (inode->mode & S_IFMT) | (attr->mode & 07777);
        if (attr->which & FS_SET_ATIME)
            inode->atime_ns = attr->atime_ns;
        if (attr->which & FS_SET_MTIME)
            inode->mtime_ns = attr->mtime_ns;
        if (attr->which & FS_SET_OWNER) {
            inode->uid = attr->uid == ~0u ? inode->uid : attr->uid;
            inode->gid = attr->gid == ~0u ? inode->gid : attr->gid;
        }
        inode->ctime_ns = fs_now_ns();
    }
    ram_leave(super);
    return inode ? 0 : -ENOENT;
}

/* It can use what the session has: no size of its own to report. */
static int ramfs_statfs(struct fs_statfs *statfs)
{
    struct ram_super *super = ram_enter();
    *statfs = (struct fs_statfs){.block_bytes = RAM_BLOCK_BYTES, .files = super ? super->inodes : 0};
    if (super)
        ram_leave(super);
    return 0;
}

const struct fs_file_ops ramfs_file_ops = {
    .open = ramfs_open,
    .close = ramfs_close,
    .stat = ramfs_stat,
    .read = ramfs_read,
    .write = ramfs_write,
    .truncate = ramfs_truncate,
    .setattr = ramfs_setattr,
    .statfs = ramfs_statfs,
};
