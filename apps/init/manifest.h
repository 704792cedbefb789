/* SPDX-License-Identifier: MIT
 *
 * manifest.h: /etc/boot.manifest: what the first environment starts. Layer: apps/init; pure, tested on the host.
 *
 * Tokens ended by NUL; the first byte is the kind: C console mode (tty or bytes), P program path, A argument (argv[0]
 * first), E environment string, . end of a program; S, outside of programs: name of a slice policy (slices.h).
 */
#ifndef INIT_MANIFEST_H
#define INIT_MANIFEST_H

#include <stddef.h>

struct manifest_program {
    const char *path;
    char **argv, **envp; /* NULL-terminated */
};

struct manifest {
    int bytes; /* console mode: 1 bytes, 0 tty */
    const char *slices; /* slice policy; NULL: none named */
    size_t count;
    struct manifest_program *program;
    char **table; /* all argv and envp */
};

/* Reads a manifest; strings stay where they are in text. Returns NULL with *manifest filled (manifest_free gives it back),
 * or what is wrong with it in words. */
const char *manifest_parse(struct manifest *manifest, const char *text, size_t bytes);
void manifest_free(struct manifest *manifest);

#endif
