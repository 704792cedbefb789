/* SPDX-License-Identifier: MIT
 *
 * obsolete.c: functions that newer ones replaced, over those. Layer: newlib-port. What an old one cannot do safely (getwd
 * into a buffer of unknown size) it does as its manual says.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <reent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timeb.h>
#include <unistd.h>

char *getwd(char *buffer) { return getcwd(buffer, PATH_MAX); }

int _system_r(struct _reent *reent, const char *command)
{
    (void)reent;
    return system(command);
}

char *get_current_dir_name(void) { return getcwd(NULL, 0); }

int setpgrp(void) { return setpgid(0, 0); }

/* Nobody runs with another's rights here, so every environment is to be believed. */
char *secure_getenv(const char *name) { return getenv(name); }

int ftime(struct timeb *out)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    *out = (struct timeb){.time = now.tv_sec, .millitm = (unsigned short)(now.tv_usec / 1000)};
    return 0;
}

int futimesat(int dirfd, const char *path, const struct timeval times[2])
{
    struct timespec precise[2];
    for (int i = 0; times && i < 2; i++)
        precise[i] = (struct timespec){times[i].tv_sec, (long)times[i].tv_usec * 1000};
    return utimensat(dirfd, path, times ? precise : NULL, 0);
}
