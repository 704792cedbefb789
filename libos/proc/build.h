/* SPDX-License-Identifier: MIT
 *
 * build.h: a new environment from an ELF image, ready to run: used by spawn for processes and by the first environment for
 * drivers and servers. Layer: libos/proc. Knows nothing of files, descriptors or the process table.
 */
#ifndef LIBOS_BUILD_H
#define LIBOS_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc/start.h"

/* Frames to map in the new environment besides its image. */
struct build_mapping {
    uint64_t va;
    uint32_t frame, count;
    int prot;
    uint32_t cap; /* slot of the new environment, or EXO_PT_ACL */
};

struct build_plan {
    const char *name;   /* published; cut to 15 bytes */
    const void *image;
    size_t image_bytes;
    uint32_t cap; /* slot of the caller: guards the environment and its memory, and becomes slot 0 of it */
    char *const *argv;
    char *const *envp;
    const char *path, *cwd;
    struct start_block start; /* what of it the caller knows; argc, argv, envp, path, cwd and bytes are filled in */
    const struct build_mapping *mappings;
    size_t mapping_count;
    uint64_t foreign; /* a program of another libOS: its user[0]; it is entered at the ELF entry point, without a start block */
    uint32_t foreign_slots; /* and its context slots */
    uint32_t spare_pages; /* to be left to those that run; 0: it may take the last ones of its quota */
    /* Called when the environment exists and when it is given up (0), and before it can run; may be NULL. */
    void (*created)(void *argument, uint64_t env);
    void (*made)(void *argument, uint64_t env);
    void *argument;
};

/* Has the image another libOS (LIBOS_NOTE_FOREIGN)? Its file may be anything. */
bool build_is_foreign(const void *image, size_t bytes);

/* Builds it and lets it run (place.h). Fills *env. Returns 0 or a negative errno value with nothing left behind and *reason in
 * words. */
int build_environment(const struct build_plan *plan, uint64_t *env, const char **reason);

#endif
