/* SPDX-License-Identifier: MIT
 *
 * fs_world.h: a process with files for host tests: fake session, an archive as root, a table of descriptors. Layer: tests.
 */
#ifndef FS_WORLD_H
#define FS_WORLD_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_session.h"
#include "fake_tty.h"
#include "fs/file.h"
#include "fs/initrd.h"
#include "fs/start.h"
#include "fs/vfs.h"
#include "posix/fd.h"

static uint32_t world_image[8192];
static size_t world_bytes;

static inline void world_pad(void)
{
    while (world_bytes % 4)
        ((char *)world_image)[world_bytes++] = 0;
}

static inline void world_entry(unsigned ino, unsigned nlink, unsigned mode, const char *name, const char *data)
{
    char *at = (char *)world_image;
    world_bytes += (size_t)sprintf(at + world_bytes, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", ino, mode,
                                   0u, 0u, nlink, 1000u, strlen(data), 0u, 0u, 0u, 0u, strlen(name) + 1, 0u);
    memcpy(at + world_bytes, name, strlen(name) + 1);
    world_bytes += strlen(name) + 1;
    world_pad();
    memcpy(at + world_bytes, data, strlen(data));
    world_bytes += strlen(data);
    world_pad();
}

/* /bin and /etc as entries of their own, /usr/share only by what is in it, links, two names of one file. */
static inline void world_archive(void)
{
    world_bytes = 0;
    world_entry(1, 2, 0040755, ".", "");
    world_entry(2, 2, 0040755, "bin", "");
    world_entry(3, 1, 0100755, "bin/hello", "a program");
    world_entry(4, 1, 0120777, "bin/link", "hello");
    world_entry(5, 2, 0040755, "etc", "");
    world_entry(6, 1, 0100644, "etc/motd", "welcome");
    world_entry(7, 1, 0100644, "usr/share/doc/readme", "read me");
    world_entry(8, 1, 0120777, "etc/absolute", "/usr/share/doc");
    world_entry(9, 1, 0120777, "etc/loop", "loop");
    world_entry(10, 2, 0100644, "etc/one", "");
    world_entry(10, 2, 0100644, "etc/two", "shared data");
    world_entry(11, 1, 0120777, "etc/dangling", "/tmp/target");
    world_entry(0, 1, 0, "TRAILER!!!", "");
}

static inline void world_begin(void)
{
    fake_session_reset();
    fake_tty_absent = 0;
    fake_tty_output[0] = 0;
    fake_tty_input = "";
    world_archive();
    fs_start(&(struct fs_start){.table = fd_table_create(), .cwd = "/", .umask = 022, .archive = world_image,
                                .archive_bytes = world_bytes});
}

static inline int world_open(const char *path, int flags) { return fd_open(VFS_CWD, path, flags, 0666); }

/* Makes a file with that content. */
static inline void world_put(const char *path, const char *data)
{
    int fd = world_open(path, O_WRONLY | O_CREAT | O_TRUNC);
    fd_write(fd, data, strlen(data));
    fd_close(fd);
}

/* The content of a file, "?" if it cannot be read; good until the next call. */
static inline const char *world_get(const char *path)
{
    static char text[4096];
    int fd = world_open(path, O_RDONLY);
    int64_t n = fd_read(fd, text, sizeof text - 1);
    if (fd >= 0)
        fd_close(fd);
    if (fd < 0 || n < 0)
        return "?";
    text[n] = 0;
    return text;
}

/* Names of a directory, each followed by a space; good until the next call. */
static inline const char *world_list(const char *path)
{
    static char text[4096];
    struct fs_node node;
    struct fs_dirent entry;
    uint64_t cursor = 0;
    text[0] = 0;
    if (vfs_walk(VFS_CWD, path, 0, &node, NULL))
        return "?";
    while (vfs_readdir(node, &cursor, &entry) > 0) {
        strcat(text, entry.name);
        strcat(text, " ");
    }
    return text;
}

static inline int world_stat(const char *path, struct fs_stat *stat)
{
    uint32_t fs;
    return vfs_stat(VFS_CWD, path, VFS_NOFOLLOW, stat, &fs);
}

#endif
