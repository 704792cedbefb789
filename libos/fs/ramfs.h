/* SPDX-License-Identifier: MIT
 *
 * ramfs.h: the RAM file system's structures in the session segment, and what its three files share. Layer: libOS.
 *
 * ramfs.c inodes and the operations on open files; ramfs_data.c the contents of a file; ramfs_dir.c names.
 *
 * Lock: ram_super.lock guards everything; each operation takes it once.
 *
 * Dying at any point leaks memory at worst: what is new is complete before the one store that makes it reachable, and a
 * link count grows before the name is there and shrinks after it is gone. Memory of inodes is never given back, only used
 * for other inodes, and an id holds the inode's generation: a stale id is noticed, so walks need no references.
 */
#ifndef LIBOS_RAMFS_H
#define LIBOS_RAMFS_H

#include "fs/fs.h"
#include "proc/session.h"

#define RAM_BLOCK_BITS 12
#define RAM_BLOCK_BYTES 4096u
#define RAM_FANOUT_BITS 6
#define RAM_FANOUT 64u
#define RAM_DEPTH_MAX 5
#define RAM_SIZE_MAX (1ull << (RAM_BLOCK_BITS + RAM_DEPTH_MAX * RAM_FANOUT_BITS)) /* 4 TiB */
#define RAM_LINKS_MAX 60000

struct ram_inode {
    uint32_t generation; /* grows when the inode is freed */
    uint32_t mode;       /* 0: free */
    uint32_t nlink;
    uint32_t opens; /* open file descriptions */
    uint32_t uid, gid;
    uint64_t size;
    uint64_t blocks; /* of 512 bytes */
    int64_t atime_ns, mtime_ns, ctime_ns;
    uint64_t data;    /* file: a tree (ramfs_data.c); directory: session_off of struct ram_slots; link: of its target */
    uint64_t parent;  /* directory: id of the one that holds it */
    session_off next; /* free: the next free one */
};

struct ram_super {
    struct session_lock lock;
    uint64_t root; /* id */
    session_off free_inodes;
    uint64_t inodes; /* in use */
};

/* An id is the inode's generation and its offset in units of 16. */
static inline uint64_t ram_id(session_off inode, uint32_t generation) { return (uint64_t)generation << 32 | inode >> 4; }

/* Takes the lock. Returns NULL if there is no RAM file system. */
struct ram_super *ram_enter(void);
void ram_leave(struct ram_super *super);

/* The root's id, which makes the file system if it is not there. -ENODEV outside of a session, -ENOSPC. */
int ram_root(uint64_t *ino);

/* The rest is called with the lock held. */

/* NULL: the id is stale. */
struct ram_inode *ram_inode(uint64_t ino);
/* A new inode with no links, or NULL. */
struct ram_inode *ram_inode_new(struct ram_super *super, uint32_t mode, uint64_t *ino);
/* Frees the inode if nothing names it and nothing has it open. */
void ram_inode_settle(struct ram_super *super, struct ram_inode *inode);

int64_t ram_data_read(const struct ram_inode *inode, void *to, size_t n, uint64_t at);
/* Bytes written (less than n if memory ran out), or -ENOSPC, -EFBIG. Moves the size. */
int64_t ram_data_write(struct ram_inode *inode, const void *from, size_t n, uint64_t at);
int ram_data_resize(struct ram_inode *inode, uint64_t size);
void ram_data_free(struct ram_inode *inode);

#endif
