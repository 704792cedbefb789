/* SPDX-License-Identifier: MIT
 *
 * users.c: who runs (POSIX.1-2017 getuid and its family). Layer: newlib-port. Everybody of a session is user 0, whose name
 * passwd.c knows: names of users mean nothing to the kernel, and a session's members trust each other. To become user 0 is
 * allowed, to become another fails with EPERM.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "users.h"

static int only_user(unsigned id)
{
    if (id == USER_ID)
        return 0;
    errno = EPERM;
    return -1;
}

uid_t getuid(void) { return USER_ID; }
uid_t geteuid(void) { return USER_ID; }
gid_t getgid(void) { return USER_ID; }
gid_t getegid(void) { return USER_ID; }

int setuid(uid_t id) { return only_user(id); }
int seteuid(uid_t id) { return only_user(id); }
int setgid(gid_t id) { return only_user(id); }
int setegid(gid_t id) { return only_user(id); }

/* (id)-1 leaves one of the two as it is. */
static int only_users(unsigned real, unsigned effective, unsigned keep)
{
    return (real == keep || only_user(real) == 0) && (effective == keep || only_user(effective) == 0) ? 0 : -1;
}

int setreuid(uid_t real, uid_t effective) { return only_users(real, effective, (uid_t)-1); }
int setregid(gid_t real, gid_t effective) { return only_users(real, effective, (gid_t)-1); }

/* There are no supplementary groups. */
int getgroups(int size, gid_t list[])
{
    (void)list;
    if (size >= 0)
        return 0;
    errno = EINVAL;
    return -1;
}

/* No file gives a program other rights than its caller's. */
int issetugid(void) { return 0; }

int getlogin_r(char *name, size_t size)
{
    if (size < sizeof USER_NAME)
        return ERANGE;
    memcpy(name, USER_NAME, sizeof USER_NAME);
    return 0;
}

char *getlogin(void)
{
    static char name[] = USER_NAME;
    return name;
}

char *cuserid(char *name) { return name ? memcpy(name, USER_NAME, sizeof USER_NAME) : getlogin(); }

_Static_assert(sizeof USER_NAME <= L_cuserid, "USER_NAME");
