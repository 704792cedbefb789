/* SPDX-License-Identifier: MIT
 *
 * file.h: open file descriptions and tables of descriptors, both in the session segment. Layer: libOS, above fs.h, below
 * the POSIX layer.
 *
 * A description is what open() makes: file system, inode, flags, position; descriptors of several processes may share it.
 * A table belongs to one process and lies in the segment, so that whoever finds the process dead can give back what it
 * held. While a call works on a description it holds a reference, noted in table.held for the same reason.
 *
 * Locks: fd_table.lock guards the table (threads of one process); file.lock the position, and is held during a read or
 * write that moves it; file.refs is atomic. Order: table, then file, then what a file system takes.
 */
#ifndef LIBOS_FILE_H
#define LIBOS_FILE_H

#include "fs/fs.h"
#include "proc/session.h"

#define FD_MAX 1024
#define FD_INLINE 16
#define FD_HELD 64

struct file {
    uint32_t refs; /* descriptors, and calls under way */
    uint32_t fs;   /* enum fs_number */
    uint64_t ino;
    uint32_t flags; /* O_*: access mode and status flags */
    uint32_t reserved;
    struct session_lock lock;
    uint64_t position; /* of a directory: readdir's cursor */
};

/* A descriptor is one word: the offset of its description, and FD_ENTRY_CLOEXEC; 0 if it is closed. */
#define FD_ENTRY_CLOEXEC 1u

struct fd_table {
    struct session_lock lock;
    uint32_t capacity;
    uint32_t reserved;
    session_off more; /* entries when there are more than FD_INLINE; else 0 */
    uint64_t entry[FD_INLINE];
    session_off held[FD_HELD]; /* references of calls under way */
};

/* A description in use by a call. */
struct file_use {
    struct file *file;
    const struct fs_file_ops *ops;
    session_off *held; /* where it is noted, or NULL */
};

/* ---- Tables ---- */

/* An empty table, or 0. */
session_off fd_table_create(void);

/* Makes a table this process's own (0: none, every descriptor is bad). */
void fd_table_attach(session_off table);
session_off fd_table_current(void);

/* A copy of this process's table, close-on-exec flags too, or 0. */
session_off fd_table_clone(void);

/* Closes in a table that is not attached anywhere, or not yet. */
int fd_table_close(session_off table, int fd);
int fd_table_dup2(session_off table, int from, int to);
/* Takes over the reference to file. */
int fd_table_put(session_off table, int fd, session_off file);
/* Closes what is marked close-on-exec. */
void fd_table_exec(session_off table);

/* Gives back everything that a table holds, and the table. For the end of a process, by itself or by who finds it dead;
 * no other thread uses the table. 0 is ignored. */
void fd_table_release(session_off table);

/* ---- Descriptions ---- */

/* A new description with one reference, which holds the inode open. Returns its offset, or 0 with *error. */
session_off file_create(uint32_t fs, uint64_t ino, int flags, int *error);
void file_unref(session_off file);

/* Gives the lowest free descriptor from `lowest` on to a description and takes over the reference (also on error). Returns
 * the descriptor, -EMFILE, -EINVAL. */
int fd_install(session_off file, int lowest, int cloexec);

/* Finds an open descriptor and holds its description until fd_put. 0 or -EBADF. */
int fd_get(int fd, struct file_use *use) __attribute__((warn_unused_result));
void fd_put(struct file_use *use);

int fd_close(int fd);
/* The lowest free descriptor from `lowest` on. */
int fd_dup(int fd, int lowest, int cloexec);
int fd_dup2(int fd, int to, int cloexec);
/* Close-on-exec: returns it (0 or 1), or sets it. */
int fd_cloexec(int fd);
int fd_set_cloexec(int fd, int cloexec);

/* For a thread that wrote where nobody reads: SIGPIPE. Provided by the signal code (libos/posix/signal_core.c). */
void file_broken_pipe(void);

#endif
