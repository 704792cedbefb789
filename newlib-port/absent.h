/* SPDX-License-Identifier: MIT
 *
 * absent.h: calls to functions that do not exist yet (absent.txt). Layer: newlib-port.
 */
#ifndef EXON_ABSENT_H
#define EXON_ABSENT_H

/* Sets errno to ENOSYS and says the function's name on standard error the first time (*said remembers). */
void absent_call(const char *name, char *said);

#endif
