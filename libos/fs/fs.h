/* SPDX-License-Identifier: MIT
 *
 * fs.h: what a file system is to the rest of the libOS: a number, two tables of functions, inodes named by 64-bit ids.
 *
 * Layer: libOS, below the VFS and open files. An open file description lies in the session segment and says {number, id},
 * never a pointer to a function; programs that are linked apart agree on the numbers of enum fs_number alone. A new file
 * system takes the next number, one row in each table (file_types.c, vfs_types.c), and one in the mount table (vfs.c).
 *
 * The tables are two so that a program which only uses descriptors that it was given links no name space: struct
 * fs_file_ops is reached from descriptors, struct fs_name_ops from paths. A missing function means that the file system
 * cannot do it; callers answer with the error named beside it. Ids are valid until the inode is gone; a stale one gives
 * -ENOENT and harms nothing. All functions return 0 or a positive result, or a negative errno value; they lock by
 * themselves.
 */
#ifndef LIBOS_FS_H
#define LIBOS_FS_H

#include <stddef.h>
#include <stdint.h>

#define FS_NAME_MAX 255
#define FS_PATH_MAX 1024 /* bytes of a path with its NUL */
#define FS_LINKS_MAX 8   /* symbolic links followed in one walk */

enum fs_number { FS_NONE, FS_INITRD, FS_RAMFS, FS_DEVFS, FS_PIPE, FS_NUMBERS };

struct fs_node {
    uint64_t ino;
    uint32_t fs; /* enum fs_number */
};

struct fs_stat {
    uint64_t ino, size, blocks; /* blocks of 512 bytes */
    uint32_t mode, nlink, uid, gid, rdev, block_bytes;
    int64_t atime_ns, mtime_ns, ctime_ns; /* since 1970 */
};

struct fs_statfs {
    uint64_t block_bytes, blocks, free_blocks, files, free_files;
    int read_only;
};

/* Which attributes fs_file_ops.setattr changes. */
enum { FS_SET_MODE = 1, FS_SET_ATIME = 2, FS_SET_MTIME = 4, FS_SET_OWNER = 8 };
struct fs_attr {
    uint32_t which; /* FS_SET_* */
    uint32_t mode, uid, gid;
    int64_t atime_ns, mtime_ns;
};

struct fs_dirent {
    uint64_t ino;
    uint32_t mode; /* type bits of st_mode */
    uint32_t len;
    char name[FS_NAME_MAX + 1];
};

/* What poll learns: events that hold now, and up to two words that change (and are rung) when others may. Who sleeps
 * between poll and unpoll is counted, so that nobody rings for nobody. */
struct fs_poll {
    int events; /* POLLIN, POLLOUT, POLLERR, POLLHUP */
    unsigned words;
    struct {
        const uint32_t *word;
        uint32_t seen;
    } wait[2];
};

struct fs_file_ops {
    /* Adds a reference for an open file. -ENODEV, -ENXIO. Optional. */
    int (*open)(uint64_t ino, int flags);
    /* Drops it. Optional. */
    void (*close)(uint64_t ino, int flags);
    int (*stat)(uint64_t ino, struct fs_stat *stat);
    /* Bytes read; 0 at the end. flags: O_* of the description. -EINVAL if missing. */
    int64_t (*read)(uint64_t ino, void *to, size_t n, uint64_t at, int flags);
    /* Bytes written at *at, which O_APPEND moves to the end first and which ends behind the last byte. -EROFS. */
    int64_t (*write)(uint64_t ino, const void *from, size_t n, uint64_t *at, int flags);
    /* -EROFS if missing. */
    int (*truncate)(uint64_t ino, uint64_t size);
    int (*setattr)(uint64_t ino, const struct fs_attr *attr);
    /* -ENOTTY if missing. */
    int (*ioctl)(uint64_t ino, unsigned long request, void *argument);
    /* Always readable and writable if missing. */
    void (*poll)(uint64_t ino, int flags, struct fs_poll *poll);
    void (*unpoll)(uint64_t ino, int flags);
    int (*statfs)(struct fs_statfs *statfs);
    /* Has it no position? Then reads and writes of one description do not exclude each other. Optional: it has. */
    int (*is_stream)(uint64_t ino);
    /* Is it a terminal? Optional: it is not. */
    int (*is_terminal)(uint64_t ino);
};

struct fs_name_ops {
    int (*root)(uint64_t *ino);
    /* Finds a name, ".." too. mode: as in fs_stat. -ENOENT, -ENOTDIR. */
    int (*lookup)(uint64_t dir, const char *name, size_t len, uint64_t *ino, uint32_t *mode);
    /* The next entry at *cursor (0: the first), which it moves. 1, or 0 at the end. "." and ".." are not entries. Cursors
     * stay below 2^62 and stay valid while entries come and go. -ENOTDIR. */
    int (*readdir)(uint64_t dir, uint64_t *cursor, struct fs_dirent *entry);
    /* Bytes of the target copied (no NUL). -EINVAL if it is no symbolic link. */
    int64_t (*readlink)(uint64_t ino, char *to, size_t n);

    /* Those that follow give -EROFS if missing. */
    /* Makes a file, directory or (with target) symbolic link; mode has type and permission bits. -EEXIST, -ENOSPC. */
    int (*create)(uint64_t dir, const char *name, size_t len, uint32_t mode, const char *target, uint64_t *ino);
    int (*link)(uint64_t dir, const char *name, size_t len, uint64_t ino);
    /* directory: rmdir's rules; else unlink's. */
    int (*unlink)(uint64_t dir, const char *name, size_t len, int directory);
    int (*rename)(uint64_t from, const char *name, size_t len, uint64_t to, const char *new_name, size_t new_len);
};

/* The tables by number; NULL where there is none. */
const struct fs_file_ops *fs_file_ops(uint32_t fs);
const struct fs_name_ops *fs_name_ops(uint32_t fs);

extern const struct fs_file_ops initrd_file_ops, ramfs_file_ops, devfs_file_ops, pipe_file_ops;
extern const struct fs_name_ops initrd_name_ops, ramfs_name_ops, devfs_name_ops;

#endif
