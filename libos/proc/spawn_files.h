/* SPDX-License-Identifier: MIT
 *
 * spawn_files.h: what spawn asks of the file layer. Layer: libos/proc, over libos/fs. Each returns 0 or a negative errno
 * value.
 */
#ifndef LIBOS_SPAWN_FILES_H
#define LIBOS_SPAWN_FILES_H

#include "proc/proc.h"

/* Makes the descriptor table of a child: the caller's descriptors, then the actions in order (paths relative to the caller's
 * working directory), then without those that close on exec. *table is in the segment, set as soon as there is
 * one, also on error; fd_table_release gives it back. */
int spawn_files_table(const struct proc_action *actions, size_t count, session_off *table);

/* The bytes of a program file. */
struct spawn_program {
    const void *image;
    size_t bytes;
    void *copy; /* what spawn_program_close frees; NULL: the image lies in the boot image */
};
int spawn_program_open(const char *path, struct spawn_program *program);
void spawn_program_close(struct spawn_program *program);

#endif
