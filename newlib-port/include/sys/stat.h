/* SPDX-License-Identifier: MIT
 *
 * sys/stat.h: newlib's, with what it declares for other systems only. Layer: newlib-port, public.
 */
#ifndef _EXON_SYS_STAT_H
#define _EXON_SYS_STAT_H

#include_next <sys/stat.h>

#define UTIME_NOW (-2L)
#define UTIME_OMIT (-1L)

#undef S_BLKSIZE
#define S_BLKSIZE 512 /* unit of st_blocks */

__BEGIN_DECLS
int lstat(const char *__restrict path, struct stat *__restrict out);
__END_DECLS

#endif
