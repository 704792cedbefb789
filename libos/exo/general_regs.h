/* SPDX-License-Identifier: MIT
 *
 * general_regs.h: included first by files with code that runs in a fault upcall, where the FPU state is the faulting
 * code's: the compiler uses integer registers alone for everything that follows.
 */
#pragma GCC target("general-regs-only")
