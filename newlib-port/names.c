/* SPDX-License-Identifier: MIT
 *
 * names.c: what the machine and the system are called: uname, gethostname, gethostid. Layer: newlib-port. A machine has no
 * name of its own: it is "exon" to everybody.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "abi/info.h"

static const char host[] = "exon";

int uname(struct utsname *name)
{
    *name = (struct utsname){.sysname = "Exon", .machine = "x86_64"};
    strcpy(name->nodename, host);
    sprintf(name->release, "%d", EXO_ABI_VERSION);
    sprintf(name->version, "ABI %d", EXO_ABI_VERSION);
    return 0;
}

/* A name that does not fit is cut off, without a NUL, and is no error (XSH gethostname). */
int gethostname(char *name, size_t size)
{
    strncpy(name, host, size);
    return 0;
}

long gethostid(void) { return 0; }
