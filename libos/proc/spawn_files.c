/* SPDX-License-Identifier: MIT
 *
 * spawn_files.c: descriptors of a child, and reading a program's file. Layer: libos/proc, over libos/fs. A program in the
 * initrd is read where it lies; others are copied to memory of this process for the time of the spawn.
 */
#include "proc/spawn_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "fs/file.h"
#include "fs/initrd.h"
#include "fs/vfs.h"

#define PROGRAM_BYTES_MAX (1ull << 30)
#define TYPE_MASK 0170000u
#define TYPE_FILE 0100000u

static int action_open(session_off table, const struct proc_action *action)
{
    int error = 0;
    session_off file = vfs_open(VFS_CWD, action->path, action->flags & ~O_CLOEXEC, action->mode, &error);
    return file ? fd_table_put(table, action->fd, file) : error;
}

static int action_apply(session_off table, const struct proc_action *action)
{
    switch (action->op) {
    case PROC_ACTION_OPEN:
        return action_open(table, action);
    case PROC_ACTION_CLOSE:
        fd_table_close(table, action->fd); /* one that is not open is no error (POSIX posix_spawn) */
        return 0;
    default:
        return fd_table_dup2(table, action->from, action->fd);
    }
}

int spawn_files_table(const struct proc_action *actions, size_t count, session_off *table)
{
    *table = fd_table_clone();
    if (*table == 0)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int result = action_apply(*table, &actions[i]);
        if (result < 0)
            return result;
    }
    fd_table_exec(*table);
    return 0;
}

/* A whole file, copied. */
static int program_read(const struct fs_node *node, struct spawn_program *program)
{
    const struct fs_file_ops *ops = fs_file_ops(node->fs);
    struct fs_stat stat;
    int result = ops->stat(node->ino, &stat);
    if (result < 0)
        return result;
    if (stat.size > PROGRAM_BYTES_MAX)
        return -EFBIG;
    char *copy = malloc(stat.size ? stat.size : 1);
    if (copy == NULL)
        return -ENOMEM;
    size_t bytes = 0;
    int64_t got = 1;
    while (bytes < stat.size && got > 0) {
        got = ops->read ? ops->read(node->ino, copy + bytes, stat.size - bytes, bytes, O_RDONLY) : -EINVAL;
        bytes += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        free(copy);
        return (int)got;
    }
    *program = (struct spawn_program){copy, bytes, copy};
    return 0;
}

int spawn_program_open(const char *path, struct spawn_program *program)
{
    struct fs_node node;
    uint32_t mode;
    struct cpio_entry entry;
    int result = vfs_walk(VFS_CWD, path, 0, &node, &mode);
    if (result < 0)
        return result;
    if ((mode & TYPE_MASK) != TYPE_FILE || (mode & 0111) == 0)
        return -EACCES;
    if (node.fs != FS_INITRD)
        return program_read(&node, program);
    result = initrd_entry(node.ino, &entry);
    if (result < 0)
        return result;
    *program = (struct spawn_program){entry.data, entry.bytes, NULL};
    return 0;
}

void spawn_program_close(struct spawn_program *program) { free(program->copy); }
