/* SPDX-License-Identifier: MIT
 *
 * choice.h: what a program hears that asks for a policy by a name which there is not. Layer: libos/exo; of use to whoever lets the
 * environment choose by name (sched/choose.c, mem/heap/choose.c).
 */
#ifndef LIBOS_CHOICE_H
#define LIBOS_CHOICE_H

/* Says that nothing of this kind has that name, and what there is, and ends the program with status 125. name_at(i) is the name
 * of the i-th, NULL behind the last. */
_Noreturn void choice_refuse(const char *kind, const char *name, const char *(*name_at)(unsigned i));

#endif
