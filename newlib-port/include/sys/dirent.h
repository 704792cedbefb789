/* SPDX-License-Identifier: MIT
 *
 * sys/dirent.h: directory entries. newlib's own <dirent.h> includes this file and declares the functions; newlib's
 * version of this file is an #error. A DIR is private to libos/posix, which provides opendir and its family.
 */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/types.h>

typedef struct __exon_dir DIR;

struct dirent {
    ino_t d_ino;
    unsigned char d_type; /* DT_...; DT_UNKNOWN: ask stat() */
    char d_name[256];
};

#define _DIRENT_HAVE_D_TYPE 1

enum {
    DT_UNKNOWN = 0,
    DT_FIFO = 1,
    DT_CHR = 2,
    DT_DIR = 4,
    DT_BLK = 6,
    DT_REG = 8,
    DT_LNK = 10,
    DT_SOCK = 12
};
/* Programs ask by #ifdef. */
#define DT_UNKNOWN DT_UNKNOWN
#define DT_FIFO DT_FIFO
#define DT_CHR DT_CHR
#define DT_DIR DT_DIR
#define DT_BLK DT_BLK
#define DT_REG DT_REG
#define DT_LNK DT_LNK
#define DT_SOCK DT_SOCK

#define DTTOIF(type) ((type) << 12)
#define IFTODT(mode) (((mode) >> 12) & 15)

#endif
