/* SPDX-License-Identifier: MIT
 *
 * dlfcn.h: loading code at run time (POSIX.1-2017). Layer: newlib-port, public. Programs are linked whole here: the functions
 * fail (newlib-port/absent.txt).
 */
#ifndef _DLFCN_H
#define _DLFCN_H

#include <sys/cdefs.h>

#define RTLD_LAZY 1
#define RTLD_NOW 2
#define RTLD_GLOBAL 0x100
#define RTLD_LOCAL 0
#define RTLD_DEFAULT ((void *)0)
#define RTLD_NEXT ((void *)-1)

__BEGIN_DECLS
void *dlopen(const char *path, int mode);
void *dlsym(void *__restrict handle, const char *__restrict name);
int dlclose(void *handle);
char *dlerror(void);
__END_DECLS

#endif
