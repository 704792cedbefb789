/* SPDX-License-Identifier: MIT
 *
 * ucontext.h: the interrupted state. getcontext and its family, which POSIX.1-2008 removed, are not there.
 */
#ifndef _UCONTEXT_H
#define _UCONTEXT_H
#include <sys/ucontext.h>
#endif
