/* SPDX-License-Identifier: MIT
 *
 * selftest.h: what `selftest=NAME` on the command line of a DEBUG build breaks on purpose, to show that the kernel reports it:
 * panic, assert, page-fault, write-text, stack-overflow, nmi. Release builds ignore the word, and say so.
 */
#ifndef EXOKERNEL_SELFTEST_H
#define EXOKERNEL_SELFTEST_H

struct boot_info;

void selftest_run(const struct boot_info *boot);

#endif
